"""One IMAP connection, spoken to from one thread of its own; everything here blocks.

A mail is fetched by BODY.PEEK[], so nothing is marked as seen and nothing depends on what other programs mark.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import imap_tools
from imap_tools.errors import ImapToolsError, MailboxLoginError

from omnichannel.channels.email.reading import RAW_MAX
from omnichannel.channels.email.settings import Mailbox

TIMEOUT_S: Final = 60.0
TROUBLE: Final = (OSError, imaplib.IMAP4.error, ImapToolsError)  # the connection is of no use any more
_SIZE: Final = re.compile(rb"UID (\d+).*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*?UID (\d+)", re.DOTALL)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BUSY: Final = ("[unavailable]", "[inuse]", "[limit]", "[serverbug]", "too many", "try again", "temporar")


class LoginRefused(Exception):
    """The server does not take the user name or password (or token)."""


@dataclass(frozen=True, slots=True)
class Folder:
    """As it stands: UIDs below `uid_next` are or were mails of this `validity`."""

    validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """`full_bytes`: set where the mail is too large, and only its head is here."""

    uid: int
    raw: bytes
    full_bytes: int | None = None


class ImapSession:
    """Opened by `opened`; `abort` may be called from any thread and ends whatever waits."""

    def __init__(self, client: imap_tools.BaseMailBox) -> None:
        self._client = client
        self._imap: Any = client.client

    @property
    def has_idle(self) -> bool:
        return "IDLE" in self._imap.capabilities

    def select(self, folder: str) -> Folder:
        """Read-only."""
        self._client.folder.set(folder, readonly=True)
        status = self._client.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        return Folder(int(status["UIDVALIDITY"]), int(status["UIDNEXT"]))

    def uids_from(self, uid: int) -> list[int]:
        """Ascending. `n:*` names the last mail even if it is older, so older ones are dropped."""
        return [one for one in self._search(f"UID {uid}:*") if one >= uid]

    def uids_since(self, day: datetime) -> list[int]:
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def fetch(self, uids: list[int]) -> Iterator[Fetched]:
        """Those that are still there, one after another."""
        sizes = self._sizes(uids)
        for uid in uids:
            size = sizes.get(uid)
            if size is None:
                continue
            is_large = size > RAW_MAX
            raw = self._raw(uid, "BODY.PEEK[HEADER]" if is_large else "BODY.PEEK[]")
            if raw is not None:
                yield Fetched(uid, raw, size if is_large else None)

    def wait(self, seconds: float) -> None:
        """IDLE until the server says anything, or `seconds` (at most 29 min) are over."""
        self._client.idle.wait(timeout=seconds)

    def abort(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            self._imap.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(*TROUBLE):
            self._client.logout()
        with contextlib.suppress(*TROUBLE):
            self._imap.shutdown()

    def _search(self, criteria: str) -> list[int]:
        kind, data = self._imap.uid("SEARCH", criteria)
        _checked(kind, data)
        return sorted(int(one) for line in data if line for one in line.split())

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        if not uids:
            return {}
        kind, data = self._imap.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        _checked(kind, data)
        found: dict[int, int] = {}
        for line in data:
            match = _SIZE.search(line if isinstance(line, bytes) else b"")
            if match:
                uid, size = (match[1], match[2]) if match[1] else (match[4], match[3])
                found[int(uid)] = int(size)
        return found

    def _raw(self, uid: int, what: str) -> bytes | None:
        kind, data = self._imap.uid("FETCH", str(uid), f"(UID {what})")
        _checked(kind, data)
        return next((bytes(part[1]) for part in data if isinstance(part, tuple)), None)


def opened(box: Mailbox, secret: str, *, timeout_s: float = TIMEOUT_S) -> ImapSession:
    """A session that is logged in. Raises LoginRefused, and TROUBLE."""
    server = box.imap
    client: imap_tools.BaseMailBox
    if server.security == "tls":
        client = imap_tools.MailBox(
            server.host, server.port, timeout_s, ssl_context=ssl.create_default_context()
        )
    elif server.security == "starttls":
        client = imap_tools.MailBoxStartTls(server.host, server.port, timeout_s, ssl.create_default_context())
    else:
        client = imap_tools.MailBoxUnencrypted(server.host, server.port, timeout_s)
    try:
        if box.has_oauth:
            client.xoauth2(box.username, secret, initial_folder=None)
        else:
            client.login(box.username, secret, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as exc:
        with contextlib.suppress(*TROUBLE):
            client.client.shutdown()
        if isinstance(exc, imaplib.IMAP4.abort) or any(word in str(exc).lower() for word in _BUSY):
            raise
        raise LoginRefused from exc
    return ImapSession(client)


def _checked(kind: str, data: Any) -> None:
    if kind != "OK":
        raise imaplib.IMAP4.error(f"the server answered {kind}")
