"""Twilio's side of voice: an account's REST for calls, and callers whose webhooks and streams are signed and paced.

    async with FakeTwilioCalls() as twilio:
        twilio.voice_url = "http://127.0.0.1:8080/twilio/voice"
        caller = twilio.caller("+84901234567", "+842871000000")
        await caller.dial(); caller.press("2"); caller.speak(mulaw); caller.heard; await caller.hang_up()

What Twilio does is as its pages say: strings for numbers, frames of 20 ms in real time, a queue of what we send that is
played in order, marks when it gets there. `python -m tests.support.fake_twilio.calls --port N --voice URL` runs alone.
"""

import argparse
import asyncio
import hashlib
import io
import json
import wave
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import aiohttp
import numpy as np
from aiohttp import encode_basic_auth, web

from tests.support.audio import mulaw_decode
from tests.support.fake_twilio.caller import FakeCaller, Tape
from tests.support.fake_twilio.conferences import Conference
from tests.support.fake_twilio.messages import ACCOUNT, TOKEN, signature
from tests.support.fake_twilio.published import (
    CREATE_RECORDING,
    UPDATE_PARTICIPANT,
    UPDATE_RECORDING,
    wrong_with_call,
    wrong_with_fields,
    wrong_with_update,
)
from tests.support.ports import LOOPBACK


@dataclass
class CallState:
    """A call as the REST interface shows it."""

    sid: str
    to: str
    shown: str
    direction: str
    status: str = "queued"
    callback: str = ""
    price: str | None = None
    asked: dict[str, str] = field(default_factory=dict)


