"""What a flow costs: microseconds an event with 1,000 sessions under way, milliseconds to read and check.

What an import costs, too. `make bench-flows`. CPU time of one core; a session is stepped as a call's is: an event in, effects out.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

from ivr_flows import inputs as ev
from ivr_flows.calendar import DAYS, Calendar
from ivr_flows.check import check
from ivr_flows.engine import FlowContext, Session, resume, start
from ivr_flows.imports import import_flow
from ivr_flows.parse import parse_flow

SESSIONS = 1_000
FLOW = Path(__file__).parents[1] / "ivr_flows" / "flows" / "retail_main.yaml"
CALL: tuple[ev.Input, ...] = (
    ev.PlayDone(1),
    ev.Key("2"),
    ev.PlayDone(3),
    ev.Key("3"),
    ev.QueuePlace(2),
    ev.Tick(),
    ev.AgentJoined("an"),
    ev.AgentLeft(),
)


WRITTEN = """threadline: 1
id: chat
channels: [chat]
languages: {default: en-US, supported: [en-US]}
entry: main
vars: {order_no: {type: string}}
steps:
  main: {type: menu, prompt: {any: Orders or help?}, choices: {"1": main, "2": number}, on_fail: main}
  number: {type: collect, prompt: {any: Your number?}, var: order_no, on_fail: main, next: known}
  known: {type: say, prompt: {any: "Order ${vars.order_no}."}, next: main}
"""


def stepping() -> float:
    """Microseconds of CPU an event."""
    flow = parse_flow(FLOW.read_text(encoding="utf-8"), "retail_main")
    store = Calendar.of("UTC", {day: [["00:00", "24:00"]] for day in DAYS})
    context = FlowContext(call={"id": "c", "from": "+1"}, calendars={"store": store})
    now = datetime(2026, 3, 10, tzinfo=UTC)
    began = time.process_time()
    sessions = [start(flow, context, now).session for _ in range(SESSIONS)]
    for event in CALL:
        sessions = [resume(flow, session, event, now).session for session in sessions]
    assert all(session.mode == "over" for session in sessions)
    return (time.process_time() - began) / SESSIONS / (len(CALL) + 1) * 1e6


def writing() -> float:
    """Microseconds of CPU an answer of a chat, its state written and read back as a restart would."""
    flow = parse_flow(WRITTEN, "chat")
    context = FlowContext(call={"id": "c", "channel": "chat"})
    now = datetime(2026, 3, 10, tzinfo=UTC)
    began = time.process_time()
    kept = [start(flow, context, now).session.to_json() for _ in range(SESSIONS)]
    for answer in ("2", "1234", "1"):
        kept = [
            resume(flow, Session.from_json(state), ev.Wrote(answer), now).session.to_json() for state in kept
        ]
    return (time.process_time() - began) / SESSIONS / 4 * 1e6


def reading(steps: int) -> tuple[float, float]:
    """Milliseconds of CPU to read and to check a flow of `steps` steps."""
    head = "threadline: 1\nid: big\nlanguages: {default: en-US, supported: [en-US]}\nentry: s0\nsteps:\n"
    menu = "  s{0}: {{type: menu, prompt: {{any: Press 1.}}, choices: {{'1': s{1}}}, on_fail: s{1}}}\n"
    text = head + "".join(menu.format(number, (number + 1) % steps) for number in range(steps))
    began = time.process_time()
    flow = parse_flow(text, "big")
    read = time.process_time()
    check(flow)
    return (read - began) * 1e3, (time.process_time() - read) * 1e3


def bringing(menus: int) -> float:
    """Milliseconds of CPU to make a flow of a dialplan of so many menus, its check included."""
    menu = "[m{0}]\nexten => s,1,Background(a{0})\n same => n,WaitExten(5)\nexten => 1,1,Goto(m{1},s,1)\n"
    text = "".join(menu.format(number, (number + 1) % menus) for number in range(menus))
    began = time.process_time()
    assert import_flow(text, "big.conf").is_publishable
    return (time.process_time() - began) * 1e3


def main() -> None:
    print(f"{SESSIONS} sessions at once: {stepping():.0f} us an event, on calls")
    print(f"{SESSIONS} sessions at once: {writing():.0f} us an answer, in writing")
    read_ms, check_ms = reading(500)
    print(f"a flow of 500 steps: read in {read_ms:.0f} ms, checked in {check_ms:.0f} ms (goal 200)")
    print(f"a dialplan of 500 menus made a flow, which is read and checked: {bringing(500):.0f} ms")


if __name__ == "__main__":
    main()
