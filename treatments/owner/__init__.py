"""The start page of the admin for a clinic's owner: work to do, safety of the records, this month and last month."""
