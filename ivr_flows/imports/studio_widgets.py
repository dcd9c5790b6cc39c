"""Widgets of Twilio Studio that say, send, ask others or hand the call on."""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from ivr_flows.imports.sketch import Ref, identifier, quoted
from ivr_flows.imports.studio_asking import read_gather, read_reply
from ivr_flows.imports.studio_reading import Condition, State, Studio

_TESTS: Final[dict[str, str]] = {
    "equal_to": "{0} == {1}",
    "not_equal_to": "{0} != {1}",
    "contains": "{0}.contains({1})",
    "does_not_contain": "!{0}.contains({1})",
    "starts_with": "{0}.startsWith({1})",
    "does_not_start_with": "!{0}.startsWith({1})",
    "regex": "{0}.matches({1})",
    "is_blank": '{0} == ""',
    "is_not_blank": '{0} != ""',
    "matches_any_of": "{0} in [{2}]",
    "does_not_match_any_of": "!({0} in [{2}])",
    "less_than": "double({0}) < {3}",
    "greater_than": "double({0}) > {3}",
}


def read_trigger(studio: Studio, state: State) -> Ref:
    """Where a call, or a message, begins."""
    call, message = state.to("incomingCall"), state.to("incomingMessage")
    place = studio.place(state)
    if message is not None:
        studio.sketch.channels[:] = ["voice", "sms"] if call is not None else ["sms"]
    studio.sketch.note("mapped", place, studio.ref(call or message), "the flow's entry")
    if state.to("incomingRequest") is not None:
        studio.sketch.note(
            "left_out",
            place,
            "",
            "flows are not started by the REST API",
            "start it from a campaign or a call",
        )
    if call is None or message is None or call == message:
        return studio.ref(call or message)
    cases = [{"when": 'call.channel == "voice"', "next": studio.ref(call)}]
    return studio.sketch.add("trigger", place, type="branch", cases=cases, else_=studio.ref(message))


def read_widget(studio: Studio, state: State, ref: Ref) -> None:
    """Fills a widget's step."""
    reader = _READERS.get(state.type)
    if reader is None:
        _unknown(studio, state, ref)
        return
    before = len(studio.sketch.remarks)
    reader(studio, state, ref)
    if not any(remark.place == studio.place(state) for remark in studio.sketch.remarks[before:]):
        studio.sketch.note("mapped", studio.place(state), ref)


def _unknown(studio: Studio, state: State, ref: Ref) -> None:
    """Passed over, by the way it would take if all went well."""
    onward = next((each.next for each in state.transitions if each.next), None)
    studio.sketch.put(ref, studio.place(state), type="goto", next=studio.ref(onward))
    studio.sketch.note(
        "left_out", studio.place(state), ref, f"there is no step like {state.type}; calls pass it by",
        "build what it did from other steps",
    )  # fmt: skip


def _say(studio: Studio, state: State, ref: Ref) -> None:
    following, place = studio.way(state, "audioComplete"), studio.place(state)
    if digits := state.text("digits"):
        studio.sketch.note("left_out", place, ref, f"the tones {digits} are not sent", "")
    repeat = state.number("loop", 1)
    studio.sketch.put(
        ref, place, type="say", prompt=studio.said(state), repeat=min(repeat, 10) if repeat > 1 else None,
        next=following,
    )  # fmt: skip


def _split(studio: Studio, state: State, ref: Ref) -> None:
    cases: list[dict[str, Any]] = []
    for transition in state.transitions:
        if transition.event == "match":
            tests = [_test(studio, state, condition) for condition in transition.conditions]
            if tests and all(tests):
                cases.append({"when": " && ".join(map(str, tests)), "next": studio.ref(transition.next)})
    other, place = studio.way(state, "noMatch"), studio.place(state)
    if cases:
        studio.sketch.put(ref, place, type="branch", cases=cases, else_=other)
    else:
        studio.sketch.put(ref, place, type="goto", next=other)


