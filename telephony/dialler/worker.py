"""The process that holds pyVoIP: a plan comes in on standard input, what happens goes out as JSON lines.

Run as `python -m telephony.dialler.worker`. SIGTERM ends the call properly; closing standard input does
too, so that no worker outlives who started it.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pyVoIP.VoIP import CallState
from pyVoIP.VoIP.status import PhoneStatus

from telephony.dialler.patient import KeyedClient, PatientPhone, install, make_phone
from telephony.dialler.plan import Exit, Plan, PlanUnreadable, Step, schedule
from telephony.dialler.sound import RATE, read_speech

TICK_S: Final = 0.02
LISTENING_S: Final = 3.0
BYE_S: Final = 3.0  # how long the end of the call may take

_stop = threading.Event()


def report(event: str, **facts: Any) -> None:
    """One line to whoever started us."""
    try:
        sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
        sys.stdout.flush()
    except OSError:
        _stop.set()


class Worker:
    """One phone for the life of the process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._speech = read_speech(Path(plan.say)) if plan.say else b""
        self._calls = 0

    def run(self) -> Exit:
        plan, server = self._plan, (self._plan.server.host, self._plan.server.port)
        on_call = self._take if plan.number is None else None
        our_ip = _our_address(server)
        phone = make_phone(
            server, (plan.user, plan.password), our_ip, _free_ports(our_ip), plan.register_s, on_call
        )
        report("registering", user=plan.user)
        phone.start()
        if phone.get_status() != PhoneStatus.REGISTERED:
            report("not_registered", reason="refused, or no answer from the server")
            return Exit.NOT_REGISTERED
        report("registered")
        phone.sip.receiving.wait(LISTENING_S)
        try:
            return self._dial(phone, plan.number) if plan.number is not None else self._serve(phone)
        finally:
            phone.stop()

    # --- calling ----------------------------------------------------------------------------------

    def _dial(self, phone: PatientPhone, number: str) -> Exit:
        call = phone.call(number)
        report("dialling", number=number)
        if not self._wait_for_answer(phone, call):
            return Exit.NOT_ANSWERED
        report("answered")
        self._talk(call, phone.sip.send_again)
        _until(lambda: phone.sip.has_ended(call.call_id), phone.sip.send_again, BYE_S)
        return Exit.ANSWERED

    def _wait_for_answer(self, phone: PatientPhone, call: Any) -> bool:
        dialled = phone.sip.dialled[call.call_id]
        rang = False
        deadline = time.monotonic() + self._plan.ring_s
        while time.monotonic() < deadline and not _stop.is_set():
            if call.state == CallState.ANSWERED:
                return True
            if dialled.refusal is not None:
                code, reason = dialled.refusal
                report("not_answered", code=code, reason=reason)
                return False
            if dialled.ringing and not rang:
                rang = True
                report("ringing")
            phone.sip.send_again(time.monotonic())
            time.sleep(TICK_S)
        phone.sip.give_up(call.call_id)
        _until(lambda: dialled.refusal is not None, phone.sip.send_again, BYE_S)
        report("not_answered", code=None, reason=f"no answer within {self._plan.ring_s:g} s")
        return False

    # --- being called -----------------------------------------------------------------------------

    def _serve(self, phone: PatientPhone) -> Exit:
        while not _stop.wait(TICK_S):
            phone.sip.send_again(time.monotonic())
        _until(lambda: not phone.calls, phone.sip.send_again, BYE_S)
        return Exit.ANSWERED if self._calls else Exit.NOT_ANSWERED

    def _take(self, call: Any) -> None:
        """One incoming call, in a thread of pyVoIP's."""
        if call.state != CallState.RINGING:
            return
        call.answer()
        self._calls += 1
        report("answered", by=call.request.headers["From"]["number"])
        self._talk(call, lambda now: None)

    # --- talking ----------------------------------------------------------------------------------

    def _talk(self, call: Any, meanwhile: Callable[[float], None]) -> None:
        """Does what the plan says until its end or the other side's."""
        client: KeyedClient = call.RTPClients[0]
        start = time.monotonic()
        for step in schedule(self._plan, len(self._speech) / RATE):
            _until(lambda: call.state != CallState.ANSWERED, meanwhile, start + step.at_s - time.monotonic())
            if call.state != CallState.ANSWERED or _stop.is_set() or step.action == "hang_up":
                break
            self._act(call, client, step)
        by = "them"
        if call.state == CallState.ANSWERED:
            by = "us"
            call.hangup()
        report("ended", by=by, seconds=round(time.monotonic() - start, 2))
        if self._plan.save:
            client.heard.write(Path(self._plan.save))
            report("saved", path=self._plan.save, seconds=round(client.heard.seconds, 2))

    def _act(self, call: Any, client: KeyedClient, step: Step) -> None:
        if step.action == "say":
            call.write_audio(self._speech)
            report("saying", seconds=round(len(self._speech) / RATE, 2))
        elif client.keyboard is None:
            report("cannot_press", key=step.key, reason="the other side takes no telephone-events")
        else:
            client.keyboard.press(step.key)
            report("pressed", key=step.key)


def _until(is_done: Callable[[], bool], meanwhile: Callable[[float], None], limit_s: float) -> None:
    """Waits for something to be so, at most this long, or less when we are told to stop."""
    deadline = time.monotonic() + limit_s
    while (now := time.monotonic()) < deadline and not is_done():
        meanwhile(now)
        if _stop.is_set():
            deadline = min(deadline, now + BYE_S) if limit_s <= BYE_S else now
        time.sleep(min(TICK_S, max(0.0, deadline - now)))


def _our_address(server: tuple[str, int]) -> str:
    """The address this machine uses towards the server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(server)
        return str(probe.getsockname()[0])


def _free_ports(host: str) -> tuple[int, int]:
    """Ports for SIP and RTP that are free now; pyVoIP can't ask the system itself."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        sip.bind((host, 0))
        rtp.bind((host, 0))
        return int(sip.getsockname()[1]), int(rtp.getsockname()[1])


def _watch_parent() -> None:
    sys.stdin.read()
    _stop.set()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: _stop.set())
    signal.signal(signal.SIGINT, lambda *_: _stop.set())
    try:
        plan = Plan.from_json(sys.stdin.readline())
        install()
        threading.Thread(target=_watch_parent, daemon=True).start()
        code = Worker(plan).run()
    except PlanUnreadable as exc:
        report("unreadable", reason=str(exc))
        code = Exit.USAGE
    except Exception as exc:  # noqa: BLE001  # the supervisor of this one call: reported, then over
        report("broken", reason=f"{type(exc).__name__}: {exc}")
        code = Exit.BROKEN
    return int(code)


if __name__ == "__main__":
    threading.excepthook = lambda details: None  # pyVoIP's threads stumble over the closed socket at the end
    exit_code = main()
    os._exit(exit_code)  # pyVoIP leaves timers behind that would keep the process
