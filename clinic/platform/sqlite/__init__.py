"""Django's SQLite backend, with migrations that keep every trigger."""
