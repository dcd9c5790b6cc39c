"""What is said about codes, in the two languages. Pure."""

from typing import Final

HIDDEN: Final = "••••••"
_TEXT: Final = {
    "en": "Your code is {code}. It is valid for 10 minutes. Give it to nobody.",
    "vi": "Mã xác nhận của bạn là {code}, dùng trong 10 phút. Không đưa mã này cho ai.",
}
_SUBJECT: Final = {"en": "Your code", "vi": "Mã xác nhận của bạn"}
_PROVEN: Final = {
    "en": "Proved by a one-time code: {shown}",
    "vi": "Đã xác nhận bằng mã dùng một lần: {shown}",
}
_FAILED: Final = {
    "en": "Five wrong codes for {shown}: not proved",
    "vi": "Nhập sai mã năm lần cho {shown}: chưa xác nhận được",
}


def language_of(*wanted: str | None) -> str:
    """The first language somebody named, as one of ours."""
    named = next((one for one in wanted if one), "vi")
    return "vi" if named.lower().startswith("vi") else "en"


def message(language: str, code: str) -> str:
    return _TEXT[language].format(code=code)


def subject(language: str) -> str:
    return _SUBJECT[language]


def proven(language: str, shown: str) -> str:
    return _PROVEN[language].format(shown=shown)


def failed(language: str, shown: str) -> str:
    return _FAILED[language].format(shown=shown)
