"""Twilio: text messages to lessees, what became of them, and what lessees answer."""
