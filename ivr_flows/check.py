"""Whether a flow may be published: what it names exists, what it says is said in every language, and a
call that enters it comes out again."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ivr_flows import advice, graph, media, ssml, together, unset
from ivr_flows.advice import finding
from ivr_flows.calendar import CalendarInvalid, zone_of
from ivr_flows.expressions import Expression, ExpressionFailed, ExpressionInvalid, compile_expression
from ivr_flows.findings import Finding, in_order
from ivr_flows.model import Flow
from ivr_flows.nodes.queue_check import QueueCheck
from ivr_flows.shapes import ANY, Prompt, PromptLanguage
from ivr_flows.source import Path
from ivr_flows.templates import parse_template
from ivr_flows.variables import VarRejected, accept, matches
from ivr_flows.wording import Said, said
from ivr_flows.words import (
    BoxName,
    CalendarName,
    Cel,
    Language,
    ModuleName,
    MusicName,
    PromptId,
    QueueName,
    SecretRef,
    ServiceName,
    SkillName,
    StepRef,
    Template,
    VarName,
    Word,
    walk,
)

__all__ = ["Catalogue", "Finding", "check"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What exists on the server. None, for a kind or as a whole: unknown, so nothing is said of it."""

    queues: frozenset[str] | None = None
    calendars: frozenset[str] | None = None
    boxes: frozenset[str] | None = None
    musics: frozenset[str] | None = None
    skills: frozenset[str] | None = None
    secrets: frozenset[str] | None = None
    speech: frozenset[str] | None = None  # languages with a recogniser
    modules: Mapping[str, Flow] | None = None


ANYTHING: Final = Catalogue()


def check(flow: Flow, catalogue: Catalogue = ANYTHING) -> list[Finding]:
    """Every finding in the order of the text. Errors forbid publishing, warnings do not."""
    findings = [
        *_words(flow, catalogue),
        *_head(flow),
        *_prompts(flow),
        *_skipped(flow),
        *together.findings(flow, catalogue.modules),
        *media.findings(flow, catalogue.speech),
        *unset.findings(flow),
        *graph.findings(flow),
        *advice.findings(flow),
    ]
    return in_order(findings)


def _words(flow: Flow, catalogue: Catalogue) -> Iterator[Finding]:
    """Every name and expression in the flow, each by its kind."""
    known = _known(flow, catalogue)
    for path, word in walk(flow.shape()):
        if isinstance(word, Cel):
            yield from _expression(flow, path, word)
        elif isinstance(word, Template):
            yield from _template(flow, path, word)
        if type(word) in known:
            kind, names = known[type(word)]
            if names is not None and word not in names and "${" not in word and not _declares(path, word):
                message = said("unknown", kind=said(f"kind.{kind}"), name=word)
                yield finding(flow, path, message, _known_hint(kind, word, names))


def _known(flow: Flow, catalogue: Catalogue) -> Mapping[type[Word], tuple[str, frozenset[str] | None]]:
    return {
        StepRef: ("step", frozenset(flow.steps)),
        PromptId: ("prompt", frozenset(str(name) for name in flow.prompts)),
        VarName: ("variable", frozenset(str(name) for name in flow.head.vars)),
        Language: ("language", frozenset(flow.languages)),
        QueueName: ("queue", catalogue.queues),
        CalendarName: ("calendar", catalogue.calendars),
        BoxName: ("box", catalogue.boxes),
        MusicName: ("music", catalogue.musics),
        SkillName: ("skill", catalogue.skills),
        ServiceName: ("service", frozenset(str(name) for name in flow.head.http)),
        ModuleName: ("module", None if catalogue.modules is None else frozenset(catalogue.modules)),
        SecretRef: ("secret", _secrets(catalogue)),
    }


def _secrets(catalogue: Catalogue) -> frozenset[str] | None:
    return None if catalogue.secrets is None else frozenset(f"secret:{name}" for name in catalogue.secrets)


def _declares(path: Path, word: Word) -> bool:
    """A key of `thread: {fields: …}` is a name of the thread's, not a variable of the flow's."""
    return isinstance(word, VarName) and len(path) >= 2 and path[-2] == "fields"


def _known_hint(kind: str, name: str, names: frozenset[str]) -> Said:
    meant = get_close_matches(name, sorted(names), n=1)
    if meant:
        return said("near", near=meant[0])
    if names:
        return said("unknown.hint", names=", ".join(sorted(names)[:12]))
    return said("unknown.none", kind=said(f"kind.{kind}"))


