"""Pictures in mails that lie on their senders' servers: fetched by us when an agent asks, never by his browser."""
