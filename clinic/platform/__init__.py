"""What runs underneath every page: logs, static files, the replica, middleware and formats."""
