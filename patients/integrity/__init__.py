"""What every app builds on: immutable rows, constraints kept by triggers, seals and change sets."""
