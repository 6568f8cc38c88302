"""Several organisations on one PostgreSQL server, each with its own database, roles, keys and web server.

This package runs outside Django: every organisation has its own settings, so each command of `manage.py` for one of
them is a process of its own (docs/organisations.md).
"""
