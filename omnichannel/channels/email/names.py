"""File names as they may be shown and stored: no path, no control, no letters that turn the reading order. Pure."""

import re
import unicodedata
from typing import Final

NAME_MAX: Final = 120
_TRICKS: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ODD: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_DEVICES: Final = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe(raw: str, otherwise: str) -> str:
    """`raw` cleaned; `otherwise` where nothing is left. The ending stays when a long name is cut."""
    name = unicodedata.normalize("NFC", _TRICKS.sub("", raw)).replace("\\", "/").rpartition("/")[2]
    name = _ODD.sub("_", name).strip(" .")
    if not name.strip("_"):
        return otherwise
    if _DEVICES.match(name):
        name = f"_{name}"
    if len(name) > NAME_MAX:
        stem, dot, ending = name.rpartition(".")
        name = (
            f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else name[:NAME_MAX]
        )
    return name
