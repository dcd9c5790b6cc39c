"""Digest authentication (RFC 7616, RFC 8760), both sides. No cookies, no regexes, no state for strangers."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from telephony.sip.accounts import SipAccount
from telephony.sip.errors import BadHeader
from telephony.sip.grammar import Params, is_token, quote, split_list, unfold, unquote

NONCE_LIFETIME_S = 300
MAX_NONCES = 50_000
ALGORITHMS = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
MD5_ONLY_AGENTS = ("baresip v0.", "baresip v1.", "SIPp")  # refuse a 401 that lists any other algorithm
DUMMY_HA1 = "0" * 64


def hash_password(username: str, realm: str, password: str, algorithm: str = "SHA-256") -> str:
    """HA1: what the account book keeps instead of the password."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


def _hash(algorithm: str, text: str) -> str:
    return ALGORITHMS[algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()


def read_credentials(value: str) -> Params:
    """`Digest a=b, c="d"` as {"a": "b", "c": "d"}; empty for any other scheme. Raises BadHeader."""
    scheme, _, rest = unfold(value).strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    found: Params = {}
    for part in split_list(rest, ","):
        name, equals, content = part.partition("=")
        name = name.strip().lower()
        if not equals or not is_token(name) or name in found:
            raise BadHeader("not a digest parameter")
        found[name] = unquote(content.strip())
    return found


class Verdict(Enum):
    """What a set of credentials is worth."""

    GOOD = auto()
    WRONG = auto()
    STALE = auto()  # an old or used nonce: the phone may try again without asking its user


@dataclass(frozen=True, slots=True)
class Claim:
    """Credentials with a live nonce of ours; only these are worth looking an account up for."""

    username: str
    fields: Params
    method: str
    agent: str = ""


class Doorkeeper:
    """The server side. A nonce carries its time and an HMAC over time, randomness and the peer's host, so
    that a flood of challenges costs no memory; only nonces that proved a password are remembered, with the
    highest count seen (RFC 7616 section 3.4)."""

    def __init__(self, secret: bytes, realm: str) -> None:
        self._secret = secret
        self.realm = realm
        self._counts: dict[str, int] = {}

    def challenge(self, host: str, now: float, agent: str, *, stale: bool = False) -> str:
        """WWW-Authenticate lines in order of preference, the same for every user name.

        `now`: Unix seconds. `agent`: the User-Agent, because some phones give up at the mere sight of
        SHA-256; they are shown MD5 alone, which still only serves accounts that allow it.
        """
        nonce = self._nonce(f"{int(now):08x}{os.urandom(6).hex()}", host)
        tail = f', qop="auth"{", stale=true" if stale else ""}\r\n'
        return "".join(
            f'WWW-Authenticate: Digest realm={quote(self.realm)}, nonce="{nonce}", algorithm={algorithm}{tail}'
            for algorithm in ALGORITHMS
            if algorithm == "MD5" or not agent.startswith(MD5_ONLY_AGENTS)
        )

    def _nonce(self, seed: str, host: str) -> str:
        seal = hmac.digest(self._secret, f"{seed}|{host}|{self.realm}".encode(), "sha256")[:15]
        return seed + base64.urlsafe_b64encode(seal).decode("ascii")

    def claim(
        self, values: Iterable[str], asked: tuple[str, str], host: str, now: float
    ) -> Claim | Verdict | None:
        """The claim in Authorization headers for our realm; None: there is none, challenge.

        `asked` is (method, User-Agent) of the request. Raises BadHeader.
        """
        for value in values:
            fields = read_credentials(value)
            if fields.get("realm") != self.realm:
                continue
            nonce = fields.get("nonce") or ""
            if not nonce.isascii() or not hmac.compare_digest(self._nonce(nonce[:20], host), nonce):
                return None
            if now - int(nonce[:8], 16) > NONCE_LIFETIME_S:
                return Verdict.STALE
            return Claim(fields.get("username") or "", fields, *asked)
        return None

    def check(self, claim: Claim, account: SipAccount | None) -> Verdict:
        """Compares the proof. An unknown account costs the same work and ends like a wrong password."""
        fields = claim.fields
        algorithm = (fields.get("algorithm") or "MD5").upper()
        if algorithm not in ALGORITHMS:
            return Verdict.WRONG
        known = None
        if account is not None and account.realm == self.realm and account.username == claim.username:
            known = account.ha1_sha256 if algorithm == "SHA-256" else account.ha1_md5
        expected = proof(algorithm, known or DUMMY_HA1, claim.method, fields)
        given = (fields.get("response") or "").lower()
        is_right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
        if known is None or not is_right or not self._qop_is_allowed(fields, algorithm):
            return Verdict.WRONG
        return self._count(fields)

    @staticmethod
    def _qop_is_allowed(fields: Params, algorithm: str) -> bool:
        """Without qop (RFC 2069) only where MD5 is allowed at all; such a nonce is good once."""
        return fields.get("qop") == "auth" or ("qop" not in fields and algorithm == "MD5")

    def _count(self, fields: Params) -> Verdict:
        nonce, text = fields.get("nonce") or "", fields.get("nc") or ""
        if "qop" not in fields:
            count = 1
        elif len(text) == 8 and not text.strip("0123456789abcdefABCDEF"):
            count = int(text, 16)
        else:
            return Verdict.WRONG
        highest = self._counts.pop(nonce, 0)
        self._counts[nonce] = max(highest, count)
        if count <= highest:
            return Verdict.STALE
        while len(self._counts) > MAX_NONCES:
            del self._counts[next(iter(self._counts))]
        return Verdict.GOOD


def proof(algorithm: str, ha1: str, method: str, fields: Mapping[str, str | None]) -> str:
    """The `response` value (RFC 7616 section 3.4.1), with or without qop=auth."""
    ha2 = _hash(algorithm, f"{method}:{fields.get('uri') or ''}")
    nonce = fields.get("nonce") or ""
    if "qop" in fields:
        middle = f"{nonce}:{fields.get('nc') or ''}:{fields.get('cnonce') or ''}:{fields.get('qop') or ''}"
        return _hash(algorithm, f"{ha1}:{middle}:{ha2}")
    return _hash(algorithm, f"{ha1}:{nonce}:{ha2}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an upstream server asks for. `proxy`: by 407, answered in Proxy-Authorization."""

    realm: str
    nonce: str
    algorithm: str
    has_qop: bool
    opaque: str | None
    stale: bool
    proxy: bool


def pick_challenge(values: Iterable[str], *, proxy: bool) -> Challenge | None:
    """The first challenge we can answer: the server lists them by preference. None when there is none."""
    for value in values:
        try:
            fields = read_credentials(value)
        except BadHeader:
            continue
        algorithm = (fields.get("algorithm") or "MD5").upper()
        qops = [word.strip() for word in (fields.get("qop") or "").split(",")]
        if not fields.get("nonce") or algorithm not in ALGORITHMS or ("qop" in fields and "auth" not in qops):
            continue
        stale = (fields.get("stale") or "").lower() == "true"
        realm, nonce = fields.get("realm") or "", fields["nonce"] or ""
        return Challenge(realm, nonce, algorithm, "qop" in fields, fields.get("opaque"), stale, proxy)
    return None


def answer_challenge(
    challenge: Challenge, method: str, uri: str, user: str, password: str, count: int = 1
) -> str:
    """The Authorization or Proxy-Authorization line, with line end."""
    fields: Params = {"nonce": challenge.nonce, "uri": uri}
    if challenge.has_qop:
        fields |= {"qop": "auth", "nc": f"{count:08x}", "cnonce": os.urandom(8).hex()}
    ha1 = hash_password(user, challenge.realm, password, challenge.algorithm)
    parts = [
        f"username={quote(user)}", f"realm={quote(challenge.realm)}", f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}", f'response="{proof(challenge.algorithm, ha1, method, fields)}"',
        f"algorithm={challenge.algorithm}",
    ]  # fmt: skip
    if challenge.has_qop:
        parts += ["qop=auth", f"nc={fields['nc']}", f'cnonce="{fields["cnonce"]}"']
    if challenge.opaque is not None:
        parts.append(f"opaque={quote(challenge.opaque)}")
    name = "Proxy-Authorization" if challenge.proxy else "Authorization"
    return f"{name}: Digest {', '.join(parts)}\r\n"
