"""Certificates of the TLS listeners: chosen by the name asked for (SNI), exchanged while the server runs.

New connections get what was loaded last; running ones keep what they began with.
"""

import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telephony.sip.errors import SipError

log = logging.getLogger(__name__)

CERTIFICATE_SUFFIXES: Final = (".pem", ".crt")
DEFAULT_NAME: Final = "default"
Stamp = tuple[tuple[str, int, int], ...]


class CertificateUnusable(SipError):
    """A certificate or its key can't be read, or they don't belong together."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """`certificate`: a PEM chain, `key` its private key, None where the same file carries both.

    Or `certificate` is a folder of NAME.pem (or NAME.crt) with NAME.key: NAME is the server name it answers
    to, `_.example.org` stands for `*.example.org`, and `default` answers everybody else.
    """

    certificate: Path
    key: Path | None = None

    def pairs(self) -> Iterator[tuple[str, Path, Path | None]]:
        """Server name, chain and key of each. Raises CertificateUnusable when there is none."""
        if not self.certificate.is_dir():
            yield DEFAULT_NAME, self.certificate, self.key
            return
        chains = sorted(one for one in self.certificate.iterdir() if one.suffix in CERTIFICATE_SUFFIXES)
        if not chains:
            raise CertificateUnusable(f"{self.certificate}: no .pem or .crt file in this folder")
        for chain in chains:
            key = chain.with_suffix(".key")
            yield chain.stem.lower(), chain, key if key.exists() else None

    def stamp(self) -> Stamp:
        """Differs after any change of a file. Raises CertificateUnusable."""
        try:
            files = [file for _, chain, key in self.pairs() for file in (chain, key) if file is not None]
            return tuple((str(one), one.stat().st_mtime_ns, one.stat().st_ino) for one in files)
        except OSError as exc:
            raise CertificateUnusable(str(exc)) from exc


class Certificates:
    """What listeners show. `front` is given to each of them once and for all."""

    def __init__(self, files: CertificateFiles) -> None:
        """Raises CertificateUnusable."""
        self._files = files
        self._stamp = files.stamp()
        self._by_name = self._load()
        self.front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.front.minimum_version = ssl.TLSVersion.TLSv1_2
        self.front.sni_callback = self._choose

    def reload(self) -> bool:
        """Reads the files anew; what can't be used is logged, and the old certificate stays."""
        try:
            stamp = self._files.stamp()
            self._by_name, self._stamp = self._load(), stamp
        except CertificateUnusable as exc:
            log.warning("certificate not reloaded; the old one stays", extra={"why": str(exc)})
            return False
        log.info("certificate reloaded", extra={"file": str(self._files.certificate)})
        return True

    def reload_if_changed(self) -> bool:
        """Looks at the files' dates. True after a reload."""
        try:
            is_same = self._files.stamp() == self._stamp
        except CertificateUnusable:  # amid a renewal: look again later
            return False
        return not is_same and self.reload()

    def _load(self) -> dict[str, ssl.SSLContext]:
        return {name: _server_context(chain, key) for name, chain, key in self._files.pairs()}

    def _choose(self, connection: ssl.SSLObject, name: str | None, _front: ssl.SSLContext) -> int | None:
        connection.context = self._context_for((name or "").lower())
        return None

    def _context_for(self, name: str) -> ssl.SSLContext:
        wildcard = "_." + name.partition(".")[2]
        for known in (name, wildcard, DEFAULT_NAME):
            if known in self._by_name:
                return self._by_name[known]
        return next(iter(self._by_name.values()))


def _server_context(chain: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(chain, key, password=_no_password)
    except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
        raise CertificateUnusable(f"{chain}: {exc}") from exc
    return context


def _no_password() -> str:
    """An encrypted key would make OpenSSL ask at the terminal."""
    raise ValueError("the private key is encrypted; decrypt it first")


def client_context(authorities: Path | None) -> ssl.SSLContext:
    """For connections we open: the system's authorities, and those of a file besides.

    Raises CertificateUnusable.
    """
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(authorities)
        except OSError as exc:
            raise CertificateUnusable(f"{authorities}: {exc}") from exc
    return context
