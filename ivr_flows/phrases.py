"""What the engine says by itself, and how it says digits, money and dates. Vietnamese and English.

Other languages hear English. The phrases of a queue are a closed set, so that all of them are spoken
into files when a flow is published.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

LAST_POSITION: Final = 20
WAIT_MINUTES: Final = (1, 2, 3, 5, 10, 15)  # nobody can know the minute; more would be a promise

_DIGITS: Final = {
    "vi": dict(
        zip(
            "0123456789*#+",
            ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "sao", "thăng", "cộng"],
            strict=True,
        )
    ),
    "en": dict(
        zip(
            "0123456789*#+",
            [
                "zero",
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "star",
                "pound",
                "plus",
            ],
            strict=True,
        )
    ),
}
HOME: Final = "+84"
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONEY: Final = {
    "VND": {"vi": ("đồng", "xu"), "en": ("dong", "cents")},
    "USD": {"vi": ("đô la", "xu"), "en": ("dollars", "cents")},
    "EUR": {"vi": ("ơ rô", "xu"), "en": ("euros", "cents")},
}


def tongue(language: str) -> str:
    """`vi` or `en`: the one of our two languages that serves `language`."""
    return "vi" if language.split("-")[0] == "vi" else "en"


def position(place: int, language: str) -> str:
    """The place in a queue, 1 is next."""
    if tongue(language) == "vi":
        if place > LAST_POSITION:
            return f"Hiện có hơn {LAST_POSITION} người đang chờ trước quý khách."
        return f"Quý khách đang ở vị trí thứ {place} trong hàng chờ."
    if place > LAST_POSITION:
        return f"There are more than {LAST_POSITION} callers before you."
    return f"You are number {place} in line."


def expected_wait(wait_s: float, language: str) -> str:
    """The expected wait, rounded up to one of WAIT_MINUTES."""
    minutes = next((step for step in WAIT_MINUTES if wait_s <= step * 60), None)
    if tongue(language) == "vi":
        if minutes is None:
            return f"Thời gian chờ dự kiến hơn {WAIT_MINUTES[-1]} phút."
        return f"Thời gian chờ dự kiến khoảng {minutes} phút."
    if minutes is None:
        return f"The expected wait is more than {WAIT_MINUTES[-1]} minutes."
    return f"The expected wait is about {minutes} minute{'s' if minutes > 1 else ''}."


def queue_phrases(language: str, *, places: bool, waits: bool) -> list[str]:
    """Every sentence `position` and `expected_wait` can say."""
    said = [position(place, language) for place in range(1, LAST_POSITION + 2)] if places else []
    if waits:
        said += [expected_wait(minute * 60, language) for minute in (*WAIT_MINUTES, WAIT_MINUTES[-1] + 1)]
    return said


def digit_words(language: str) -> list[str]:
    """Every word `say_digits` is made of, letters aside."""
    return list(_DIGITS[tongue(language)].values())


def say_digits(value: object, language: str) -> str:
    """One word a digit, spaces between: an order number, a phone number."""
    words = _DIGITS[tongue(language)]
    return " ".join(words.get(character, character) for character in str(value) if not character.isspace())


def say_money(amount: object, currency: str, language: str) -> str:
    """An amount with its currency. Raises ValueError when it is no number."""
    try:
        exact = Decimal(str(amount)).quantize(Decimal("0.01"))
    except InvalidOperation as exc:
        raise ValueError(f"{amount!r} is no amount") from exc
    whole, cents = int(exact), abs(int(exact * 100)) % 100
    unit, small = _MONEY.get(currency, {}).get(tongue(language), (currency, "cents"))
    return f"{whole} {unit}" if not cents else f"{whole} {unit} {cents} {small}"


def say_date(value: object, language: str) -> str:
    """A date given as ISO 8601. Raises ValueError when it is none."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError(f"{value!r} is no date")
    day = date.fromisoformat(str(value)[:10])
    if tongue(language) == "vi":
        return f"ngày {day.day} tháng {day.month} năm {day.year}"
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_NAMES: Final = {
    "vi": "Tiếng Việt",
    "en": "English",
    "ko": "한국어",
    "zh": "中文",
    "ja": "日本語",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
}


def name_of(language: str) -> str:
    """A language in its own words; its code where nobody taught us."""
    return _NAMES.get(language.split("-")[0], language)


def yes_and_no(language: str) -> list[tuple[str, str]]:
    """(key, word) of yes and no."""
    return [("1", "Đúng"), ("2", "Không")] if tongue(language) == "vi" else [("1", "Yes"), ("2", "No")]


_CONFIRM_NUMBER: Final = {"vi": "Chúng tôi sẽ gọi lại số", "en": "We will call you back on"}
_IF_RIGHT: Final = {  # by whether another number may be told
    "vi": {
        True: "Nếu đúng, bấm phím 1. Để dùng số khác, bấm phím 2.",
        False: "Nếu đúng, bấm phím 1. Nếu không, bấm phím 2.",
    },
    "en": {
        True: "If this is right, press 1. For another number, press 2.",
        False: "If this is right, press 1. If not, press 2.",
    },
}
_ASK_NUMBER: Final = {
    "vi": "Vui lòng nhập số điện thoại, sau đó bấm phím thăng.",
    "en": "Please enter the phone number, then press pound.",
}
_CONFIRM_NUMBER_WRITTEN: Final = {
    "vi": "Chúng tôi sẽ gọi lại số {}. Có đúng không?",
    "en": "We will call you back on {}. Is this right?",
}
_ASK_NUMBER_WRITTEN: Final = {"vi": "Xin cho biết số điện thoại.", "en": "What number may we call?"}


def confirm_number(number: str, language: str, *, allow_other: bool) -> list[str]:
    """Asks whether a callback goes to this number; in pieces that are spoken beforehand."""
    spoken = tongue(language)
    digits = say_digits(_as_dialled(number), language).split()
    return [_CONFIRM_NUMBER[spoken], *digits, _IF_RIGHT[spoken][allow_other]]


def _as_dialled(number: str) -> str:
    """A number of Vietnam as people there know it, any other as it is."""
    return f"0{number.removeprefix(HOME)}" if number.startswith(HOME) else number


def ask_number(language: str) -> str:
    """Asks for the number of a callback."""
    return _ASK_NUMBER[tongue(language)]


def confirm_number_written(number: str, language: str) -> str:
    """The same question in writing."""
    return _CONFIRM_NUMBER_WRITTEN[tongue(language)].format(number)


def ask_number_written(language: str) -> str:
    """The same request in writing."""
    return _ASK_NUMBER_WRITTEN[tongue(language)]


def callback_phrases(language: str) -> list[str]:
    """What a callback can say that is known before any call."""
    spoken = tongue(language)
    return [
        ask_number(language),
        _CONFIRM_NUMBER[spoken],
        *_IF_RIGHT[spoken].values(),
        *digit_words(language),
    ]
