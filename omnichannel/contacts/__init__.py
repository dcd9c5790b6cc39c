"""Who is who: whose an identity is, contacts that are one person, and lists of them from outside."""
