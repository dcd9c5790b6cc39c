"""What the server and the captions' process say to each other. Plain data; times are seconds of the recording."""

from dataclasses import dataclass
from pathlib import Path

from recordings.transcribe.models import Engine
from recordings.transcribe.port import Segment
from threadline.kernel.events import Json
from threadline.kernel.ids import RecordingId


@dataclass(frozen=True, slots=True)
class Begin:
    """Caption what is said from now on. `spans` as in the table: who owns the right channel when."""

    recording: RecordingId
    path: Path
    engine: Engine
    language: str
    spans: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Talking:
    """Others own the right channel now."""

    recording: RecordingId
    spans: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The file is complete: read it to its end, then what was said before Begin, and give it all back."""

    recording: RecordingId
    spans: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance, or its beginning: a later one of the same speaker and number replaces it until it is final."""

    speaker: str
    number: int
    t0: float
    t1: float
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """The model is loaded; what is said from now on is heard."""

    recording: RecordingId


@dataclass(frozen=True, slots=True)
class Heard:
    recording: RecordingId
    line: Line


@dataclass(frozen=True, slots=True)
class Finished:
    """`segments` None: it could not be done; the recording is for the transcript's own recognition."""

    recording: RecordingId
    segments: tuple[Segment, ...] | None


Order = Begin | Talking | Finish
News = Begun | Heard | Finished
