"""What findings say, in English and Vietnamese: `CODE: sentence with {blanks}` in the files of `sentences`.

A finding carries its sentence in English together with code and facts, so that whoever shows it says it in the
reader's language. The page of flows reads the same files.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic_core import PydanticCustomError

from threadline.kernel.events import Json

FOLDER: Final = Path(__file__).parent / "sentences"
LANGUAGES: Final = ("en", "vi")
_BLANK: Final = re.compile(r"\{(\w+)\}")

Fact: TypeAlias = str | int


class Said(str):
    """A sentence in English that can be said in another language: the facts that are `Said` themselves, too."""

    __slots__ = ("code", "facts")
    code: str
    facts: Mapping[str, Fact]

    def to_json(self) -> Json:
        """{code, facts}; a fact that is `Said` is such an object, too."""
        facts: Json = {
            name: fact.to_json() if isinstance(fact, Said) else fact for name, fact in self.facts.items()
        }
        return {"code": self.code, "facts": facts}

    def in_language(self, language: str) -> str:
        """The sentence in `vi`, or in English for every other language."""
        told = {
            name: fact.in_language(language) if isinstance(fact, Said) else fact
            for name, fact in self.facts.items()
        }
        return _filled(SENTENCES.get(language, SENTENCES["en"])[self.code], told)


def said(code: str, **facts: Fact) -> Said:
    """The sentence of `code` with its blanks filled in."""
    made = Said(_filled(SENTENCES["en"][code], facts))
    made.code, made.facts = code, facts
    return made


def wrong(what: str, **facts: Fact) -> PydanticCustomError:
    """What a validator raises: its sentence is that of `wrong.WHAT`."""
    return PydanticCustomError(f"wrong.{what}", "{what}", {"what": said(f"wrong.{what}", **facts)})


def _filled(sentence: str, facts: Mapping[str, Fact]) -> str:
    """A blank nobody has a fact for is no blank, such as `{6}` in a pattern."""
    return _BLANK.sub(lambda blank: str(facts.get(blank[1], blank[0])), sentence)


def _sentences(language: str) -> dict[str, str]:
    found: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return found


SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {each: _sentences(each) for each in LANGUAGES}
NOTHING: Final = said("silence")
"""For a finding without a hint."""
