"""The captions' process, as the server sees it: started when the first call wants it, ended when none did for a while."""

import asyncio
import logging
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from recordings.captions.messages import News, Order
from recordings.captions.worker import work

log = logging.getLogger(__name__)


class CaptionProcess:
    """`on_news` hears what it says, `on_lost` that it died. Every method belongs to the loop."""

    def __init__(self, on_news: Callable[[News], None], on_lost: Callable[[], None]) -> None:
        self._on_news = on_news
        self._on_lost = on_lost
        self._process: SpawnProcess | None = None
        self._pipe: Connection[Order, News] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Unless it runs."""
        if self._pipe is not None:
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,), name="captions", daemon=True)
        await asyncio.to_thread(process.start)
        theirs.close()
        self._process, self._pipe = process, ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._readable)
        log.info("captions process started", extra={"pid": process.pid})

    def send(self, order: Order) -> None:
        """Nothing comes of it where the process is gone; that was told."""
        if self._pipe is None:
            return
        try:
            self._pipe.send(order)
        except OSError:
            self._lose()

    async def stop(self) -> None:
        """Killed: it has nothing to put away, and a model at work hears of nothing else for seconds."""
        process = self._process
        self._let_go()
        if process is None:
            return
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()

    def _readable(self) -> None:
        pipe = self._pipe
        try:
            while pipe is not None and pipe is self._pipe and pipe.poll():
                self._on_news(pipe.recv())
        except (EOFError, OSError):
            self._lose()

    def _lose(self) -> None:
        log.warning("captions process lost", extra={"pid": self.pid})
        self._let_go()
        self._on_lost()

    def _let_go(self) -> None:
        pipe, self._pipe, self._process = self._pipe, None, None
        if pipe is not None:
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            pipe.close()
