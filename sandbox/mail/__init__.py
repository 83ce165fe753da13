"""A simulated mail server: SMTP that takes mail for agents, IMAP where their answers arrive."""
