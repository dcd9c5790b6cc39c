"""Subjects: the work item a tag names, and the subject of an answer. Pure."""

import re
from typing import Final

_TAG: Final = re.compile(r"\[#(\d{1,12})\]")
_ANSWER: Final = re.compile(r"^\s*((re|aw|sv|antw|vs|tr|trả lời|phản hồi)(\[\d+\])?\s?:\s*)+", re.IGNORECASE)


def numbers(subject: str) -> list[int]:
    """The work items whose tags `[#123]` stand in it. Anybody can write one, so it decides nothing alone."""
    return list(dict.fromkeys(int(number) for number in _TAG.findall(subject)))[:5]


def answer(subject: str) -> str:
    """With one "Re: " in front."""
    return f"Re: {_ANSWER.sub('', subject)}"


def flat(text: str) -> str:
    """On one line: nothing typed into a subject or a name becomes a header field."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
