"""The transcription process, as the server sees it: started when needed, killed when done with or stuck."""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Final, Self

from recordings.errors import EngineFailed
from recordings.transcribe.port import Segment
from recordings.transcribe.worker import Order, enlist, transcribe_file

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 60.0


class TranscriptionProcess:
    """One spawned process with one loaded model; orders are served one at a time, in order of arrival."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._pid: int | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def pid(self) -> int | None:
        """The process that works now, or None."""
        return self._pid

    async def transcribe(self, order: Order, timeout_s: float) -> list[Segment]:
        """Waits its turn, then `timeout_s` at most. Raises EngineFailed, WavBroken, ModelMissing.

        An order that is late or cancelled takes the process with it; the next order gets a new one.
        """
        async with self._turn:
            try:
                pool = await self._started()
                async with asyncio.timeout(timeout_s):
                    return await asyncio.get_running_loop().run_in_executor(pool, transcribe_file, order)
            except TimeoutError as exc:
                await self._stop()
                raise EngineFailed("transcription took too long") from exc
            except BrokenProcessPool as exc:
                await self._stop()
                raise EngineFailed("the transcription process died") from exc
            except asyncio.CancelledError:
                await self._stop()
                raise

    async def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=enlist)
            async with asyncio.timeout(START_TIMEOUT_S):
                self._pid = await asyncio.get_running_loop().run_in_executor(self._pool, os.getpid)
            log.info("transcription process started", extra={"pid": self._pid})
        return self._pool

    async def _stop(self) -> None:
        pool, pid = self._pool, self._pid
        self._pool = self._pid = None
        if pool is None:
            return
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
