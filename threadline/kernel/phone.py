"""Phone numbers as E.164, read with the region of the entry point the number came in by."""

from functools import lru_cache
from typing import Final

import phonenumbers

WITHHELD = frozenset({"", "anonymous", "unavailable", "restricted", "unknown", "private"})
REMEMBERED: Final = 4096  # a call asks for its number several times, its customer calls again


@lru_cache(REMEMBERED)
def to_e164(raw: str, region: str) -> str | None:
    """`raw` as E.164 (`+84901234567`), or None when it is withheld or no valid number in `region`.

    `region` is an ISO 3166 code such as "VN"; it decides how national numbers are read.
    """
    if raw.strip().lower() in WITHHELD:
        return None
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
