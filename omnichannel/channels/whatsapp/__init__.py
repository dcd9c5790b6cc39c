"""WhatsApp by Meta's Cloud interface: one business phone number."""

from omnichannel.channels.whatsapp.channel import WhatsApp

__all__ = ["WhatsApp"]
