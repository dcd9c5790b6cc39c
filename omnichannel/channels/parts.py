"""A message that its provider takes only in several: the calls in order, and what a failure half-way means."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from omnichannel.channels.port import Remedy, SendFailed

PartT = TypeVar("PartT")
AnswerT = TypeVar("AnswerT")


async def each_part(parts: Sequence[PartT], call: Callable[[PartT], Awaitable[AnswerT]]) -> list[AnswerT]:
    """The answers. Raises SendFailed as the first call did; once a part is out, GIVE_UP: it must not go twice."""
    answers: list[AnswerT] = []
    for part in parts:
        try:
            answers.append(await call(part))
        except SendFailed as failed:
            if not answers:
                raise
            raise SendFailed(
                Remedy.GIVE_UP,
                f"{len(answers)} of {len(parts)} parts went out, the others did not: {failed.detail}",
                code="partial",
            ) from failed
    return answers
