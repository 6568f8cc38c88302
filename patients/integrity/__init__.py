"""What every app builds on: immutable rows, trigger constraints, permission checks, seals and change sets."""