class FakeTwilioCalls:
    """One account. `voice_url` is what its numbers are configured with, `status_url` their status callback."""

    def __init__(self, port: int = 0) -> None:
        self.voice_url = ""
        self.status_url = ""
        self.token = TOKEN
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.calls: dict[str, CallState] = {}
        self.callers: dict[str, FakeCaller] = {}
        self.answering: deque[str] = (
            deque()
        )  # what becomes of calls we are asked to place: answer, busy, no-answer
        self.dial_sip: Callable[[str, FakeCaller], Awaitable[str]] = _no_sip
        self.recordings_late = 0  # how often a finished recording is not there yet
        self.conferences: dict[str, Conference] = {}
        self.answered_by = "human"  # what the machine detection says where it is asked for
        self.deleted: list[str] = []  # recordings
        self.is_doubling = False  # after each status callback all so far come again, the last one first
        self._recordings: dict[str, bytes] = {}
        self._faults: deque[int] = deque()
        self._port = port
        self._numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = web.Application()
        root = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.app.router.add_post(f"{root}/Calls.json", self._place)
        self.app.router.add_post(root + "/Calls/{sid}.json", self._change)
        self.app.router.add_get(root + "/Calls/{sid}.json", self._show)
        self.app.router.add_get(root + "/Recordings/{sid}.wav", self._recording)
        self.app.router.add_post(root + "/Calls/{sid}/Recordings.json", self._record)
        self.app.router.add_post(root + "/Calls/{sid}/Recordings/{recording}.json", self._record)
        self.app.router.add_post(root + "/Conferences/{conference}/Participants/{sid}.json", self._seat)
        self.app.router.add_delete(root + "/Recordings/{sid}.json", self._delete_recording)
        self.app.router.add_post("/_fake/call", self._ordered)

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        self._port = self._runner.addresses[0][1]
        self.client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for caller in list(self.callers.values()):
            await caller.vanish()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.close()
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def forget(self) -> None:
        """As if nobody had ever called, and nothing been agreed on."""
        self.calls.clear()
        self.callers.clear()
        self.requests.clear()
        self.answering.clear()
        self.deleted.clear()
        self.dial_sip, self.recordings_late = _no_sip, 0

    def fail_next(self, *statuses: int) -> None:
        """REST requests to come are answered so: 429, 500."""
        self._faults.extend(statuses)

    def sid(self, prefix: str = "CA") -> str:
        self._numbers += 1
        return prefix + hashlib.md5(f"{id(self)} {self._numbers}".encode()).hexdigest()

    # --- callers ---

    def caller(self, number: str, dialled: str, **more: str) -> FakeCaller:
        """Somebody who is about to call a number of the account; `more` goes with every webhook of the call."""
        state = CallState(self.sid(), dialled, number, "inbound", callback=self.status_url)
        self.calls[state.sid] = state
        made = self.callers[state.sid] = FakeCaller(self, state, more)
        return made

    def conference(self, name: str) -> Conference:
        """That of this name, which begins with this question."""
        return self.conferences.setdefault(name, Conference(self, name))

    @property
    def rooms(self) -> list[set[FakeCaller]]:
        """Who is together with whom."""
        return [set(one.seats) for one in self.conferences.values()]

    # --- signed requests ---

    async def post(self, url: str, form: dict[str, str], *, token: str | None = None) -> tuple[int, str]:
        """(status, body) of a webhook."""
        headers = {
            "X-Twilio-Signature": signature(url, form, token or self.token),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        async with self.client.post(url, data=urlencode(form), headers=headers) as answer:
            return answer.status, await answer.text()

    # --- REST ---

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != encode_basic_auth(ACCOUNT, TOKEN):
            return _error(401, 20003, "Authenticate")
        if self._faults:
            status = self._faults.popleft()
            headers = {"Retry-After": "1"} if status == 429 else {}
            return _error(status, 20429 if status == 429 else 20500, "refused", headers)
        return None

    async def _place(self, request: web.Request) -> web.Response:
        fields = parse_qsl(await request.text(), keep_blank_values=True)
        form = dict(fields)
        self.requests.append((request.path, form))
        if (refused := self._refusal(request)) is not None:
            return refused
        if (wrong := wrong_with_call(fields)) is not None:
            return _error(400, 21201, wrong)
        state = CallState(
            self.sid(),
            form["To"],
            form["From"],
            "outbound-api",
            callback=form.get("StatusCallback", ""),
            asked=form,
        )
        self.calls[state.sid] = state
        called = self.callers[state.sid] = FakeCaller(self, state, {})
        end = self.answering.popleft() if self.answering else "answer"
        self.spawn(called.is_called(end))
        return web.json_response(self._shown(state), status=201)

    async def _change(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.requests.append((request.path, form))
        if (refused := self._refusal(request)) is not None:
            return refused
        if (wrong := wrong_with_update(form)) is not None:
            return _error(400, 21218, wrong)
        state = self.calls.get(request.match_info["sid"])
        if state is None:
            return _error(404, 20404, "The requested resource was not found")
        caller = self.callers[state.sid]
        if form.get("Status") == "completed":
            self.spawn(caller.ended_by_api())
        elif state.status != "in-progress":
            return _error(400, 21220, "Call is not in-progress. Cannot redirect.")
        elif "Twiml" in form:
            caller.redirect(form["Twiml"])
        return web.json_response(self._shown(state))

    async def _show(self, request: web.Request) -> web.Response:
        self.requests.append((request.path, {}))
        if (refused := self._refusal(request)) is not None:
            return refused
        state = self.calls.get(request.match_info["sid"])
        return _error(404, 20404, "not found") if state is None else web.json_response(self._shown(state))

    def keep_recording(self, sid: str, left: bytes, right: bytes | None = None) -> None:
        """Mu-law; two channels where there is a right one."""
        channels = [left] if right is None else [left, right]
        sound = np.stack([mulaw_decode(one) for one in channels], axis=1)
        pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
        data = io.BytesIO()
        with wave.open(data, "wb") as file:
            file.setnchannels(len(channels))
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(pcm)
        self._recordings[sid] = data.getvalue()

    async def _recording(self, request: web.Request) -> web.Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        if self.recordings_late > 0:
            self.recordings_late -= 1
            return _error(404, 20404, "not found")
        data = self._recordings.get(request.match_info["sid"])
        if data is not None and request.query.get("RequestedChannels") == "2" and data[22] == 1:  # of a WAV
            return _error(400, 21220, "Requested channels is not available")
        return (
            _error(404, 20404, "not found")
            if data is None
            else web.Response(body=data, content_type="audio/x-wav")
        )

    async def _record(self, request: web.Request) -> web.Response:
        """Begins a recording, or changes the one that is named."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.requests.append((request.path, form))
        sid = request.match_info.get("recording")
        wrong = wrong_with_fields(form, CREATE_RECORDING if sid is None else UPDATE_RECORDING)
        if (refused := self._refusal(request)) is not None:
            return refused
        if wrong is not None:
            return _error(400, 21218, wrong)
        caller = self.callers[request.match_info["sid"]]
        if caller.is_over.is_set() or (sid is not None and sid not in caller.tapes):
            return _error(400, 21220, "Requested resource is not eligible for recording")
        if sid is None:
            sid = self.sid("RE")
            caller.tapes[sid] = Tape()
        elif form["Status"] == "stopped":
            caller.end_tape(sid)
        else:
            caller.tapes[sid].is_paused = form["Status"] == "paused"
        return web.json_response({"sid": sid}, status=201)

    async def _seat(self, request: web.Request) -> web.Response:
        """Changes a participant of a conference."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.requests.append((request.path, form))
        if (refused := self._refusal(request)) is not None:
            return refused
        if (wrong := wrong_with_fields(form, UPDATE_PARTICIPANT)) is not None:
            return _error(400, 21218, wrong)
        caller = self.callers.get(request.match_info["sid"])
        conference = request.match_info["conference"]
        for one in self.conferences.values():
            if one.sid == conference and caller in one.seats:
                one.seats[caller].change(form)
                return web.json_response({"call_sid": request.match_info["sid"]})
        return _error(404, 20404, "not found")

    async def _delete_recording(self, request: web.Request) -> web.Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        sid = request.match_info["sid"]
        if self._recordings.pop(sid, None) is None:
            return _error(404, 20404, "not found")
        self.deleted.append(sid)
        return web.Response(status=204)

    def _shown(self, state: CallState) -> dict[str, Any]:
        return {
            "sid": state.sid, "account_sid": ACCOUNT, "to": state.to, "from": state.shown, "status": state.status,
            "direction": state.direction, "price": state.price, "price_unit": "USD", "duration": "7",
        }  # fmt: skip

    async def _ordered(self, request: web.Request) -> web.Response:
        """Run alone: POST {"from", "to", "keys"} calls."""
        order = await request.json()
        caller = self.caller(order["from"], order["to"])
        self.spawn(caller.dial())
        for key in order.get("keys", ""):
            await asyncio.sleep(1.5)
            caller.press(key)
        return web.json_response({"sid": caller.state.sid})

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _no_sip(target: str, caller: FakeCaller) -> str:
    """Nobody taught this fake to call by SIP."""
    return "failed"


def _error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        text=json.dumps({"code": code, "message": message, "status": status}), status=status, headers=headers,
        content_type="application/json",
    )  # fmt: skip


async def _alone() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--voice", default="", help="the voice webhook of the account's numbers")
    options = parser.parse_args()
    async with FakeTwilioCalls(options.port) as twilio:
        twilio.voice_url = options.voice
        twilio.status_url = options.voice.replace("/voice", "/status")
        print(f"listening on {twilio.base_url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_alone())
