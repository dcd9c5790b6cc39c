"""Doors for providers: whoever calls proves who he is by the channel's own signature."""
