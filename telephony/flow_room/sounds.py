"""Prompts as sound: a text spoken for the ear of whoever writes it, and recordings that are put in its place."""

import asyncio
import io
import re
import wave
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from telephony.administration.notes import Note, Who
from telephony.errors import VoiceUnavailable
from telephony.media.g711 import ulaw_to_linear
from telephony.ports import Voice
from threadline.kernel.errors import Invalid, Refused
from threadline.kernel.events import Json

LONGEST_TEXT: Final = 2_000
FOLDER: Final = "uploaded"
RATE: Final = 8_000
LINEAR: Final = np.array([ulaw_to_linear(code) for code in range(256)], dtype="<i2")


class NoSound(Invalid):
    """This is no sound that can be read."""


class NoVoice(Refused):
    """No voice speaks this here."""


class PromptSounds:
    """`folder` is the first in which calls look for the files that `audio:` names."""

    def __init__(self, voice: Voice, folder: Path, note: Note) -> None:
        self._voice, self._folder, self._note = voice, folder, note

    async def spoken(self, text: str, language: str) -> bytes:
        """A WAV file of the text in the voice callers hear. Raises NoVoice, Invalid."""
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise Invalid(f"a text of at most {LONGEST_TEXT} characters")
        try:
            spoken = await self._voice.prompt(text, language)
        except VoiceUnavailable as exc:
            raise NoVoice from exc
        return await asyncio.to_thread(_as_wav, spoken)

    async def recorded(self, audio: str) -> bytes | None:
        """A WAV file of a recording as callers hear it; None where there is no such file."""
        path = (self._folder / audio).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        return await asyncio.to_thread(_as_wav, await self._voice.encode_file(path))

    async def keep(self, prompt: str, language: str, sound: bytes, actor: Who) -> str:
        """The `audio:` value that names this recording from now on. Raises NoSound."""
        name = f"{FOLDER}/{_word(prompt)}-{_word(language)}-{sha256(sound).hexdigest()[:12]}.wav"
        path = self._folder / name
        await asyncio.to_thread(_write, path, sound)
        try:
            await self._voice.encode_file(path)
        except VoiceUnavailable as exc:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            raise NoSound from exc
        detail: Json = {"audio": name, "bytes": len(sound)}
        await self._note(actor, "flow.prompt", f"prompt:{_word(prompt)}", detail)
        return name


def _word(text: str) -> str:
    return re.sub(r"[^\w-]", "_", text, flags=re.ASCII)[:60] or "prompt"


def _write(path: Path, sound: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound)


def _as_wav(ulaw: Path) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(LINEAR[np.frombuffer(ulaw.read_bytes(), dtype=np.uint8)].tobytes())
    return made.getvalue()
