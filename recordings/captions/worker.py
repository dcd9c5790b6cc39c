"""The captions' process: one thread for all captioned calls, so they never take more than one core of the machine."""

import logging
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from recordings.captions.listening import Listening
from recordings.captions.messages import Begin, Begun, Finish, Finished, Heard, News, Order
from recordings.errors import RecordingError
from recordings.transcribe.vosk import VoskModel
from recordings.transcribe.worker import enlist
from threadline.kernel.ids import RecordingId

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 0.1


def work(pipe: "Connection[News, Order]") -> None:
    """Runs until the server lets go of the pipe, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's; the server hears it too, and ends us
    enlist()
    bench = Bench(pipe.send)
    try:
        while True:
            if pipe.poll(bench.patience_s):
                bench.obey(pipe.recv())
            bench.step()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class Bench:
    """The recordings listened to, and the models that are loaded: one for each language that was spoken so far."""

    def __init__(self, tell: Callable[[News], None]) -> None:
        self._tell = tell
        self._models: dict[Path, VoskModel] = {}
        self._listening: dict[RecordingId, Listening] = {}

    @property
    def patience_s(self) -> float | None:
        """How long to wait for orders before the next step; None: until one comes."""
        if not self._listening:
            return None
        return 0.0 if any(one.is_behind for one in self._listening.values()) else LOOK_AGAIN_S

    def obey(self, order: Order) -> None:
        """What can't be done is told as finished without a transcript."""
        try:
            if isinstance(order, Begin):
                self._listening[order.recording] = Listening(order, self._model(order.engine.model))
                self._tell(Begun(order.recording))
            elif (listening := self._listening.get(order.recording)) is None:
                return
            elif isinstance(order, Finish):
                segments = listening.end(order.spans)
                del self._listening[order.recording]
                self._tell(Finished(order.recording, tuple(segments)))
            else:
                listening.take_turns(order.spans)
        except (RecordingError, OSError):
            self._give_up(order.recording)

    def step(self) -> None:
        """A piece of each."""
        for recording, listening in list(self._listening.items()):
            try:
                lines = listening.step()
            except (RecordingError, OSError):
                self._give_up(recording)
                continue
            for line in lines:
                self._tell(Heard(recording, line))

    def _model(self, folder: Path) -> VoskModel:
        if folder not in self._models:
            self._models[folder] = VoskModel(folder)
        return self._models[folder]

    def _give_up(self, recording: RecordingId) -> None:
        log.warning("captions given up", extra={"recording": recording})
        self._listening.pop(recording, None)
        self._tell(Finished(recording, None))
