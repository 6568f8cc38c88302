"""Technical parts below every page: logs, static files, replica, middleware, SQLite backend and formats."""
