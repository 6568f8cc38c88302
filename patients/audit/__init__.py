"""The audit trail: its hash chain, how entries are added, the request context, and the pages in the admin."""
