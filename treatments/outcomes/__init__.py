"""The clinic's outcome review: figures over many signed sessions. Only reads."""
