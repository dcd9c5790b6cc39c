"""What answers an utterance best, among a few texts that have some of its words. Pure.

A sentence has many words that say nothing; which ones do is told by how few of the texts have them. Vietnamese words
are written as syllables apart, so two that stand side by side here and there count more than each by itself.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from omnichannel.search.words import WORD, folded

MOST_WORDS: Final = 24  # the last ones of a long utterance: what it comes to is at its end
SHORTEST: Final = 2
TITLE: Final = 3.0
PAIR: Final = 2.0
ENOUGH: Final = 0.3  # of what the question's words weigh altogether
BESIDE_THE_BEST: Final = 0.4  # of the best one's score: sharing a common word is no answer

_EVERYDAY: Final = frozenset(
    folded(
        "a an and are at be but can could do does for from get have hello hi how i if in is it me my of ok on or please "
        "so that the there this to want was what when where will with would yes you your "
        "ạ à anh ấy ban bạn bị các cái chào cho chị có cô của cũng đã đang đây đi đó được em gì giờ hay hả hỏi không là lại "
        "làm mà mấy mình một muốn này nên nếu nha nhé như nhưng những nó ở ra rằng rồi sẽ sao ta thì thôi tôi trong và "
        "vẫn vậy vào vì với vâng xin"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may answer; `words` of title and text, folded, in their order."""

    title: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, title: str, text: str) -> "Candidate":
        head = tuple(WORD.findall(folded(title)))
        return cls(head, (*head, *WORD.findall(folded(text))))


def telling_words(utterance: str) -> tuple[str, ...]:
    """The words of an utterance worth looking for, folded, in their order, the last MOST_WORDS."""
    words = [word for word in WORD.findall(folded(utterance.replace("\0", " "))) if len(word) >= SHORTEST]
    return tuple(word for word in words if word not in _EVERYDAY)[-MOST_WORDS:]


def weights(words: Sequence[str], having: Mapping[str, int], total: int) -> dict[str, float]:
    """How much each word says: the fewer of `total` texts have it, the more; nothing where none has."""
    return {
        word: math.log(1 + total / having[word]) if having.get(word) else 0.0 for word in dict.fromkeys(words)
    }


def counted(candidates: Sequence[Candidate]) -> Counter[str]:
    """In how many of the texts each word is."""
    return Counter(word for one in candidates for word in set(one.words))


def best(
    asked: Sequence[str], candidates: Sequence[Candidate], worth: Mapping[str, float], most: int
) -> list[int]:
    """Which candidates answer, by their place in the list, the best first; none rather than a bad one."""
    scores = [(_score(asked, one, worth), place) for place, one in enumerate(candidates)]
    top = max((score for score, _ in scores), default=0.0)
    needed = max(ENOUGH * sum(worth.values()), BESIDE_THE_BEST * top)
    good = sorted((score, -place) for score, place in scores if score > 0 and score >= needed)
    return [-place for _, place in reversed(good)][:most]


def _score(asked: Sequence[str], candidate: Candidate, worth: Mapping[str, float]) -> float:
    there, head = set(candidate.words), set(candidate.title)
    single = sum(weight * (TITLE if word in head else 1.0) for word, weight in worth.items() if word in there)
    neighbours = set(pairwise(candidate.words))
    pairs = {pair for pair in pairwise(asked) if pair in neighbours}
    return single + PAIR * sum((worth.get(a, 0.0) + worth.get(b, 0.0)) / 2 for a, b in pairs)
