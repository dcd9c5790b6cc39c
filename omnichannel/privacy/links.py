"""Signed addresses of archives: whoever has one may fetch that archive until it expires. Pure."""

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from uuid import UUID


def signed_path(key: bytes, request: UUID, expires: datetime) -> str:
    """`/privacy/archives/{id}?e=UNIX&s=SIGNATURE`."""
    until = int(expires.timestamp())
    return f"/privacy/archives/{request}?e={until}&s={_signature(key, request, until)}"


def is_good(key: bytes, request: UUID, until: str, signature: str, now: datetime) -> bool:
    """Whether these are of a link that still holds."""
    if not until.isascii() or not until.isdigit() or len(until) > 12:
        return False
    is_ours = hmac.compare_digest(_signature(key, request, int(until)).encode(), signature[:128].encode())
    return is_ours and now.timestamp() < int(until)


def _signature(key: bytes, request: UUID, until: int) -> str:
    digest = hmac.new(key, f"archive {request} {until}".encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
