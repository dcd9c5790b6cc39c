"""What a flow needs of the ways it is reached: phrases for who speaks, substitutes for who writes."""

from collections.abc import Iterator

from ivr_flows.advice import finding, inline_prompts
from ivr_flows.findings import Finding
from ivr_flows.model import Flow
from ivr_flows.nodes.ask import Ask
from ivr_flows.nodes.asking import Hearing
from ivr_flows.nodes.base import Step
from ivr_flows.nodes.menu import Menu
from ivr_flows.nodes.survey import Survey
from ivr_flows.shapes import Prompt
from ivr_flows.wording import said
from ivr_flows.words import Language


def findings(flow: Flow, speech: frozenset[str] | None) -> Iterator[Finding]:
    """`speech` are the languages with a recogniser, None where nobody knows."""
    for name, step in flow.steps.items():
        if isinstance(step, Menu) and step.has_speech:
            yield from _grammar(flow, name, step)
        if _listens(step) and "voice" in flow.head.channels:
            yield from _recogniser(flow, name, speech)
        if flow.is_written:
            yield from _written(flow, name, step)
    if "voice" in flow.head.channels:
        yield from _spoken(flow)


def _listens(step: Step) -> bool:
    if isinstance(step, Survey):
        return any(question.speech for question in step.questions)
    return isinstance(step, Hearing) and step.has_speech


def _grammar(flow: Flow, name: str, step: Menu) -> Iterator[Finding]:
    where = ("steps", name)
    for language in flow.languages:
        spoken = step.grammar.get(Language(language), {})
        if not spoken:
            hint = said("grammar.none.hint", language=language)
            yield finding(flow, (*where, "grammar"), said("grammar.none", language=language), hint)
        for key, choice in step.choices.items():
            if choice.say is not None and spoken and choice.say not in spoken:
                message = said("grammar.word", language=language, word=choice.say)
                known = said("grammar.word.hint", words=", ".join(spoken))
                yield finding(flow, (*where, "choices", str(key), "say"), message, known)
    if not any(choice.say for choice in step.choices.values()):
        yield finding(flow, (*where, "choices"), said("grammar.unsaid"), said("grammar.unsaid.hint"))


def _recogniser(flow: Flow, name: str, speech: frozenset[str] | None) -> Iterator[Finding]:
    for language in flow.languages:
        if speech is not None and language.split("-")[0] not in {each.split("-")[0] for each in speech}:
            message = said("recogniser", language=language)
            step = flow.steps[name]
            hint = said("recogniser.hint")
            yield finding(flow, ("steps", name), message, hint, is_error=isinstance(step, Ask))


def _written(flow: Flow, name: str, step: Step) -> Iterator[Finding]:
    if step.on_written == "none" and step.written is None:
        channels = ", ".join(each for each in flow.head.channels if each != "voice")
        message = said("no_channel", type=step.type, channels=channels)
        yield finding(flow, ("steps", name), message, said("no_channel.hint"))


def _spoken(flow: Flow) -> Iterator[Finding]:
    """On a call every part of a prompt can be heard."""
    declared: list[tuple[tuple[str | int, ...], Prompt]] = [
        (("prompts", str(name)), prompt) for name, prompt in flow.prompts.items()
    ]
    for path, prompt in (*declared, *inline_prompts(flow)):
        for language, parts in prompt.items():
            if not any(part.is_heard for part in parts):
                yield finding(flow, (*path, str(language)), said("prompt.silent"), said("prompt.silent.hint"))
