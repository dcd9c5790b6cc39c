"""The demo's passwords: made once, kept beside its data for its owner alone, shown at every start."""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

FILE: Final = "demo-passwords.json"
ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that looks like something else
LENGTH: Final = 12


def keep_passwords(folder: Path, names: Iterable[str]) -> Mapping[str, str]:
    """A password for each name, the same at every start.

    Names are `login:an` and `phone:101`. The file is readable by its owner only.
    """
    path = folder / FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in names if name not in kept]
    if missing:
        kept |= {name: _password() for name in missing}
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=1)
        unfinished.replace(path)
    return kept


def _password() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
