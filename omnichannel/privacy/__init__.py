"""Consent, export, erasure and retention of what is kept about people."""
