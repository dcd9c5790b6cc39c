"""Debian's Chromium, headless, driven by Playwright."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

EXECUTABLE: Final = Path("/usr/bin/chromium")
PATIENCE_MS: Final = 60_000  # a busy machine's; nothing is measured here
_QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclass
class Chromium:
    """`async with Chromium(microphone=...) as chromium: page = await chromium.page(url)`.

    Every page's complaints are in `errors` (console errors, uncaught exceptions, failed requests) and its
    requests to anywhere but loopback in `outside`; a good page leaves both empty. `microphone` is a 48 kHz
    mono WAV file that getUserMedia delivers; the first half second of it is lost.
    """

    microphone: Path | None = None
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _browser: Browser | None = None

    async def __aenter__(self) -> Self:
        if not EXECUTABLE.exists():
            raise FileNotFoundError(f"{EXECUTABLE} is missing: apt-get install chromium")
        expect.set_options(timeout=PATIENCE_MS)
        arguments = list(_QUIET)
        if self.microphone is not None:
            arguments += [
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={self.microphone}%noloop",
                "--allow-loopback-in-peer-connection",
            ]
        async with AsyncExitStack() as stack:
            playwright = await stack.enter_async_context(async_playwright())
            self._browser = await playwright.chromium.launch(
                executable_path=EXECUTABLE, headless=True, args=arguments
            )
            stack.push_async_callback(self._browser.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def context(self, *, locale: str = "en-US", width: int = 1280, height: int = 800) -> BrowserContext:
        """A window with cookies of its own; two contexts are two people."""
        assert self._browser is not None
        permissions = ["microphone"] if self.microphone else []
        made = await self._browser.new_context(
            locale=locale, viewport={"width": width, "height": height}, permissions=permissions
        )
        made.set_default_timeout(PATIENCE_MS)
        made.on("page", self._watch)
        return made

    async def window(self, *, locale: str = "en-US", width: int = 1280, height: int = 800) -> Page:
        """An empty page of a new person."""
        return await (await self.context(locale=locale, width=width, height=height)).new_page()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """For tests that share a browser: everybody's windows are closed at the end, and no page may have complained or asked another host."""
        self.errors.clear()
        self.outside.clear()
        yield
        await self.close_contexts()
        assert self.errors == []
        assert self.outside == []

    def expect_refusals(self, *statuses: int) -> None:
        """The browser says every refused request on its console: these were meant."""
        meant = tuple(f"status of {status}" for status in statuses)
        self.errors[:] = [one for one in self.errors if not any(it in one for it in meant)]

    async def close_contexts(self) -> None:
        """Closes everybody's windows; the browser stays."""
        assert self._browser is not None
        for made in self._browser.contexts:
            await made.close()

    async def page(self, url: str, *, locale: str = "en-US") -> Page:
        """A page of a new person, loaded."""
        page = await self.window(locale=locale)
        await page.goto(url)
        return page

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", lambda request: self._failed(request))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "127.0.0.1",
            "localhost",
            "::1",
        ):
            self.outside.append(request.url)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that was left while it loaded
            self.errors.append(f"failed: {request.url} {request.failure}")