def _test(studio: Studio, state: State, condition: Condition) -> str | None:
    """One condition in CEL; None, and told, where there is no counterpart."""
    hole = condition.arguments[0] if condition.arguments else state.text("input")
    left = studio.cel(hole.strip().removeprefix("{{").removesuffix("}}").strip())
    form = _TESTS.get(condition.type)
    is_number = re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", condition.value)
    if left is None or form is None or ("{3}" in form and not is_number):
        studio.sketch.note(
            "left_out", studio.place(state), "", f"the condition {hole} {condition.type} {condition.value}",
            "write it as a case of the branch; until then it never holds",
        )  # fmt: skip
        return None
    listed = ", ".join(quoted(each) for each in condition.value.split(","))
    number = repr(float(condition.value)) if is_number else ""
    return form.format(left, quoted(condition.value), listed, number)


def _set(studio: Studio, state: State, ref: Ref) -> None:
    given = state.properties.get("variables")
    values: dict[str, str] = {}
    for each in given if isinstance(given, list) else []:
        if isinstance(each, dict) and isinstance(each.get("key"), str):
            name = studio.sketch.variable(each["key"])
            values[name] = studio.template(state, str(each.get("value", "")))
    following, place = studio.way(state, "next"), studio.place(state)
    if values:
        studio.sketch.put(ref, place, type="set", vars=values, next=following)
    else:
        studio.sketch.put(ref, place, type="goto", next=following)


def _connect(studio: Studio, state: State, ref: Ref) -> None:
    noun, to, place = state.text("noun") or "number", state.text("to"), studio.place(state)
    if noun not in ("number", "number-multi", "sip") or not to:
        _unknown(studio, state, ref)
        return
    if noun == "number-multi":
        to = to.split(",")[0]
        studio.sketch.note("differs", place, ref, "one number is rung, not several at once", "ring a queue")
    target = studio.template(state, to.strip())
    target = f"sip:{target}" if noun == "sip" and not target.startswith("sip:") else target
    status = studio.left_by(state.name, "DialCallStatus")
    onward = studio.way(state, "callCompleted")
    ends = {"done": "completed", "busy": "busy", "no_answer": "no-answer", "failed": "failed"}
    events = {name: {"next": onward, "set": {status: value}} for name, value in ends.items()}
    caller = state.text("caller_id")
    shown = studio.template(state, caller) if caller and "contact.channel" not in caller else None
    studio.sketch.put(
        ref, place, type="transfer", to=target, ring=f"{min(state.number('timeout', 30), 300)}s",
        caller_id=shown, events=events, written=onward if "sms" in studio.sketch.channels else None,
    )  # fmt: skip


def _queue(studio: Studio, state: State, ref: Ref) -> None:
    """Enqueue Call, and Send to Flex: people of a queue."""
    wish = state.text("queue_name") or state.text("workflow_sid") or state.text("workflow") or state.name
    queue, place = identifier(wish, "queue"), studio.place(state)
    failed = state.to("failedToEnqueue") or state.to("callFailure")
    studio.sketch.put(
        ref, place, type="queue", queue=queue, timeout=studio.ref(failed),
        after_call=studio.ref(state.to("callComplete")) if state.to("callComplete") else None,
    )  # fmt: skip
    studio.sketch.note(
        "differs", place, ref, f"people of the queue {queue} take the call; task attributes are not carried",
        f"make the queue {queue}, or name another",
    )  # fmt: skip


def _voicemail(studio: Studio, state: State, ref: Ref) -> None:
    place = studio.place(state)
    done, nothing = studio.way(state, "recordingComplete"), state.to("noAudio")
    studio.sketch.put(
        ref, place, type="voicemail", box="voicemail", silence=f"{state.number('timeout', 5)}s",
        max=f"{min(state.number('max_length', 3600), 3600)}s", transcribe=state.properties.get("transcribe") is True,
        too_short=studio.ref(nothing) if nothing else None, next=done,
    )  # fmt: skip
    studio.sketch.note(
        "differs", place, ref, "messages go to a box", "make the box voicemail, or name another"
    )


