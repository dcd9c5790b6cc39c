"""What a test expected against what happened."""

from collections.abc import Iterator, Sequence

from ivr_flows.effects import (
    Effect,
    EnterQueue,
    Fetch,
    Hangup,
    RequestCallback,
    SendMessage,
    SurveyAnswered,
    TakeMessage,
    Transfer,
)
from ivr_flows.script import CalledBack, Expect, Queued, Written
from ivr_flows.trace import Trace
from threadline.kernel.events import Json


def compare(trace: Trace, expect: Expect, done: Sequence[Effect], variables: Json) -> None:
    """Adds a failure to `trace` for everything that is not as expected."""
    trace.failures.extend(_told(trace, expect))
    trace.failures.extend(_lists(trace, expect))
    trace.failures.extend(_done(expect, done))
    for name, wanted in expect.vars.items():
        value = variables.get(name)
        if value != wanted:
            trace.failures.append(f"vars.{name} is {value!r}, not {wanted!r}")


def _told(trace: Trace, expect: Expect) -> Iterator[str]:
    if expect.ended_by not in (None, trace.ended_by):
        yield f"ended by {trace.ended_by}, not {expect.ended_by}"
    if expect.language not in (None, trace.language):
        yield f"the language is {trace.language}, not {expect.language}"


def _lists(trace: Trace, expect: Expect) -> Iterator[str]:
    for step in expect.visited:
        if step not in trace.visited:
            yield f"never came to {step}"
    for step in expect.not_visited:
        if step in trace.visited:
            yield f"came to {step}"
    for tag in expect.tags:
        if tag not in trace.tags:
            yield f"the thread has no tag {tag}"
    for text in expect.heard:
        if not any(text in heard for heard in trace.heard):
            yield f"never said {text!r}"


def _done(expect: Expect, done: Sequence[Effect]) -> Iterator[str]:
    if expect.queued is not None:
        yield from _queued(expect.queued, next((each for each in done if isinstance(each, EnterQueue)), None))
    if expect.voicemail is not None:
        boxes = [each.box for each in done if isinstance(each, TakeMessage)]
        if expect.voicemail.get("box", "") not in (*boxes, *([""] if boxes else [])):
            yield f"messages were taken for {boxes or 'nobody'}"
    if expect.transfer is not None:
        targets = [each.to for each in done if isinstance(each, Transfer)]
        if expect.transfer not in targets:
            yield f"transferred to {targets or 'nobody'}"
    yield from _asked(expect, done)
    if expect.cause is not None:
        causes = [each.cause for each in done if isinstance(each, Hangup)]
        if expect.cause not in causes:
            yield f"hung up with {causes or 'nothing'}"


def _asked(expect: Expect, done: Sequence[Effect]) -> Iterator[str]:
    """What was asked of services, of the callback desk, and of the customer."""
    asked = [f"{each.method} {each.path}" for each in done if isinstance(each, Fetch)]
    for wanted in expect.fetched:
        if wanted not in asked:
            yield f"never asked {wanted}, but {asked or 'nothing'}"
    if expect.callback is not None and not any(_is_like(expect.callback, each) for each in done):
        yield "no such callback was asked for"
    if expect.message is not None and not any(_is_message(expect.message, each) for each in done):
        yield "no such message was sent"
    answers = {each.question: each.value for each in done if isinstance(each, SurveyAnswered)}
    for question, value in expect.survey.items():
        if answers.get(question) != value:
            yield f"{question} was answered {answers.get(question)!r}, not {value!r}"


def _is_like(wanted: CalledBack, effect: Effect) -> bool:
    return (
        isinstance(effect, RequestCallback)
        and wanted.queue in (None, effect.queue)
        and wanted.number in (None, effect.number)
    )


def _is_message(wanted: Written, effect: Effect) -> bool:
    return (
        isinstance(effect, SendMessage)
        and wanted.channel in (None, effect.channel)
        and wanted.to in (None, effect.to)
        and wanted.text in effect.text
    )


def _queued(wanted: Queued, entered: EnterQueue | None) -> Iterator[str]:
    if entered is None:
        yield "never entered a queue"
        return
    if wanted.queue not in (None, entered.queue):
        yield f"queued in {entered.queue}, not {wanted.queue}"
    need = entered.route[0].need if entered.route else {}
    if wanted.need not in (None, need):
        yield f"asked for {need}, not {wanted.need}"
    if wanted.priority not in (None, entered.priority):
        yield f"priority {entered.priority}, not {wanted.priority}"
