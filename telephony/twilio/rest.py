"""Twilio's REST interface for calls, asynchronously: the library's own client would hold the loop.

Source: https://www.twilio.com/docs/voice/api/call-resource. Bodies are forms, answers JSON, times of the year 2010 in
the path.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

import aiohttp

from telephony.twilio.account import TwilioAccount
from telephony.twilio.errors import TwilioAway, TwilioRefused

log = logging.getLogger(__name__)

ANSWER_S: Final = 10.0
CONNECT_S: Final = 4.0
TRIES: Final = 3
PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 5.0
ANSWER_MAX: Final = 256 * 1024
CALLS_A_SECOND: Final = 1.0  # what Twilio begins for an account that asked for no more
Method = Literal["GET", "POST", "DELETE"]
Taping = Literal["paused", "in-progress", "stopped"]


@dataclass(frozen=True, slots=True)
class Detection:
    """Twilio listens whether a person or a machine answered, beside the call, and tells it to `callback`."""

    callback: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A call in a conference, both as Twilio names them: unheard where `muted`, or heard by the call alone it `coaches`."""

    conference: str
    call: str
    muted: bool = False
    coaches: str | None = None


class TwilioRest:
    """Of one account. An async context manager, which owns its connections."""

    def __init__(
        self,
        account: TwilioAccount,
        *,
        calls_a_second: float = CALLS_A_SECOND,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._account = account
        self._gap_s = 1 / calls_a_second
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        self._next_call = 0.0
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "TwilioRest":
        timeout = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)
        login = {"Authorization": aiohttp.encode_basic_auth(*self._account.login)}
        self._session = aiohttp.ClientSession(timeout=timeout, headers=login)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._session is not None:
            await self._session.close()

    # --- calls ---

    async def call(self, sid: str) -> Mapping[str, Any]:
        """A call as Twilio knows it: `status`, `duration`, `price`, … Raises TwilioAway, TwilioRefused."""
        return await self._ask("GET", f"Calls/{sid}.json")

    async def end(self, sid: str) -> None:
        """Ends a call in whatever state it is; one that is over stays so. Raises TwilioAway, TwilioRefused."""
        try:
            await self._ask("POST", f"Calls/{sid}.json", {"Status": "completed"}, is_safe=True)
        except TwilioRefused as refused:
            if refused.code not in (20404, 21220):
                raise

    async def redirect(self, sid: str, twiml: str) -> None:
        """Another document for a call under way, at once. Raises TwilioAway, TwilioRefused."""
        await self._ask("POST", f"Calls/{sid}.json", {"Twiml": twiml}, is_safe=True)

    async def seat(self, seat: Seat) -> None:
        """From now on. Raises TwilioAway, TwilioRefused."""
        form = {"Muted": _word(seat.muted), "Coaching": _word(seat.coaches is not None)}
        if seat.coaches is not None:
            form["CallSidToCoach"] = seat.coaches
        path = f"Conferences/{seat.conference}/Participants/{seat.call}.json"
        await self._ask("POST", path, form, is_safe=True)

    async def place(
        self, to: str, shown: str, document: str, *, status: str, ring_s: float, call_token: str | None = None,
        detection: Detection | None = None,
    ) -> str:  # fmt: skip
        """A call to `to` that shows `shown`; its sid. `status` is told of each change. Wait for your `turn` before.

        `document` is TwiML, or where Twilio asks for it when she answers.

        Not repeated when it fails: nobody is called twice. Raises TwilioAway, TwilioRefused.
        """
        form = {
            "To": to, "From": shown, "Twiml" if document.startswith("<") else "Url": document, "Timeout": str(max(5, round(ring_s))), "StatusCallback": status,
            "StatusCallbackMethod": "POST",
        }  # fmt: skip
        if call_token is not None:
            form["CallToken"] = call_token
        if detection is not None:
            form |= {
                "MachineDetection": "Enable",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": detection.callback,
            }
        events = [("StatusCallbackEvent", one) for one in ("initiated", "ringing", "answered", "completed")]
        placed = await self._ask("POST", "Calls.json", [*form.items(), *events])
        return str(placed.get("sid", ""))

    async def turn(self) -> None:
        """Waits until the account may begin another call; whoever asked first goes first."""
        at = max(self._now(), self._next_call)
        self._next_call = at + self._gap_s
        await self._sleep(max(0.0, at - self._now()))

    # --- recordings ---

    async def record(self, call: str) -> str:
        """Records a call from now on, whatever becomes of it: what she says left, what she hears right. Its sid.

        Raises TwilioAway, TwilioRefused.
        """
        form = {"RecordingChannels": "dual", "RecordingTrack": "both", "Trim": "do-not-trim"}
        return str((await self._ask("POST", f"Calls/{call}/Recordings.json", form)).get("sid", ""))

    async def change_recording(self, call: str, sid: str, status: Taping) -> None:
        """Silence in the file while paused; what is stopped is fetched then. Raises TwilioAway, TwilioRefused."""
        form = {"Status": status, **({"PauseBehavior": "silence"} if status == "paused" else {})}
        await self._ask("POST", f"Calls/{call}/Recordings/{sid}.json", form, is_safe=True)

    async def recording(self, sid: str, channels: int = 2) -> bytes:
        """A finished recording as WAV, stereo where there are two. Raises TwilioAway, TwilioRefused."""
        try:
            return await self._fetch(f"Recordings/{sid}.wav?RequestedChannels={channels}")
        except TwilioRefused as refused:
            if refused.status != 400 or channels == 1:
                raise
        return await self._fetch(f"Recordings/{sid}.wav?RequestedChannels=1")

    async def delete_recording(self, sid: str) -> None:
        """It is gone at Twilio, or was before. Raises TwilioAway, TwilioRefused."""
        try:
            await self._ask("DELETE", f"Recordings/{sid}.json", is_safe=True)
        except TwilioRefused as refused:
            if refused.status != 404:
                raise

    async def _fetch(self, path: str) -> bytes:
        status, body, _ = await self._tried("GET", path, None)
        if status >= 400:
            raise _refusal(status, body)
        return body

    # --- how ---

    async def _ask(
        self,
        method: Method,
        path: str,
        form: Mapping[str, str] | list[tuple[str, str]] | None = None,
        *,
        is_safe: bool = False,
    ) -> Mapping[str, Any]:
        """`is_safe`: asked twice it does no more than once."""
        pause_s = PAUSE_S
        for number in range(TRIES):
            try:
                status, body, retry_after_s = await self._tried(method, path, form)
            except TwilioAway:
                if number == TRIES - 1 or not (is_safe or method == "GET"):
                    raise
            else:
                if status < 400:
                    return _read(body)
                is_worth_it = status == 429 or (status >= 500 and (is_safe or method == "GET"))
                if not is_worth_it or number == TRIES - 1:
                    raise _refusal(status, body)
                pause_s = max(pause_s, min(retry_after_s, LONGEST_PAUSE_S))
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        raise TwilioAway("Twilio does not answer.")

    async def _tried(
        self, method: Method, path: str, form: Mapping[str, str] | list[tuple[str, str]] | None
    ) -> tuple[int, bytes, float]:
        assert self._session is not None
        url = f"{self._account.base_url}/2010-04-01/Accounts/{self._account.sid}/{path}"
        headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        data = None if form is None else urlencode(form)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=method == "GET"
            ) as answer:
                body = await answer.read() if path.startswith("Recordings/") else await _bounded(answer)
                wait = answer.headers.get("Retry-After", "")
                return answer.status, body, float(wait) if wait.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            log.warning("twilio does not answer", extra={"error": type(exc).__name__})
            raise TwilioAway("Twilio does not answer.") from exc


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = await answer.content.read(ANSWER_MAX + 1)
    if len(body) > ANSWER_MAX:
        raise TwilioAway("Twilio's answer is too long.")
    return body


def _word(fact: bool) -> str:
    return "true" if fact else "false"


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body or b"{}")
    except ValueError as exc:
        raise TwilioAway("Twilio's answer is no JSON.") from exc
    return answer if isinstance(answer, dict) else {}


def _refusal(status: int, body: bytes) -> TwilioRefused | TwilioAway:
    if status >= 500:
        return TwilioAway("Twilio is in trouble itself.")
    try:
        told = json.loads(body)
        return TwilioRefused(int(told.get("code", 0)), str(told.get("message", "")), status)
    except (ValueError, AttributeError, TypeError):
        return TwilioRefused(0, "", status)
