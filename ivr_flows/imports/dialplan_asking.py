"""Menus of a dialplan: Background and WaitExten with the extensions of the context, and Read."""

import re
from typing import Any

from ivr_flows.imports.dialplan_reading import is_dialled, keys_of, pattern_of, split_arguments
from ivr_flows.imports.dialplan_spots import PASSED_BY, Spot, Switchboard, seconds
from ivr_flows.imports.sketch import Ref, quoted

SAYING = frozenset({"background", "playback", "wait"})


def read_background(board: Switchboard, spot: Spot) -> None:
    """Several Backgrounds and the WaitExten behind them are one menu; others are said, and keys interrupt them."""
    priorities = board.plan.contexts[spot.context].extensions[spot.extension]
    prompts: list[str] = []
    index = spot.index
    while index < len(priorities) and priorities[index].application.lower() in PASSED_BY | {"background"}:
        board.absorb(spot.context, spot.extension, index)
        if priorities[index].application.lower() == "background" and priorities[index].arguments:
            prompts += board.sounds(spot, priorities[index].arguments[0])
        index += 1
    is_last = index >= len(priorities)
    if is_last or priorities[index].application.lower() == "waitexten":
        has_time = not is_last and any(priorities[index].arguments[:1])
        timeout = seconds(priorities[index].arguments, 0, 10) if has_time else ""
        board.sketch.note("mapped", spot.place, spot.ref)
        board.absorb(spot.context, spot.extension, index)
        _menu(board, spot, prompts, timeout, board.at(spot.context, spot.extension, index + 1))
        return
    following = board.at(spot.context, spot.extension, index)
    board.sketch.put(spot.ref, spot.place, type="say", prompt=prompts, barge_in=True, next=following)
    board.sketch.note("mapped", spot.place, spot.ref)


def read_wait_exten(board: Switchboard, spot: Spot) -> None:
    """A WaitExten whose prompt was said before."""
    board.sketch.note(
        "differs", spot.place, spot.ref, "what is asked was said before, so a caller who misses hears nothing again",
        "move the prompt into this menu",
    )  # fmt: skip
    silence = board.sketch.prompt("silence", "…")
    _menu(board, spot, [silence], seconds(spot.priority.arguments, 0, 10), board.after(spot))


def _menu(board: Switchboard, spot: Spot, prompts: list[str], timeout: str, then: Ref) -> None:
    dialled = {name: where for name, where in board.plan.extensions(spot.context).items() if is_dialled(name)}
    keys = {key: (where, name) for name, where in dialled.items() for key in keys_of(name)}
    longer = {name: where for name, where in dialled.items() if not keys_of(name)}
    common = _misses(board, spot, then)
    common["prompt"] = prompts or [board.sketch.prompt("silence", "…")]
    wait = timeout or board.timeouts.get(spot.context, "10s")
    if longer:
        _collect(board, spot, wait, common, dialled)
    elif keys:
        choices = {key: _choice(board, *where, key) for key, where in keys.items()}
        board.sketch.put(spot.ref, spot.place, type="menu", timeout=wait, choices=choices, **common)
    else:
        board.sketch.put(spot.ref, spot.place, type="say", prompt=common["prompt"], next=common["on_fail"])
        why = f"no key leads anywhere in [{spot.context}]"
        board.sketch.note("differs", spot.place, spot.ref, why, "give it choices, or leave it a say")


def _choice(board: Switchboard, context: str, extension: str, key: str) -> dict[str, Any]:
    way: dict[str, Any] = {"next": board.at(context, extension, 0)}
    if extension.startswith("_"):
        way["set"] = {board.sketch.variable("exten"): key}
    return way


