"""A simulated Twilio: text messages to telephones that exist here alone, with status callbacks and answers."""
