"""Forms of the diary and of accounts."""
