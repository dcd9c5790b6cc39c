"""What a program's token may do, apart from its role."""

from enum import StrEnum


class Scope(StrEnum):
    """A token without scopes may do all its role may; one with scopes only what both allow."""

    READ = "read"  # look at everything but administration
    CONTACTS = "contacts"  # people, their identities, consents, orders, imports
    MESSAGES = "messages"  # threads, messages, notes, files
    CASES = "cases"
    CALLS = "calls"  # calls, recordings, agents and queues
    FLOWS = "flows"  # call flows and their calendars
    AUTOMATION = "automation"  # rules, ready texts, macros, webhooks, sources of customer data
    OPERATIONS = "operations"  # how the server fares; bans
    ADMIN = "admin"  # everything
