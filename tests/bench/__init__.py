"""Server times of the pages people wait for: python -m tests.bench writes docs/performance.md."""
