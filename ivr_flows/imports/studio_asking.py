"""Widgets of Twilio Studio that ask. A question and the split on its answer are one menu of ours."""

from typing import Any

from ivr_flows.imports.sketch import Ref, identifier, language_of
from ivr_flows.imports.studio_reading import State, Studio

KEYS = frozenset("0123456789*#")


def read_gather(studio: Studio, state: State, ref: Ref) -> None:
    """Gather Input On Call: a menu where the next widget splits on the key, else a collect."""
    split = _split_on(studio, state, "keypress", "Digits")
    if split is not None and (keys := _keys(state, split)):
        _menu(studio, state, ref, split, keys)
    elif state.to("keypress") is None and state.to("speech") is not None:
        _free(studio, state, ref)
    else:
        _collect(studio, state, ref)


def _split_on(studio: Studio, state: State, event: str, what: str) -> State | None:
    """The split that follows and asks for what this widget took."""
    found = studio.states.get(state.to(event) or "")
    asked = f"widgets.{state.name}.{what}"
    if found is None or found.type != "split-based-on":
        return None
    holes = [found.text("input")]
    holes += [hole for each in found.transitions for test in each.conditions for hole in test.arguments]
    return found if all(asked in hole for hole in holes if hole) and any(holes) else None


def _keys(state: State, split: State) -> dict[str, str | None]:
    """Key to widget, None where the call ends; empty where the split is on more than single keys."""
    found: dict[str, str | None] = {}
    for transition in split.transitions:
        if transition.event != "match":
            continue
        for test in transition.conditions:
            values = [each.strip() for each in test.value.split(",")]
            if test.type not in ("equal_to", "matches_any_of") or not set(values) <= KEYS:
                return {}
            if len(transition.conditions) == 1:
                found |= dict.fromkeys(values, transition.next)
    return found


def _menu(studio: Studio, state: State, ref: Ref, split: State, keys: dict[str, str | None]) -> None:
    sketch, place = studio.sketch, studio.place(state)
    phrases = _phrases(studio, state)
    is_asked = studio.used_beyond(state.name, state.name, split.name)
    choices: dict[str, Any] = {}
    grammar: dict[str, list[str]] = {}
    for key, target in keys.items():
        choice: dict[str, Any] = {"next": studio.ref(target)}
        if target is not None and target in phrases:
            name = identifier(target, "way")
            grammar[name], choice["say"] = phrases[target], name
        if is_asked:
            choice["set"] = {studio.left_by(state.name, "Digits"): key}
        choices[key] = choice
    language = language_of(state.text("gather_language") or state.text("language"), sketch.default_language)
    wrong, silent = split.to("noMatch"), state.to("timeout")
    sketch.put(
        ref, place, type="menu", prompt=studio.said(state), input=["dtmf", "speech"] if grammar else None,
        grammar={language: grammar} if grammar else None, timeout=f"{state.number('timeout', 5)}s",
        tries=3 if state.name in (wrong, silent) else 1, choices=choices,
        on_fail=studio.ref(_elsewhere(state, wrong, silent)),
    )  # fmt: skip
    sketch.note("mapped", studio.place(split), ref, f"part of the menu {ref}")
    _note_misses(studio, state, ref, wrong, silent)
    if state.to("speech") and not grammar:
        sketch.note("left_out", place, ref, "what is said chooses nothing", "add a grammar to the menu")


def _elsewhere(state: State, *targets: str | None) -> str | None:
    """The first target that is not the question itself."""
    return next((target for target in targets if target and target != state.name), None)


def _note_misses(studio: Studio, state: State, ref: Ref, wrong: str | None, silent: str | None) -> None:
    place = studio.place(state)
    if state.name in (wrong, silent):
        why = "it asked again for ever; now three times, then on_fail"
        studio.sketch.note("differs", place, ref, why, "see where on_fail leads")
    elif wrong != silent and wrong and silent:
        why = f"silence led to {silent}, a wrong key to {wrong}; now both lead to {wrong}"
        studio.sketch.note("differs", place, ref, why, "use no_input and no_match for what is said before")


def _phrases(studio: Studio, state: State) -> dict[str, list[str]]:
    """Widget to what may be said to get there."""
    split = _split_on(studio, state, "speech", "SpeechResult")
    found: dict[str, list[str]] = {}
    for transition in [] if split is None else split.transitions:
        for test in transition.conditions if transition.next else ():
            if test.type in ("equal_to", "contains", "matches_any_of"):
                spoken = [each.strip().lower() for each in test.value.split(",") if each.strip()]
                found.setdefault(str(transition.next), []).extend(spoken)
    if split is not None:
        studio.sketch.note("mapped", studio.place(split), "", "its phrases are part of the menu's grammar")
    return found


def _collect(studio: Studio, state: State, ref: Ref) -> None:
    place, longest = studio.place(state), state.number("number_of_digits", 0)
    end_key = state.text("finish_on_key") or "#"
    studio.sketch.put(
        ref, place, type="collect", prompt=studio.said(state), var=studio.left_by(state.name, "Digits"),
        digits={"max": min(longest, 64)} if longest else None, end_key=end_key if end_key in KEYS else None,
        first_digit_timeout=f"{state.number('timeout', 5)}s", tries=3 if state.to("timeout") == state.name else 1,
        on_fail=studio.ref(_elsewhere(state, state.to("timeout"))), next=studio.way(state, "keypress"),
    )  # fmt: skip
    if state.to("speech") is not None:
        why = "keys are taken here; what is said chooses nothing"
        studio.sketch.note("left_out", place, ref, why, "add an ask step, or speech to its inputs")


def _free(studio: Studio, state: State, ref: Ref) -> None:
    hints = [each.strip() for each in state.text("hints").split(",") if each.strip()]
    studio.sketch.put(
        ref, studio.place(state), type="ask", prompt=studio.said(state),
        var=studio.left_by(state.name, "SpeechResult"), timeout=f"{state.number('timeout', 5)}s", hints=hints or None,
        tries=1, on_fail=studio.ref(_elsewhere(state, state.to("timeout"))), next=studio.way(state, "speech"),
    )  # fmt: skip


def read_reply(studio: Studio, state: State, ref: Ref) -> None:
    """Send & Wait For Reply: an ask. On a call it would be spoken."""
    body = studio.sketch.prompt(state.name, studio.template(state, state.text("body")))
    studio.sketch.put(
        ref, studio.place(state), type="ask", prompt=body, var=studio.left_by(state.name, "Body"), tries=1,
        on_fail=studio.ref(state.to("timeout") or state.to("deliveryFailure")),
        next=studio.way(state, "incomingMessage"),
    )  # fmt: skip
    studio.sketch.note(
        "differs", studio.place(state), ref, "how long an answer may take is limits: {reply_time} of the flow",
        f"it was {state.number('timeout', 3600)} s",
    )  # fmt: skip
