"""Signed addresses of files: whoever has one may fetch that one file until it expires. Pure."""

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

LONGEST_S: Final = 7 * 86_400


def signed_path(key: bytes, file: UUID, expires: datetime) -> str:
    """`/files/{id}?e=UNIX&s=SIGNATURE`."""
    until = int(expires.timestamp())
    return f"/files/{file}?e={until}&s={_signature(key, file, until)}"


def is_good(key: bytes, file: UUID, until: str, signature: str, now: datetime) -> bool:
    """Whether `until` and `signature` are those of a link that still holds."""
    if not until.isascii() or not until.isdigit() or len(until) > 12:
        return False
    is_ours = hmac.compare_digest(_signature(key, file, int(until)).encode(), signature[:128].encode())
    return is_ours and now.timestamp() < int(until)


def _signature(key: bytes, file: UUID, until: int) -> str:
    digest = hmac.new(key, f"file {file} {until}".encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
