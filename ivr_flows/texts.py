"""Everything a flow can say that is known before any call, so that it is spoken into files beforehand."""

from collections.abc import Iterator

from ivr_flows import phrases
from ivr_flows.advice import inline_prompts
from ivr_flows.model import Flow
from ivr_flows.nodes.callback import CallbackStep
from ivr_flows.nodes.queue import Queue
from ivr_flows.prompting import as_clip, is_digits, parts_for
from ivr_flows.shapes import Prompt
from ivr_flows.templates import parse_template


def all_texts(flow: Flow) -> list[tuple[str, str]]:
    """(text, language) once each: static texts, stretches between `${…}`, digits, places in a queue."""
    said: dict[tuple[str, str], None] = {}
    for module in flow.modules.values():
        said |= dict.fromkeys(all_texts(module))
    for prompt in prompts_of(flow):
        for language in flow.languages:
            for item in _said(prompt, language, flow.head.languages.default):
                said[item[0], flow.spoken_as(item[1])] = None
    for language in flow.languages:
        for text in (*_queue_texts(flow, language), *_callback_texts(flow, language)):
            said[text, flow.spoken_as(language)] = None
    return list(said)


def prompts_of(flow: Flow) -> Iterator[Prompt]:
    """Declared prompts, then those written in place."""
    yield from flow.prompts.values()
    yield from (prompt for _, prompt in inline_prompts(flow))


def _said(prompt: Prompt, language: str, default: str) -> Iterator[tuple[str, str]]:
    for part in parts_for(prompt, language, default):
        spoken_in = str(part.language or language)
        if part.ssml is not None:
            if parse_template(part.ssml).is_static:
                yield str(part.ssml), spoken_in
            continue
        for piece in parse_template(part.text or "").parts:
            if isinstance(piece, str) and (clip := as_clip(piece)):
                yield clip, spoken_in
            elif is_digits(piece):
                yield from ((word, language) for word in phrases.digit_words(language))


def _callback_texts(flow: Flow, language: str) -> list[str]:
    has_one = any(isinstance(step, CallbackStep) for step in flow.steps.values())
    return phrases.callback_phrases(language) if has_one else []


def _queue_texts(flow: Flow, language: str) -> list[str]:
    announced = [step.hold.announce for step in flow.steps.values() if isinstance(step, Queue)]
    return phrases.queue_phrases(
        language, places=any(each.position for each in announced), waits=any(each.ewt for each in announced)
    )
