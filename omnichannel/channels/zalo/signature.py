"""Zalo's webhook signature. Pure.

It is plain SHA-256 over app id, raw body, the body's `timestamp` and the secret key, no HMAC. Sources disagree
on two points, so both are tried: some sign with the account's id in the app's place, and the secret is the
"OA Secret Key" of the webhook page or, for others, the app's own.
"""

import hashlib
import hmac
from itertools import product

from omnichannel.channels.port import Endpoint, HookRequest
from omnichannel.channels.reading import parsed, text
from threadline.kernel.errors import Invalid


def signature(first: str, body: bytes, timestamp: str, secret: str) -> str:
    """64 hex digits, as they follow `mac=` in X-ZEvent-Signature; `first` is the app's or the account's id."""
    return hashlib.sha256(first.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def signed_by(endpoint: Endpoint, request: HookRequest) -> str | None:
    """Which id Zalo signed with, "app" or "oa"; None for a request that proves nothing."""
    claimed = request.headers.get("x-zevent-signature", "").strip().removeprefix("mac=").lower()
    try:
        timestamp = text(parsed(request.body), "timestamp")
    except Invalid:
        return None
    ids = {"app": endpoint.config.get("app_id", ""), "oa": endpoint.address}
    secrets = [endpoint.secrets.get(name, "") for name in ("oa_secret", "app_secret")]
    proven = None
    for (name, first), secret in product(ids.items(), secrets):
        if not first or not secret:
            continue
        if hmac.compare_digest(signature(first, request.body, timestamp, secret).encode(), claimed.encode()):
            proven = proven or name
    return proven
