"""Backups: copy the database while it is in use, encrypt the copy, and compare a restored copy row by row."""
