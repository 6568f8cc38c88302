"""Django's SQLite backend, with migrations that leave every trigger in force."""