def _expression(flow: Flow, path: Path, text: str) -> Iterator[Finding]:
    try:
        yield from _uses(flow, path, compile_expression(text))
    except ExpressionInvalid as error:
        yield finding(flow, path, said("cel", error=error.args[0]), said("cel.hint"))


def _template(flow: Flow, path: Path, text: str) -> Iterator[Finding]:
    try:
        for expression in parse_template(text).expressions:
            yield from _uses(flow, path, expression)
    except ExpressionInvalid as error:
        yield finding(flow, path, said("cel.in_text", error=error.args[0]), said("cel.hint"))


def _uses(flow: Flow, path: Path, expression: Expression) -> Iterator[Finding]:
    declared = {str(name) for name in flow.head.vars}
    for name in sorted((expression.variables | expression.guarded) - declared):
        yield finding(flow, path, said("undeclared", name=name), said("undeclared.hint", name=name))
    if "queue" in expression.roots and "hold" not in path and not _asks_queue(flow, path):
        yield finding(flow, path, said("only_waiting"), said("only_waiting.hint"))
    if "value" in expression.roots and path[-1] != "validate":
        yield finding(flow, path, said("only_validate"), said("only_validate.hint"))


def _asks_queue(flow: Flow, path: Path) -> bool:
    return path[:1] == ("steps",) and isinstance(flow.steps.get(str(path[1])), QueueCheck)


def _head(flow: Flow) -> Iterator[Finding]:
    head = flow.head
    if head.languages.default not in head.languages.supported:
        yield finding(flow, ("languages", "default"), said("default_language"))
    try:
        zone_of(head.timezone)
    except CalendarInvalid:
        yield finding(flow, ("timezone",), said("timezone", name=head.timezone), said("timezone.hint"))
    yield from _voices(flow)
    for name, var in head.vars.items():
        section = "params" if name in head.params else "vars"
        try:
            if var.pattern is not None:
                matches(var.pattern, "")
        except ExpressionFailed:
            yield finding(flow, (section, name, "pattern"), said("var.regex"), said("var.regex.hint"))
            continue
        try:
            accept(name, var, var.default)
        except VarRejected as error:
            yield finding(flow, (section, name, "default"), error.args[0], said("var.default"))
    if flow.name.endswith((".yaml", ".yml")) and not flow.name.removesuffix(".yml").endswith(_file(flow)):
        yield finding(flow, ("id",), said("file_name", file=f"{flow.id}.yaml"), is_error=False)


def _voices(flow: Flow) -> Iterator[Finding]:
    for language, voice in flow.head.defaults.prompt.voice.items():
        tongue = language.partition("-")[0]
        if voice.tongue != tongue:
            path = ("defaults", "prompt", "voice", str(language))
            message = said("voice.language", voice=voice, language=language)
            yield finding(flow, path, message, said("voice.language.hint", near=f"{tongue}_female"))


def _file(flow: Flow) -> tuple[str, ...]:
    return (f"{flow.id}.yaml", flow.id)


def _skipped(flow: Flow) -> Iterator[Finding]:
    """A step that may be passed over says where to."""
    for name, step in flow.steps.items():
        if step.when is not None and step.next is None:
            yield finding(flow, ("steps", name, "when"), said("when_next"), said("when_next.hint"))


def _prompts(flow: Flow) -> Iterator[Finding]:
    """Every prompt speaks every supported language, or `any`."""
    declared = ((("prompts", str(name)), prompt) for name, prompt in flow.prompts.items())
    for path, prompt in (*declared, *advice.inline_prompts(flow)):
        missing = [each for each in flow.languages if PromptLanguage(each) not in prompt]
        if missing and PromptLanguage(ANY) not in prompt:
            yield finding(
                flow, path, said("prompt.gap", languages=", ".join(missing)), said("prompt.gap.hint")
            )
        yield from _markup(flow, path, prompt)
        for language in prompt:
            if language != ANY and language not in flow.languages:
                hint = said("prompt.language.hint", languages=", ".join(flow.languages))
                yield finding(flow, (*path, language), said("prompt.language", language=language), hint)


def _markup(flow: Flow, path: Path, prompt: Prompt) -> Iterator[Finding]:
    """What a voice engine could not make sense of."""
    for language, parts in prompt.items():
        for part in parts:
            with suppress(ExpressionInvalid):  # found as an expression
                pieces = () if part.ssml is None else parse_template(part.ssml).parts
                markup = "".join(piece if isinstance(piece, str) else "0" for piece in pieces)
                if part.ssml is not None and (wrong := ssml.fault(markup)):
                    hint = said("ssml.hint", elements=", ".join(sorted(ssml.ELEMENTS)))
                    yield finding(flow, (*path, str(language)), wrong, hint)
