"""The voice process, as the server sees it: texts in, files of ready G.711 out, each made once.

The child is started when first needed, killed when it takes too long, and started again when it died.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from telephony.errors import VoiceUnavailable
from telephony.voices.choose import Part, is_piper_installed, parts_of

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S: Final = 60.0  # a long text on a busy machine, engine loading included
STOP_TIMEOUT_S: Final = 2.0
MAX_SPOKEN: Final = 10_000
TRIES: Final = 2
HOME: Final = Path(__file__).parents[2]  # where `telephony` can be imported from
RENDERING: Final = "1"  # part of every cache key; another way of rendering gets another number


class VoiceProcess:
    """Implements telephony.ports.Voice. Raw mu-law files at 8 kHz, named by what they say, in `cache_dir`."""

    def __init__(
        self, cache_dir: Path, *, default_language: str = "vi-VN", answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        """`default_language` is spoken where a text marked `any` gives no hint."""
        self._cache = cache_dir.resolve()
        self._default_language = default_language
        self._timeout_s = answer_timeout_s
        self._has_piper = is_piper_installed()
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._last_id = 0
        self._spoken: dict[tuple[str, str], Path] = {}  # what was asked for lately, with its file

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._prepare_cache)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is none."""
        return None if self._child is None else self._child.pid

    def _prepare_cache(self) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        for unfinished in self._cache.glob("*.tmp"):
            unfinished.unlink(missing_ok=True)

    async def prompt(self, text: str, language: str) -> Path:
        """A raw mu-law 8 kHz file of `text`, from the cache or made now. Raises VoiceUnavailable.

        `language` is a tag such as vi-VN, or `any` for a text in several.
        """
        known = self._spoken.get((text, language))
        if known is not None and _exists(known):
            return known
        parts = parts_of(text, language, self._default_language, has_piper=self._has_piper)
        made = await self._made("say", {"parts": [_listed(part) for part in parts]})
        if len(self._spoken) >= MAX_SPOKEN:
            self._spoken.clear()
        self._spoken[text, language] = made
        return made

    async def prompts(self, texts: Sequence[tuple[str, str]]) -> list[Path]:
        """Every (text, language), in order: what publishing a flow renders. Raises VoiceUnavailable."""
        return [await self.prompt(text, language) for text, language in texts]

    async def music(self, name: str) -> Path:
        """A loop: `moh_soft`, or `ringback`. Raises VoiceUnavailable for any other name."""
        return await self._made("music", {"name": name})

    async def beep(self) -> Path:
        """The tone before a voicemail."""
        return await self._made("music", {"name": "beep"})

    async def encode_file(self, path: Path) -> Path:
        """A sound file of any usual format as a prompt, named by its content. Raises VoiceUnavailable."""
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as exc:
            raise VoiceUnavailable(f"can't read {path}") from exc
        key = {"sha256": hashlib.sha256(content).hexdigest()}
        return await self._made("encode", key, {"from": str(_absolute(path))})

    async def _made(self, do: str, key: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> Path:
        named = json.dumps([RENDERING, do, key], sort_keys=True, ensure_ascii=False)
        target = self._cache / f"{hashlib.sha256(named.encode()).hexdigest()}.ul"
        if not _exists(target):
            async with self._turn:
                if not _exists(target):  # the one before us may have asked for the same
                    await self._ask({"do": do, **key, **(extra or {}), "to": str(target)})
        return target

    async def _ask(self, order: Mapping[str, Any]) -> None:
        """One order, a second time when the child died of it. Raises VoiceUnavailable."""
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await self._exchange(order)
            except (TimeoutError, OSError, ValueError) as exc:
                log.warning("voice process failed", extra={"attempt": attempt, "error": type(exc).__name__})
                await self._stop()
            else:
                if "error" in answer:
                    raise VoiceUnavailable(str(answer["error"]))
                return
        raise VoiceUnavailable("the voice process does not answer")

    async def _exchange(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answers to orders nobody waits for any more are skipped."""
        child = await self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        self._last_id += 1
        child.stdin.write(json.dumps({"id": self._last_id, **order}, ensure_ascii=False).encode() + b"\n")
        await child.stdin.drain()
        while line := await child.stdout.readline():
            answer: Mapping[str, Any] = json.loads(line)
            if answer.get("id") == self._last_id:
                return answer
        raise ConnectionResetError("the voice process ended")

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is not None and self._child.returncode is not None:
            await self._stop()
        if self._child is None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "telephony.voices.worker",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
                cwd=HOME,
            )  # fmt: skip
            log.info("voice process started", extra={"pid": self._child.pid})
        return self._child

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        child.stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S if child.returncode is None else 0.1):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def _listed(part: Part) -> list[str]:
    return [part.voice.engine, part.voice.name, part.text]


def _absolute(path: Path) -> Path:
    return path.absolute()


def _exists(path: Path) -> bool:
    return path.exists()
