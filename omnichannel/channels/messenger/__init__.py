"""Facebook Messenger, comments on a page's posts, and Instagram direct messages: one page or account each."""

from omnichannel.channels.messenger.channel import Messenger

__all__ = ["Messenger"]
