"""What admins change of phones, numbers and trunks."""
