"""Zalo: one Official Account."""

from omnichannel.channels.zalo.channel import Zalo

__all__ = ["Zalo"]