def _collect(
    board: Switchboard, spot: Spot, wait: str, common: dict[str, Any], dialled: dict[str, str]
) -> None:
    """A menu that also takes longer numbers: digits first, then the first extension that fits."""
    sketch, exten = board.sketch, board.sketch.variable("exten")
    cases = []
    for name in sorted(dialled, key=lambda each: each.startswith("_")):
        pattern = quoted(f"^{pattern_of(name)}$")
        test = (
            f"vars.{exten}.matches({pattern})" if name.startswith("_") else f"vars.{exten} == {quoted(name)}"
        )
        cases.append({"when": test, "next": board.at(dialled[name], name, 0)})
    chosen = sketch.add(f"{spot.ref}_chosen", spot.place, type="branch", cases=cases, else_=common["on_fail"])
    sketch.put(
        spot.ref, spot.place, type="collect", var=exten, digits={"allow": "0-9*#"}, end_key="",
        first_digit_timeout=wait, next=chosen, **common,
    )  # fmt: skip
    why = "longer extensions can be dialled here, so the keys are collected and then compared"
    sketch.note("differs", spot.place, spot.ref, why, "make it a menu if no extension needs dialling")


def _misses(board: Switchboard, spot: Spot, then: Ref) -> dict[str, Any]:
    """no_match and no_input from the extensions `i` and `t`, and where both give up."""
    known = board.plan.extensions(spot.context)
    fields: dict[str, Any] = {"tries": 1}
    ways: dict[str, Ref] = {}
    for extension, name in (("t", "no_input"), ("i", "no_match")):
        where = known.get(extension)
        said = None if where is None else _complaint(board, spot, where, extension)
        if said is not None:
            fields |= {"tries": 3} | ({name: said} if said else {})
        elif where is not None:
            ways[name] = board.at(where, extension, 0)
    fields["on_fail"] = ways.get("no_input") or ways.get("no_match") or then
    if fields["tries"] == 3:
        why = "it asked again for ever; now three times, then on_fail"
        board.sketch.note("differs", spot.place, spot.ref, why, "see where on_fail leads")
    elif len(ways) == 2:
        why = "silence and a wrong key led two ways; now both go the way of t"
        board.sketch.note(
            "differs", spot.place, spot.ref, why, "use no_input and no_match for what is said before"
        )
    return fields


def _complaint(board: Switchboard, spot: Spot, context: str, extension: str) -> list[str] | None:
    """What an extension says before it goes back to this menu; None where it does anything else."""
    priorities = board.plan.contexts[context].extensions[extension]
    said: list[str] = []
    for index, priority in enumerate(priorities):
        board.absorb(context, extension, index)
        application = priority.application.lower()
        if application == "goto":
            back = split_arguments(",".join(priority.arguments))
            to_context = back[-3] if len(back) > 2 else context
            to_extension = back[-2] if len(back) > 1 else extension
            return said if (to_context, to_extension) == (spot.context, spot.extension) else None
        if application in ("background", "playback") and priority.arguments:
            said += board.sounds(Spot(context, extension, 0, priority, spot.ref), priority.arguments[0])
        elif application not in PASSED_BY | SAYING:
            return None
    return None


def read_read(board: Switchboard, spot: Spot) -> None:
    """Read(variable,sound,digits,options,attempts,timeout)."""
    given = spot.priority.arguments
    longest = given[2] if len(given) > 2 and re.fullmatch(r"[1-9]\d?", given[2]) else ""
    prompts = board.sounds(spot, given[1]) if len(given) > 1 and given[1] else []
    attempts = given[4] if len(given) > 4 and re.fullmatch(r"[1-9]", given[4]) else "1"
    following = board.after(spot)
    board.sketch.put(
        spot.ref, spot.place, type="collect", prompt=prompts or [board.sketch.prompt("silence", "…")],
        var=board.variable(given[0] if given else "digits"), digits={"max": min(int(longest), 64)} if longest else None,
        first_digit_timeout=seconds(given, 5, 10), tries=int(attempts), on_fail=following, next=following,
    )  # fmt: skip
    board.sketch.note("mapped", spot.place, spot.ref)
