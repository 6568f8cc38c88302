"""The test database: how it is emptied between tests, and how a test changes rows that are immutable."""
