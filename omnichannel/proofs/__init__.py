"""One-time codes: a visitor of a chat proves that a phone or an e-mail is his."""
