"""The audit trail: its chain, how entries are written, the request they belong to, and its pages in the admin."""
