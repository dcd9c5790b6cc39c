"""How a flow hears speech: one recording an utterance, each understood while the next is being recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from ivr_flows import effects, inputs
from telephony.flow_world import FlowWorld
from telephony.line import Line
from telephony.media import messages as media
from telephony.tape import Tape

SHORTEST_WORD_S: Final = 0.16
CUT_SHORT: Final = ("stopped", "leg_closed", "disk")


class FlowEars:
    """Listens on the customer's leg while the flow wants it. `tell` takes what was heard."""

    def __init__(
        self, line: Line, tape: Tape, world: FlowWorld, tell: Callable[[inputs.Input], None]
    ) -> None:
        self._line = line
        self._tape = tape
        self._world = world
        self._tell = tell
        self._wanted: effects.Listen | None = None
        self._recording: str | None = None

    def listen(self, wanted: effects.Listen) -> None:
        """From now on, until `stop` or another `listen`."""
        self.stop()
        self._wanted = wanted
        self._world.prepare(wanted.language)
        self._record()

    def stop(self) -> None:
        """Nobody listens; what was said until now is not looked at."""
        self._wanted = None
        if self._recording is not None:
            self._line.house.engine.send(media.StopRecording(str(self._line.customer.id), self._recording))
            self._recording = None

    def _record(self) -> None:
        wanted = self._wanted
        assert wanted is not None
        path, name = self._world.utterance_file(), str(uuid4())
        self._recording = name
        self._tape.watch(name, lambda event: self._closed(wanted, path, event))
        self._line.house.engine.send(
            media.Record(
                str(self._line.customer.id), name, str(path), wanted.max_s, wanted.end_silence_s, None
            )
        )

    def _closed(self, wanted: effects.Listen, path: Path, event: media.RecordingClosed) -> None:
        """An utterance, or a stretch of silence, is over."""
        if self._wanted is not wanted or event.reason in CUT_SHORT:
            path.unlink(missing_ok=True)
            return
        self._record()
        if event.spoken_s < SHORTEST_WORD_S:
            path.unlink(missing_ok=True)
            return
        self._tell(inputs.Speaking(wanted.listen))
        self._world.understand(
            path,
            wanted.language,
            wanted.phrases,
            lambda text, sure: self._tell(inputs.Heard(wanted.listen, text, sure)),
        )
