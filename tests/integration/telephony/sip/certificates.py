"""Certificates for tests, made on the spot."""

from datetime import UTC, datetime
from pathlib import Path

from telephony.sip.self_signed import self_signed
from telephony.sip.tls import CertificateFiles

NAMES = ("127.0.0.1", "::1", "localhost")


def certificate(folder: Path, *names: str) -> CertificateFiles:
    """A new one in a folder of its own."""
    return self_signed(folder, names or NAMES, datetime.now(UTC))


def move_in(folder: Path, name: str, made: CertificateFiles) -> None:
    """Puts a certificate into a folder of many, as `name`."""
    assert made.key is not None
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.crt").write_bytes(made.certificate.read_bytes())
    (folder / f"{name}.key").write_bytes(made.key.read_bytes())
