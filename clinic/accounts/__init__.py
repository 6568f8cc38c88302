"""Sign-in, second factor, sessions, lock-out and invitations."""
