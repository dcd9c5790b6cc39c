"""Who a visitor is: a browser's own secret, or a customer the site has signed in. Pure.

The site signs in by a JSON Web Token (RFC 7519) under HMAC-SHA256 and nothing else, so that a token cannot choose
how it is checked. The browser's secret never leaves this module: what is stored is a hash of it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeGuard

from omnichannel.channels.port import Endpoint, Known
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
TOKEN_MAX: Final = 4096
SKEW_S: Final = 60


class IdentityRefused(Invalid):
    """The identity token is not valid, or no longer."""


class VisitorUnreadable(Invalid):
    """A visitor's secret is 32 random bytes in URL-safe base64."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`value` is his identity at this endpoint. `also`: what the site's token proves of him."""

    value: str
    display: str | None = None
    also: Sequence[Known] = ()

    @property
    def is_proven(self) -> bool:
        return bool(self.also)

    @property
    def uploader(self) -> str:
        return f"visitor:{self.value}"


def visitor_of(endpoint: Endpoint, secret: str, token: str | None, now: datetime) -> Visitor:
    """A signed-in customer has his own history on every device; a browser without one its own.

    Raises VisitorUnreadable, IdentityRefused.
    """
    if not SECRET.fullmatch(secret):
        raise VisitorUnreadable
    if not token:
        return Visitor(_hashed("v", endpoint, secret))
    claims = claims_of(token, endpoint.secrets.get("identity_secret", ""), now)
    scope = endpoint.config.get("identity_scope") or str(endpoint.id)
    also = [Known("external", claims["sub"], scope, Trust.PROVEN)]
    also += [Known(kind, claims[kind], "", Trust.PROVEN) for kind in ("email", "phone") if claims[kind]]
    return Visitor(_hashed("u", endpoint, claims["sub"]), claims["name"] or None, also)


def claims_of(token: str, secret: str, now: datetime) -> dict[str, str]:
    """{sub, name, email, phone}, absent ones empty. Raises IdentityRefused."""
    parts = token.split(".") if len(token) <= TOKEN_MAX else []
    if len(parts) != 3 or not secret:
        raise IdentityRefused
    header, claims = _object(parts[0]), _object(parts[1])
    expected = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    if header.get("alg") != "HS256" or not hmac.compare_digest(expected, _bytes(parts[2])):
        raise IdentityRefused
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not _is_number(expires) or not _is_number(begins):
        raise IdentityRefused("The identity token needs an expiry, exp.")
    if not begins - SKEW_S <= now.timestamp() < expires + SKEW_S:
        raise IdentityRefused("The identity token has expired.")
    read = {name: _text(claims.get(name)) for name in ("sub", "name", "email", "phone")}
    if not read["sub"]:
        raise IdentityRefused("The identity token names nobody: sub.")
    return read


def _hashed(mark: str, endpoint: Endpoint, secret: str) -> str:
    digest = hashlib.sha256(f"{mark}\x1f{endpoint.id}\x1f{secret}".encode()).digest()
    return mark + base64.b32encode(digest).decode().lower().rstrip("=")[:32]


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, RecursionError) as exc:
        raise IdentityRefused from exc
    if not isinstance(found, dict):
        raise IdentityRefused
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise IdentityRefused from exc


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.replace("\x00", "").strip()[:320] if isinstance(value, str) else ""
