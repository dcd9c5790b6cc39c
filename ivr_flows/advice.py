"""What does not forbid a flow but troubles callers: long menus, long prompts, no way to a person."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ivr_flows import ssml
from ivr_flows.expressions import ExpressionInvalid
from ivr_flows.findings import Finding
from ivr_flows.model import Flow
from ivr_flows.nodes.menu import Menu
from ivr_flows.nodes.queue import Queue, RouteStep
from ivr_flows.nodes.say import Say
from ivr_flows.shapes import Prompt, PromptUse
from ivr_flows.source import Path
from ivr_flows.templates import parse_template
from ivr_flows.wording import NOTHING, Said, said
from ivr_flows.words import Shape, filled

MAX_CHOICES: Final = 5
MAX_PROMPT_S: Final = 20.0
MAX_UNINTERRUPTED_S: Final = 8.0
SECONDS_A_CHARACTER: Final = 0.07  # measured over the shipped prompts, both languages


def finding(flow: Flow, path: Path, message: Said, hint: Said = NOTHING, *, is_error: bool = True) -> Finding:
    """A finding at a path of the flow."""
    mark = flow.at(path)
    step = str(path[1]) if len(path) > 1 and path[0] == "steps" else None
    return Finding("error" if is_error else "warning", mark.line, mark.column, step, message, hint)


def findings(flow: Flow) -> Iterator[Finding]:
    """All warnings."""
    for name, step in flow.steps.items():
        if isinstance(step, Menu) and len(step.choices) > MAX_CHOICES:
            message = said("many_choices", count=len(step.choices))
            hint = said("many_choices.hint", most=MAX_CHOICES)
            yield _warn(flow, ("steps", name, "choices"), message, hint)
        if isinstance(step, Queue):
            yield from _route(flow, name, step)
        if isinstance(step, Say) and not step.barge_in:
            yield from _uninterrupted(flow, name, step)
    yield from _long_prompts(flow)
    if not any(step.REACHES_PERSON for step in flow.steps.values()):
        yield _warn(flow, ("steps",), said("no_person"), said("no_person.hint"))
    if flow.head.events.error is None:
        yield _warn(flow, ("steps",), said("no_error"), said("no_error.hint"))


def _warn(flow: Flow, path: Path, message: Said, hint: Said) -> Finding:
    return finding(flow, path, message, hint, is_error=False)


def _route(flow: Flow, name: str, step: Queue) -> Iterator[Finding]:
    for index, (before, after) in enumerate(pairwise(step.route.steps)):
        if not _is_weaker_or_equal(before, after):
            path = ("steps", name, "route", "steps", index + 1)
            yield _warn(flow, path, said("route.stricter"), said("route.stricter.hint"))


def _is_weaker_or_equal(before: RouteStep, after: RouteStep) -> bool:
    return all(level <= before.need.get(skill, 0) for skill, level in after.need.items())


def _seconds(flow: Flow, prompt: Prompt) -> float:
    """About how long the longest language of a prompt takes; holes count as a word."""
    longest = 0
    for parts in prompt.values():
        try:
            said = [ssml.words(part.ssml) if part.ssml is not None else part.text or "" for part in parts]
            pieces = [piece for text in said for piece in parse_template(text).parts]
        except ExpressionInvalid:
            return 0.0  # check reports it
        longest = max(longest, sum(len(piece) if isinstance(piece, str) else 10 for piece in pieces))
    return longest * SECONDS_A_CHARACTER


def _long_prompts(flow: Flow) -> Iterator[Finding]:
    declared = ((("prompts", str(name)), prompt) for name, prompt in flow.prompts.items())
    for path, prompt in (*declared, *inline_prompts(flow)):
        if _seconds(flow, prompt) > MAX_PROMPT_S:
            message = said("prompt.long", seconds=round(_seconds(flow, prompt)))
            yield _warn(flow, path, message, said("prompt.long.hint", most=round(MAX_PROMPT_S)))


def _uninterrupted(flow: Flow, name: str, step: Say) -> Iterator[Finding]:
    prompts = [use.inline or (flow.prompts.get(use.id) if use.id else None) for use in step.prompt]
    spoken_s = sum(_seconds(flow, prompt) for prompt in prompts if prompt)
    if spoken_s > MAX_UNINTERRUPTED_S:
        message = said("prompt.deaf", seconds=round(spoken_s))
        yield _warn(flow, ("steps", name), message, said("prompt.deaf.hint"))


def inline_prompts(flow: Flow) -> Iterator[tuple[Path, Prompt]]:
    """Prompts written into steps, with their paths."""
    for name, step in flow.steps.items():
        yield from _inline(step, ("steps", name))


def _inline(value: object, path: Path) -> Iterator[tuple[Path, Prompt]]:
    if isinstance(value, PromptUse):
        if value.inline is not None:
            yield path, value.inline
    elif isinstance(value, Shape):
        for name, item in filled(value):
            yield from _inline(item, (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _inline(item, (*path, index))
