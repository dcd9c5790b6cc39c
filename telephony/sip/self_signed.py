"""A certificate of our own making, for a server that has been given none. Phones must be told to trust it."""

import ipaddress
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from telephony.sip.tls import CertificateFiles

VALID: Final = timedelta(days=825)
RENEW_BEFORE: Final = timedelta(days=30)


def self_signed(folder: Path, names: Iterable[str], now: datetime) -> CertificateFiles:
    """The certificate in `folder` for these host names and addresses, made where none lies there that lasts.

    Writes self-signed.crt and self-signed.key, the key for the owner's eyes only. Raises OSError.
    """
    files = CertificateFiles(folder / "self-signed.crt", folder / "self-signed.key")
    if not _lasts(files, now):
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        _write(files.key, key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
        _write(files.certificate, _certificate(key, list(names), now))
    return files


def fingerprint(certificate: Path) -> str:
    """SHA-256 of the certificate as phones show it: hex pairs with colons."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _lasts(files: CertificateFiles, now: datetime) -> bool:
    if files.key is None or not files.key.exists() or not files.certificate.exists():
        return False
    found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    return found.not_valid_after_utc > now + RENEW_BEFORE


def _certificate(key: ec.EllipticCurvePrivateKey, names: list[str], now: datetime) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(
            x509.SubjectAlternativeName([_name(one) for one in dict.fromkeys(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _write(path: Path | None, data: bytes) -> None:
    assert path is not None
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
