"""Twilio as its documents describe it, one part a module."""
