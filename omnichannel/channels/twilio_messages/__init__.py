"""SMS, MMS and WhatsApp by Twilio's Messages interface: one number or messaging service each."""

from omnichannel.channels.twilio_messages.channel import Sms, WhatsAppByTwilio

__all__ = ["Sms", "WhatsAppByTwilio"]
