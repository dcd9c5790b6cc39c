"""Applications of a dialplan as steps."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from ivr_flows.imports.dialplan_asking import read_background, read_read, read_wait_exten
from ivr_flows.imports.dialplan_reading import Priority, read_call, split_arguments
from ivr_flows.imports.dialplan_spots import PASSED_BY, Spot, Switchboard, seconds
from ivr_flows.imports.sketch import Ref, identifier

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DIAL_ENDS: Final = {"busy": "BUSY", "no_answer": "NOANSWER", "failed": "CHANUNAVAIL"}


def read_priority(board: Switchboard, spot: Spot) -> None:
    """Fills a priority's step."""
    reader = _READERS.get(spot.priority.application.lower(), _unknown)
    before = len(board.sketch.remarks)
    reader(board, spot)
    if not any(remark.place == spot.place for remark in board.sketch.remarks[before:]):
        board.sketch.note("mapped", spot.place, spot.ref)


def _unknown(board: Switchboard, spot: Spot) -> None:
    board.sketch.put(spot.ref, spot.place, type="goto", next=board.after(spot))
    why = f"there is no step like {spot.priority.application}; calls pass it by"
    board.sketch.note("left_out", spot.place, spot.ref, why, "build what it did from other steps")


def _argument(spot: Spot, index: int) -> str:
    given = spot.priority.arguments
    return given[index] if index < len(given) else ""


def _answer(board: Switchboard, spot: Spot) -> None:
    board.sketch.put(spot.ref, spot.place, type="answer", next=board.after(spot))


def _playback(board: Switchboard, spot: Spot) -> None:
    following = board.after(spot)
    if prompts := board.sounds(spot, _argument(spot, 0)):
        board.sketch.put(spot.ref, spot.place, type="say", prompt=prompts, next=following)
    else:
        board.sketch.put(spot.ref, spot.place, type="goto", next=following)


def _spell(board: Switchboard, spot: Spot) -> None:
    text = board.template(spot, _argument(spot, 0))
    hole = re.fullmatch(r"\$\{(.*)\}", text)
    spoken = "${say_digits(" + (hole[1] if hole else f'"{re.sub(r"[^0-9]", "", text)}"') + ")}"
    is_spelt = spot.priority.application.lower() == "saydigits"
    prompt = board.sketch.prompt("spoken_number", spoken if is_spelt else text)
    board.sketch.put(spot.ref, spot.place, type="say", prompt=prompt, next=board.after(spot))


def _wait(board: Switchboard, spot: Spot) -> None:
    wait = seconds(spot.priority.arguments, 0, 1, most=30)
    board.sketch.put(spot.ref, spot.place, type="wait", for_=wait, next=board.after(spot))


def _goto(board: Switchboard, spot: Spot) -> None:
    target = board.target(spot, ",".join(spot.priority.arguments))
    board.sketch.put(spot.ref, spot.place, type="goto", next=target)


def _parted(spot: Spot) -> tuple[str, str, str]:
    """`condition?then:else` of what stands in the brackets."""
    whole = ",".join(spot.priority.arguments)
    asked, _, ways = whole.partition("?")
    then, other = (*split_arguments(ways, ":"), "", "")[:2]
    return asked, then, other


def _goto_if(board: Switchboard, spot: Spot) -> None:
    asked, then, other = _parted(spot)
    _branch(board, spot, board.condition(spot, asked), then, other)


def _branch(board: Switchboard, spot: Spot, condition: str, then: str, other: str) -> None:
    following = board.after(spot)
    cases = [{"when": condition, "next": board.target(spot, then) if then else following}]
    else_ = board.target(spot, other) if other else following
    board.sketch.put(spot.ref, spot.place, type="branch", cases=cases, else_=else_)


