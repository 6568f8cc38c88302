"""Many desks at one diary, over real HTTP: python -m tests.stress."""
