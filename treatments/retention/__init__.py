"""Which records may be destroyed, and why the others may not."""
