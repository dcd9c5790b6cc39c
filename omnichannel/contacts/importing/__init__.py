"""Contacts from a table of somebody else's: looked at first, then taken line by line, the rest told as it was."""