def _goto_if_time(board: Switchboard, spot: Spot) -> None:
    asked, then, other = _parted(spot)
    times, days, dates, months = (*split_arguments(asked.replace("|", ",")), *"****")[:4]
    parts = [_hours(board, spot, times), _days(days)]
    if dates != "*" or months != "*" or None in parts:
        why = f"the times {asked} are more than hours and days of the week; they never hold now"
        board.sketch.note("differs", spot.place, spot.ref, why, "make a calendar, and this an hours step")
        parts = ["false"]
    condition = " && ".join(part for part in parts if part) or "true"
    _branch(board, spot, condition, then, other)


def _hours(board: Switchboard, spot: Spot, times: str) -> str | None:
    """A span of hours in CEL, "" for always, None for no span."""
    if times in ("*", ""):
        return ""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", times)
    if found is None:
        return None
    first, last = int(found[1]), int(found[3]) + (found[4] != "00")
    if found[2] != "00" or found[4] not in ("00", "59"):
        why = f"{times} is rounded to whole hours: {first}:00 to {last}:00"
        board.sketch.note("differs", spot.place, spot.ref, why, "make a calendar, and this an hours step")
    joint = "&&" if first < last else "||"
    return f"(hour() >= {first} {joint} hour() < {last})"


def _days(days: str) -> str | None:
    """Days of the week in CEL, "" for all, None for none that are known."""
    named: list[str] = []
    for part in re.split(r"&", days.lower()):
        first, _, last = part.strip().partition("-")
        if first in ("*", ""):
            return ""
        if first not in DAYS or (last and last not in DAYS):
            return None
        start, end = DAYS.index(first), DAYS.index(last or first)
        named += [DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]
    return f"weekday() in [{', '.join(repr(day) for day in dict.fromkeys(named))}]".replace("'", '"')


def _exec_if(board: Switchboard, spot: Spot) -> None:
    asked, then, other = _parted(spot)
    following = board.after(spot)
    ways = [_inner(board, spot, each) if each else following for each in (then, other)]
    cases = [{"when": board.condition(spot, asked), "next": ways[0]}]
    board.sketch.put(spot.ref, spot.place, type="branch", cases=cases, else_=ways[1])


def _inner(board: Switchboard, spot: Spot, written: str) -> Ref:
    """A step of its own for an application within another."""
    call = read_call(written)
    if call is None or call[0].lower() in PASSED_BY | {"execif"}:
        return board.after(spot)
    inner = Priority(spot.priority.line, spot.priority.number, "", *call)
    ref = board.sketch.reserve(f"{spot.ref}_{call[0]}")
    read_priority(board, replace(spot, priority=inner, ref=ref))
    return ref


def _queue(board: Switchboard, spot: Spot) -> None:
    queue = identifier(_argument(spot, 0), "queue")
    longest = _argument(spot, 4)
    board.sketch.put(
        spot.ref, spot.place, type="queue", queue=queue,
        max_wait=seconds(spot.priority.arguments, 4, 900) if longest else None, timeout=board.after(spot),
    )  # fmt: skip
    why = "members, strategy and music of the queue are not in a dialplan"
    board.sketch.note("differs", spot.place, spot.ref, why, f"make the queue {queue}")


def _dial(board: Switchboard, spot: Spot) -> None:
    targets = _argument(spot, 0).split("&")
    local = re.fullmatch(r"Local/([^@/]+)@([\w-]+).*", targets[0])
    if local is not None:
        board.sketch.put(spot.ref, spot.place, type="goto", next=board.dialled(spot, local[2], local[1]))
        return
    to = board.template(spot, _dialled(targets[0]))
    if not to:
        _unknown(board, spot)
        return
    following = board.after(spot)
    status = board.variable("DIALSTATUS")
    events = {name: {"next": following, "set": {status: value}} for name, value in _DIAL_ENDS.items()}
    board.sketch.put(
        spot.ref, spot.place, type="transfer", to=to, ring=seconds(spot.priority.arguments, 1, 60, most=300),
        events=events,
    )  # fmt: skip
    if len(targets) > 1:
        why = f"{targets[0]} is rung, not {len(targets)} at once"
        board.sketch.note("differs", spot.place, spot.ref, why, "make a queue of them")


