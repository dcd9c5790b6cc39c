"""The server's one secret key: what it seals can be read only with it, and every signing key is derived from it.

Stored as DATA_DIR/secret.key (base64, mode 0600), made at the first start, unless the setting `secret_key` gives
it. Losing it voids the stored credentials of the channels, which must then be entered again; nothing else.
"""

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from threadline.kernel.errors import ThreadlineError

KEY_BYTES: Final = 32
FILE_NAME: Final = "secret.key"
_SEAL: Final = "seal"


class SecretKeyUnusable(ThreadlineError):
    """The secret key is not 32 bytes in base64."""


class SealBroken(ThreadlineError):
    """This was sealed with another secret key."""


class SecretKey:
    """Seals bytes (Fernet: AES-128-CBC with HMAC-SHA256) and derives keys (HKDF-SHA256, RFC 5869)."""

    def __init__(self, key: bytes) -> None:
        """Raises SecretKeyUnusable unless `key` has KEY_BYTES bytes."""
        if len(key) != KEY_BYTES:
            raise SecretKeyUnusable
        self._key = key
        self._fernet = Fernet(base64.urlsafe_b64encode(self.derived(_SEAL)))

    def seal(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as exc:
            raise SealBroken from exc

    def derived(self, label: str) -> bytes:
        """32 bytes for one purpose, which `label` names; the same for ever."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"threadline {label}".encode()).derive(self._key)


def read_secret_key(text: str) -> SecretKey:
    """From base64, standard or URL-safe. Raises SecretKeyUnusable."""
    try:
        plain = text.strip().replace("-", "+").replace("_", "/")
        return SecretKey(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except binascii.Error as exc:
        raise SecretKeyUnusable from exc


def load_secret_key(data_dir: Path, given: str | None = None) -> SecretKey:
    """`given`, or the one of the data directory, made there at the first start. Raises SecretKeyUnusable."""
    if given is not None:
        return read_secret_key(given)
    path = data_dir / FILE_NAME
    if not path.exists():
        _write_once(path, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)))
    return read_secret_key(path.read_text("ascii"))


def _write_once(path: Path, text: bytes) -> None:
    """Complete or not there, whoever else starts at this moment: the first one's key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{FILE_NAME}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
