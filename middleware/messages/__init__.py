"""Messages to lessees: what may be said, by which channel, when, and what became of each (P04, P31)."""
