"""Reading files from other systems: their characters, columns, dates and values, and what they would store."""
