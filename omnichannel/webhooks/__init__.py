"""What happens here is told to other systems: signed, tried again, and with a log of what became of it."""
