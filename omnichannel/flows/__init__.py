"""Flows that answer in writing: the same YAML that answers calls talks in chats and messages."""
