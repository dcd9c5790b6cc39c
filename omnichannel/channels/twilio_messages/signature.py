"""Twilio's webhook signature, over the URL as configured and all parameters received.

Source: Twilio's webhooks-security page and its library, which computes the digests here. The URL is tried with
and without its port, since Twilio signs either. A JSON body is covered by its hash in the query; with
X-Twilio-Webhooks-Signature-Settings a shared key and SHA-256 sign instead of the auth token and SHA-1.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator, get_signature_algorithm

from omnichannel.channels.port import Endpoint, Forged, HookRequest

SETTINGS: Final = "x-twilio-webhooks-signature-settings"
_ALGORITHMS: Final = ("HMAC_SHA1", "HMAC_SHA256")
_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}


def prove(endpoint: Endpoint, request: HookRequest) -> None:
    """Raises Forged."""
    hook = endpoint.hook_url if endpoint.hook_url.startswith("http") else request.url
    token = endpoint.secrets.get("auth_token", "")
    prove_by(hook, request, (token,), endpoint.secrets.get("webhook_key"))


def prove_by(hook_url: str, request: HookRequest, tokens: Sequence[str], webhook_key: str | None) -> None:
    """`tokens` are the auth tokens in force: two while one replaces the other. Raises Forged."""
    settings = request.headers.get(SETTINGS, "")
    algorithm = get_signature_algorithm(settings).upper()
    keys = [webhook_key] if settings and webhook_key else tokens
    if algorithm not in _ALGORITHMS or not _is_body_covered(request):
        raise Forged
    parameters = Parameters(form_of(request.body)) if _is_form(request) else Parameters([])
    claimed = request.headers.get("x-twilio-signature", "").encode()
    matches = [
        hmac.compare_digest(
            RequestValidator(key).compute_signature(url, parameters, algorithm).encode(), claimed
        )
        for key in keys
        if key
        for url in urls(hook_url, request)
    ]
    if not any(matches):
        raise Forged


class Parameters:
    """Form parameters as Twilio's library wants them: several values under one name count."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        return iter({name for name, _ in self._pairs})

    def __len__(self) -> int:
        return len(self._pairs)

    def getall(self, name: str) -> list[str]:
        return [value for one, value in self._pairs if one == name]


def form_of(body: bytes) -> list[tuple[str, str]]:
    """The parameters of a form body, empty ones too. Raises Forged: Twilio sends nothing unreadable."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as exc:
        raise Forged from exc


def urls(hook_url: str, request: HookRequest) -> list[str]:
    """What Twilio may have signed: our configured URL with the query it called, with and without the port."""
    called = urlsplit(request.url)
    base = urlsplit(hook_url)
    host = base.hostname or ""
    host = f"[{host}]" if ":" in host else host
    hosts = [base.netloc, host, f"{host}:{base.port or _PORTS.get(base.scheme, 443)}"]
    return [urlunsplit((base.scheme, one, base.path, called.query, "")) for one in dict.fromkeys(hosts)]


def _is_form(request: HookRequest) -> bool:
    return _type(request.headers) in ("", "application/x-www-form-urlencoded") and not _claimed_hash(request)


def _type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _claimed_hash(request: HookRequest) -> str:
    return parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]


def _is_body_covered(request: HookRequest) -> bool:
    """Whether something signed covers the body: its parameters, or its hash."""
    if _is_form(request) or not request.body:
        return True
    return hmac.compare_digest(
        hashlib.sha256(request.body).hexdigest().encode(), _claimed_hash(request).encode()
    )
