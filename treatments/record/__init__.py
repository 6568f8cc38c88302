"""What makes a session a record: completeness, bounds, the consent and screening in force, sealing."""
