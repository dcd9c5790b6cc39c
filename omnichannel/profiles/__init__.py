"""What providers and customers say of a customer beside messages: his name, and whether he wants to be written to."""
