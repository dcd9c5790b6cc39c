"""Meta's webhook: the challenge of its set-up and the signature of every post. Pure.

Source: Meta's webhook pages. The digest is taken over the bytes received, in which Meta writes non-ASCII text
as \\uXXXX; a body parsed and written again does not match.
"""

import hashlib
import hmac

from omnichannel.channels.port import Endpoint, Forged, HookRequest, Receipt


def challenge(endpoint: Endpoint, request: HookRequest) -> Receipt:
    """The answer to the GET by which Meta tries the URL: 403 unless it knows our verify token."""
    query = request.query
    ours = endpoint.secrets.get("verify_token", "")
    is_ours = bool(ours) and hmac.compare_digest(query.get("hub.verify_token", "").encode(), ours.encode())
    if query.get("hub.mode") != "subscribe" or not is_ours:
        return Receipt(status=403)
    return Receipt(body=query.get("hub.challenge", "").encode())


def prove(endpoint: Endpoint, request: HookRequest) -> None:
    """Raises Forged unless the body is signed with the app secret."""
    secret = endpoint.secrets.get("app_secret", "")
    claimed = request.headers.get("x-hub-signature-256", "")
    if not secret or not hmac.compare_digest(claimed.encode(), signature(secret, request.body).encode()):
        raise Forged


def signature(app_secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
