"""A clinic's morning as load on a real server: make load."""
