"""Server times of the main pages: python -m tests.bench writes docs/performance.md."""
