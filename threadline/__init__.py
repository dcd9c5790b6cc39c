"""Threadline's start-up above the rooms and the shared words below them."""

__version__ = "0.1.0"
