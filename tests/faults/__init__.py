"""What happens when something breaks while people work: python -m tests.faults."""