def _dialled(target: str) -> str:
    """A channel name as `to` of a transfer; empty for what is none."""
    found = re.fullmatch(r"[A-Za-z0-9]+/(.+)", target)
    rest = found[1] if found else ""
    if uri := re.search(r"sips?:[^\s]+", rest):
        return uri[0]
    user, at, host = rest.partition("@")
    if at:
        return f"sip:{user}@{host}" if "." in host and "${" not in host else f"trunk:{host}/{user}"
    trunk, slash, number = rest.partition("/")
    return f"trunk:{trunk}/{number}" if slash else rest


def _voicemail(board: Switchboard, spot: Spot) -> None:
    box = board.box(_argument(spot, 0))
    board.sketch.put(spot.ref, spot.place, type="voicemail", box=box, next=board.after(spot))
    why = "the greeting of the mailbox is not in a dialplan"
    board.sketch.note("differs", spot.place, spot.ref, why, f"make the box {box}, and give the step a prompt")


def _hang_up(board: Switchboard, spot: Spot) -> None:
    board.sketch.put(spot.ref, spot.place, type="hangup")


def _reject(board: Switchboard, spot: Spot) -> None:
    board.sketch.put(spot.ref, spot.place, type="reject", cause="busy")


def _recording(board: Switchboard, spot: Spot) -> None:
    action = "stop" if spot.priority.application.lower().startswith("stop") else "start"
    board.sketch.put(spot.ref, spot.place, type="recording", action=action, next=board.after(spot))


def _record(board: Switchboard, spot: Spot) -> None:
    name = board.sketch.variable(f"recorded_{spot.priority.line}")
    silence, longest = _argument(spot, 1), _argument(spot, 2)
    board.sketch.put(
        spot.ref, spot.place, type="record", var=name, next=board.after(spot),
        silence=seconds([silence], 0, 3, most=30) if silence else None,
        max=seconds([longest], 0, 60, most=600) if longest else None,
    )  # fmt: skip


def _set(board: Switchboard, spot: Spot) -> None:
    values: dict[str, Any] = {}
    for part in spot.priority.arguments:
        name, _, value = part.partition("=")
        if found := re.fullmatch(r"TIMEOUT\((digit|response)\)", name.strip(), re.IGNORECASE):
            board.timeouts[spot.context] = (
                seconds([value], 0, 10) if found[1].lower() == "response" else "10s"
            )
        elif re.fullmatch(r"_{0,2}[A-Za-z]\w*", name.strip()):
            values[board.variable(name.strip())] = board.value(spot, value.strip())
        else:
            board.sketch.note(
                "left_out", spot.place, spot.ref, f"{name.strip()} is nothing a flow can set", ""
            )
    following = board.after(spot)
    if values:
        board.sketch.put(spot.ref, spot.place, type="set", vars=values, next=following)
    else:
        board.sketch.put(spot.ref, spot.place, type="goto", next=following)


def _transfer(board: Switchboard, spot: Spot) -> None:
    target = _argument(spot, 0)
    to = board.template(spot, _dialled(target) or target)
    events = {"failed": board.after(spot)}
    board.sketch.put(spot.ref, spot.place, type="transfer", to=to or "unknown", mode="refer", events=events)


_READERS: Final[dict[str, Callable[[Switchboard, Spot], None]]] = {
    "answer": _answer,
    "playback": _playback,
    "background": read_background,
    "waitexten": read_wait_exten,
    "read": read_read,
    "saydigits": _spell,
    "saynumber": _spell,
    "sayalpha": _spell,
    "wait": _wait,
    "goto": _goto,
    "gotoif": _goto_if,
    "gotoiftime": _goto_if_time,
    "execif": _exec_if,
    "queue": _queue,
    "dial": _dial,
    "voicemail": _voicemail,
    "hangup": _hang_up,
    "congestion": _hang_up,
    "busy": _reject,
    "mixmonitor": _recording,
    "monitor": _recording,
    "stopmixmonitor": _recording,
    "stopmonitor": _recording,
    "record": _record,
    "set": _set,
    "mset": _set,
    "transfer": _transfer,
}
