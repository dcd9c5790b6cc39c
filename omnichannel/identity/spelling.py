"""One spelling for each phone number and each e-mail address. Pure."""

import re
import unicodedata
from typing import Final

import idna

from threadline.kernel.phone import to_e164

# Vietnamese mobile numbers lost a digit in September 2018: the prefix before, the one since.
OLD_MOBILE_PREFIXES: Final[dict[str, str]] = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip
_PUNCTUATION: Final = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")
_OLD_MOBILE: Final = re.compile(r"(?:\+?84|0084|0)?(1\d{2})(\d{7})")
_NINE_DIGITS: Final = re.compile(r"[2-9]\d{8}")
_WITHOUT_PLUS: Final = re.compile(r"84\d{9,10}")


def normal_phone(raw: str, region: str) -> str | None:
    """E.164, or None. `region` (ISO 3166) reads national numbers.

    In Vietnam also what forms, exports and Zalo hold: `84…` without plus, nine digits without the zero, and
    mobile numbers of before 2018 with their eleven digits.
    """
    text = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", raw).strip().lower().removeprefix("tel:"))
    if region.upper() == "VN" or text.startswith(("+84", "0084")):
        text = _vietnamese(text)
    return to_e164(text, region)


def _vietnamese(text: str) -> str:
    old = _OLD_MOBILE.fullmatch(text)
    if old and old[1] in OLD_MOBILE_PREFIXES:
        return f"+84{OLD_MOBILE_PREFIXES[old[1]]}{old[2]}"
    if _WITHOUT_PLUS.fullmatch(text):
        return f"+{text}"
    return f"+84{text}" if _NINE_DIGITS.fullmatch(text) else text


def normal_email(address: str) -> str | None:
    """Lower case throughout (no mailbox of today tells cases apart), the domain as A-labels; None if none."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not at or not local or any(char.isspace() for char in local):
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
    return f"{local.lower()}@{ascii_domain.lower()}" if "." in ascii_domain else None
