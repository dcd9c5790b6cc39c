"""A shop to try everything on: people, a hotline, a history, and customers who call by themselves."""

from threadline.demo.play import DemoOptions, play

__all__ = ["DemoOptions", "play"]
