"""From two channels and their owners to one dialogue. Pure.

Left is the customer. Right is everybody else; `spans` say who when, and only people are transcribed: the
system's own prompts are known and music says nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from recordings.transcribe.port import Segment, Word
from recordings.transcribe.speech import Span
from threadline.kernel.events import Json

CUSTOMER: Final = "customer"
PEOPLE: Final = frozenset({"agent", "outside"})  # outside: whom the call was transferred to
BREATH_S: Final = 0.8  # a pause this long ends a segment
SENTENCE_PAUSE_S: Final = 0.25  # after a full stop a shorter one does
LONGEST_S: Final = 20.0
SENTENCE_ENDS: Final = (".", "?", "!", "…")


def owned_spans(spans: Sequence[Json], seconds: float) -> dict[str, list[Span]]:
    """When the right channel is which kind of person. A span without `to_s` lasts to the recording's end."""
    found: dict[str, list[Span]] = {}
    for span in spans:
        speaker = str(span.get("speaker", "")).partition(":")[0]
        start, end = _number(span.get("from_s"), 0.0), _number(span.get("to_s"), seconds)
        if speaker in PEOPLE and end > start:
            found.setdefault(speaker, []).append(Span(max(0.0, start), min(end, seconds)))
    return {speaker: sorted(owned) for speaker, owned in found.items()}


def _number(value: object, missing: float) -> float:
    return float(value) if isinstance(value, int | float) else missing


def within(speech: Iterable[Span], owned: Sequence[Span]) -> list[Span]:
    """The parts of `speech` inside `owned`, slivers under a tenth of a second left out."""
    parts = (Span(max(s.t0, o.t0), min(s.t1, o.t1)) for s in speech for o in owned)
    return sorted(part for part in parts if part.t1 - part.t0 > 0.1)


def segments_of(speaker: str, words: Sequence[Word]) -> list[Segment]:
    """Groups words, which come in order of time, into breaths."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and not _ends(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [
        Segment(speaker, group[0].t0, group[-1].t1, " ".join(word.text for word in group), tuple(group))
        for group in groups
    ]


def _ends(group: Sequence[Word], following: Word) -> bool:
    last = group[-1]
    pause = following.t0 - last.t1
    is_sentence_over = last.text.endswith(SENTENCE_ENDS) and pause >= SENTENCE_PAUSE_S
    return pause >= BREATH_S or is_sentence_over or following.t1 - group[0].t0 > LONGEST_S


def merge(*sides: Iterable[Segment]) -> list[Segment]:
    """One dialogue in order of time."""
    return sorted((segment for side in sides for segment in side), key=lambda s: (s.t0, s.t1))
