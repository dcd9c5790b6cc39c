"""How far a From is believed: by what our own mail server found, never by what a mail says of itself. Pure."""

import re
from typing import Final

from omnichannel.channels.email.headers import AnyMessage, plain, values
from omnichannel.identity import Trust

_DMARC: Final = re.compile(r"^dmarc\s*=\s*(\w+)\b")
_FROM: Final = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)")


def of_sender(message: AnyMessage, sender: str, authserv_id: str) -> Trust:
    """ATTESTED where our server (`authserv_id`, '' for none configured) says dmarc=pass for the sender's domain.

    Only the topmost field of that server counts (RFC 8601 section 5): those below came with the mail.
    """
    for raw in values(message, "authentication-results") if authserv_id else ():
        server, *results = plain(raw).split(";")
        if server.split()[:1] != [authserv_id]:
            continue
        is_proven = any(_proves(one.strip(), sender.rpartition("@")[2]) for one in results)
        return Trust.ATTESTED if is_proven else Trust.OBSERVED
    return Trust.OBSERVED


def _proves(result: str, domain: str) -> bool:
    verdict, named = _DMARC.match(result), _FROM.search(result)
    if verdict is None or verdict[1] != "pass":
        return False
    return named is None or named[1].rpartition("@")[2] == domain
