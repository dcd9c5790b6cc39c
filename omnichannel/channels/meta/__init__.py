"""What Messenger, Instagram and WhatsApp share: Meta's webhook signature and its Graph interface."""
