"""What a flow asks of the world beyond the call: services, speech, letters. `threadline.flowing` has the one that is run.

Questions that take time never hold a call up: they are taken at once and answered later through `reply`, in the
loop the call runs in.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ivr_flows import effects, inputs
from threadline.kernel.ids import ThreadId


class FlowWorld(Protocol):
    """One for all calls."""

    def fetch(self, asked: effects.Fetch, reply: Callable[[inputs.Fetched], None]) -> None:
        """Asks a service; what goes wrong is an answer too."""
        ...

    def understand(
        self, path: Path, language: str, phrases: Sequence[str], reply: Callable[[str, float], None]
    ) -> None:
        """What was said on the left channel of a recording, and how sure that is; then the file is gone.

        `phrases` are all that can be heard; none: anything. Nothing understood is an empty text.
        """
        ...

    def prepare(self, language: str) -> None:
        """Somebody will speak this language in a moment."""
        ...

    def utterance_file(self) -> Path:
        """Where the next utterance is to be recorded."""
        ...

    async def write(self, thread: ThreadId, message: effects.SendMessage) -> bool:
        """Queues a message to the customer of a thread. False: there is no way to him."""
        ...

    async def secrets(self) -> frozenset[str] | None:
        """The names of what services may be shown; None: nobody knows."""
        ...

    def understands(self, language: str) -> bool | None:
        """Whether speech of a language is recognised; None: nobody knows."""
        ...


class FlowAlone:
    """A world without services, speech or letters: every question has its answer for when there is none."""

    def fetch(self, asked: effects.Fetch, reply: Callable[[inputs.Fetched], None]) -> None:
        reply(inputs.Fetched(asked.request, 0, error="no services"))

    def understand(
        self, path: Path, language: str, phrases: Sequence[str], reply: Callable[[str, float], None]
    ) -> None:
        path.unlink(missing_ok=True)
        reply("", 0.0)

    def prepare(self, language: str) -> None:
        """Nobody understands anything here."""

    def utterance_file(self) -> Path:
        return Path("/dev/null")

    async def write(self, thread: ThreadId, message: effects.SendMessage) -> bool:
        return False

    async def secrets(self) -> frozenset[str] | None:
        return None

    def understands(self, language: str) -> bool | None:
        return None
