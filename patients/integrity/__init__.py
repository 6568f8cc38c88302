"""What every app builds on: immutable rows, constraints kept by triggers, and change sets."""
