"""Turns what a flow says into files the media engine plays."""

import logging
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ivr_flows.effects import Spoken
from telephony.errors import VoiceUnavailable
from telephony.ports import Voice

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 1.0  # how soon a recording that was put into a folder is found
MAX_NAMES: Final = 10_000


class Prompts:
    """Recorded audio where a flow names some and it exists, spoken text otherwise."""

    def __init__(self, voice: Voice, folders: Sequence[Path]) -> None:
        """`folders` are searched in order for the files that `audio:` names."""
        self._voice = voice
        self._folders = [folder.resolve() for folder in folders]
        self._encoded: dict[tuple[Path, int, int], Path] = {}
        self._found: dict[str, tuple[float, Path | None]] = {}  # until when, and where the recording is

    async def files(self, items: Iterable[Spoken]) -> tuple[str, ...]:
        """Paths in order; what can't be said is left out and logged, so that a call never hangs on it."""
        found: list[str] = []
        for item in items:
            try:
                found.append(str(await self._file(item)))
            except (VoiceUnavailable, OSError) as exc:
                log.warning(
                    "prompt left out",
                    extra={"prompt": item.prompt, "language": item.language, "error": type(exc).__name__},
                )
        return tuple(found)

    async def _file(self, item: Spoken) -> Path:
        if item.audio is not None and (own := self._audio(item.audio)) is not None:
            return await self._recorded(own)
        return await self._voice.prompt(item.ssml or item.text, item.language)

    async def _recorded(self, path: Path) -> Path:
        """The file as the engine plays it; encoded once, and again when it has changed."""
        version = _version(path)
        if version not in self._encoded:
            self._encoded[version] = await self._voice.encode_file(path)
        return self._encoded[version]

    def _audio(self, name: str) -> Path | None:
        """Where the recording is, looked for once a second however many calls play it."""
        now = time.monotonic()
        until, path = self._found.get(name, (0.0, None))
        if now >= until:
            if len(self._found) >= MAX_NAMES:
                self._found.clear()
            path = self._look_for(name)
            self._found[name] = now + LOOK_AGAIN_S, path
        return path

    def _look_for(self, name: str) -> Path | None:
        for folder in self._folders:
            path = (folder / name).resolve()
            if path.is_relative_to(folder) and path.is_file():
                return path
        return None

    async def music(self, name: str) -> str:
        """The endless file of a named music."""
        return str(await self._voice.music(name))

    async def beep(self) -> str:
        """The tone before a voicemail."""
        return str(await self._voice.beep())

    async def render(self, texts: Iterable[tuple[str, str]]) -> int:
        """Speaks every (text, language) beforehand, so that no call waits; returns how many could not be."""
        missing = 0
        for text, language in texts:
            try:
                await self._voice.prompt(text, language)
            except VoiceUnavailable:
                missing += 1
        return missing


def _version(path: Path) -> tuple[Path, int, int]:
    seen = os.stat(path)  # noqa: PTH116  # a third of what Path.stat costs, on every call
    return path, seen.st_mtime_ns, seen.st_size
