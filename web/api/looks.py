"""Which requests are looks at a customer's data: noted by who looked and at what, without keeping the page waiting."""

from typing import Final

from omnichannel.audit.service import Actor
from web.auth import Caller

LOOKS: Final = {
    "GET /api/contacts/{id}": ("contact.read", "contact"),
    "GET /api/threads/{id}/timeline": ("thread.read", "thread"),
    "GET /api/contacts/{id}/privacy": ("contact.read_consents", "contact"),
    "GET /api/recordings/{id}/audio": ("recording.play", "recording"),
    "GET /api/recordings/{id}/transcript": ("transcript.read", "recording"),
    "GET /api/files/{id}": ("file.read", "file"),
}


def actor_of(caller: Caller) -> Actor:
    """The agent by id, a machine's token by name."""
    return Actor("token", caller.name) if caller.agent is None else Actor("agent", str(caller.agent.id))


def look(route: str, named: str | None) -> tuple[str, str] | None:
    """(action, target) of a request that was answered, if it is a look. `named` is the id in its path."""
    known = LOOKS.get(route)
    return None if known is None or named is None else (known[0], f"{known[1]}:{named}")
