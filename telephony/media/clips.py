"""Prompt and music files: raw mu-law, cut into frames once and shared by every call that plays them."""

from collections import OrderedDict
from pathlib import Path
from typing import Final

from telephony.media.g711 import FRAME

Clip = tuple[bytes, ...]
CLIPS_MAX: Final = 512


def cut(audio: bytes) -> Clip:
    """Frames of FRAME bytes, the last one filled up with silence."""
    frames = [audio[at : at + FRAME] for at in range(0, len(audio), FRAME)]
    if frames:
        frames[-1] = frames[-1].ljust(FRAME, b"\xff")
    return tuple(frames)


class ClipLibrary:
    """Clips by path, the least recently played forgotten first; a changed file is read again."""

    def __init__(self) -> None:
        self._clips: OrderedDict[str, tuple[tuple[int, int], Clip]] = OrderedDict()

    def clip(self, path: str) -> Clip:
        """The frames of a file. Raises OSError."""
        stat = Path(path).stat()
        version = (stat.st_mtime_ns, stat.st_size)
        known = self._clips.get(path)
        if known is None or known[0] != version:
            known = (version, cut(Path(path).read_bytes()))
            self._clips[path] = known
            if len(self._clips) > CLIPS_MAX:
                self._clips.popitem(last=False)
        self._clips.move_to_end(path)
        return known[1]