def _recording(studio: Studio, state: State, ref: Ref) -> None:
    action = "start" if state.properties.get("record_call") is True else "stop"
    studio.sketch.put(
        ref, studio.place(state), type="recording", action=action, next=studio.way(state, "success")
    )


def _message(studio: Studio, state: State, ref: Ref) -> None:
    to = state.text("to")
    own = not to or "contact.channel.address" in to
    body = studio.sketch.prompt(state.name, studio.template(state, state.text("body")))
    studio.sketch.put(
        ref, studio.place(state), type="message", channel="sms", template=body,
        to=None if own else studio.template(state, to), on_fail=studio.way(state, "failed"),
        next=studio.way(state, "sent"),
    )  # fmt: skip


def _http(studio: Studio, state: State, ref: Ref) -> None:
    url, place = urlsplit(state.text("url")), studio.place(state)
    failed = studio.ref(state.to("failed") or state.to("fail"))
    if url.scheme not in ("http", "https") or not url.hostname or "{{" in url.netloc:
        studio.sketch.put(ref, place, type="goto", next=failed)
        why = "its address is not in the source, or made up during the call; it fails now"
        studio.sketch.note(
            "left_out", place, ref, why, "declare the service under http: and add an http step"
        )
        return
    body = studio.sketch.variable(f"{state.name}_parsed", type="object", default={})
    status = studio.sketch.variable(f"{state.name}_status_code", type="int", default=0)
    studio.sketch.put(
        ref, place, type="http", request=_request(studio, state, f"{url.scheme}://{url.netloc}", url.path, url.query),
        save={body: "body", status: "status"}, events={"2xx": studio.way(state, "success"), "error": failed},
    )  # fmt: skip
    studio.sketch.note(
        "differs", place, ref, "only JSON answers are read, and a secret is never part of a flow",
        "give the service its auth: secret:NAME where it needs one",
    )  # fmt: skip


def _request(studio: Studio, state: State, base: str, path: str, query: str) -> dict[str, Any]:
    method = state.text("method").upper() or ("POST" if state.type == "run-function" else "GET")
    given = state.properties.get("parameters")
    pairs = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    values = {str(each.get("key")): studio.template(state, str(each.get("value", ""))) for each in pairs}
    made: dict[str, Any] = {"service": studio.sketch.service(base), "method": method}
    made["path"] = studio.template(state, path or "/")
    asked = {key: studio.template(state, value) for key, value in parse_qsl(query)}
    if method == "GET":
        asked |= values
    elif values or state.text("body"):
        made["json"] = values or {"body": studio.template(state, state.text("body"))}
        why = "what was sent as a form, or as text, is sent as JSON"
        studio.sketch.note("differs", studio.place(state), "", why, "see that the service takes it")
    return made | ({"query": asked} if asked else {})


def _subflow(studio: Studio, state: State, ref: Ref) -> None:
    module, place = identifier(state.text("flow_sid") or state.name, "module"), studio.place(state)
    studio.sketch.put(ref, place, type="call", module=module, next=studio.way(state, "completed"))
    todo = f"import it, too, and save it as the module {module}"
    studio.sketch.note("differs", place, ref, "another flow is called, which is not part of the source", todo)


Reader = Callable[[Studio, State, Ref], None]
_READERS: Final[dict[str, Reader]] = {
    "say-play": _say,
    "gather-input-on-call": read_gather,
    "send-and-wait-for-reply": read_reply,
    "split-based-on": _split,
    "set-variables": _set,
    "connect-call-to": _connect,
    "enqueue-call": _queue,
    "send-to-flex": _queue,
    "record-voicemail": _voicemail,
    "record-call": _recording,
    "send-message": _message,
    "make-http-request": _http,
    "run-function": _http,
    "run-subflow": _subflow,
}
