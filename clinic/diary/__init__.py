"""Rules of the diary: the day, availability, what clashes, series, the waiting list, reminders, calendar feeds."""
