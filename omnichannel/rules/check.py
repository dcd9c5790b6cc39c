"""What is wrong with a rule, before it may be switched on: where, what, and how to mend it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ivr_flows.expressions import Expression, ExpressionInvalid, compile_expression
from ivr_flows.templates import parse_template
from omnichannel.rules.facts import FUNCTIONS, KNOWN_AT, NAMES, TEXT_NAMES
from omnichannel.rules.model import LAST_AGENT, ME, STATUS_WORDS, Action, Rule, Trigger
from threadline.kernel.events import Json

_OPEN: Final = re.compile(r"\bopen\s*\(\s*[\"']([^\"']*)[\"']\s*\)")
SHORTEST_S: Final = 60


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What rules may name."""

    queues: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    logins: frozenset[str] = frozenset()
    webhooks: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a path into the rule's JSON: "if", "then.0.queue"."""

    where: str
    what: str
    mend: str

    def to_json(self) -> Json:
        return {"where": self.where, "what": self.what, "mend": self.mend}


def check_rule(rule: Rule, there: Catalogue) -> list[Finding]:
    """Everything that keeps it from being switched on; none: it may."""
    found = [*_condition(rule, there)]
    if not rule.actions:
        found.append(Finding("then", "The rule does nothing.", "Add an action."))
    known = KNOWN_AT[rule.trigger]
    for place, action in enumerate(rule.actions):
        found += _action(action, f"then.{place}", there, known)
        found += _not_in_rules(action, f"then.{place}", rule.trigger)
    return found


def check_actions(actions: Sequence[Action], there: Catalogue) -> list[Finding]:
    """The same for a macro's actions."""
    found: list[Finding] = []
    for place, action in enumerate(actions):
        found += _action(action, f"actions.{place}", there, TEXT_NAMES)
        if action.do in ("reply", "webhook"):
            found.append(
                Finding(f"actions.{place}", f"A macro has no {action.do}.", "Give the macro a text instead.")
            )
    return found


def check_texts(texts: "dict[str, str]", where: str) -> list[Finding]:
    """Texts with `${…}` that agents send."""
    return [*_texts(texts, where, Catalogue(), TEXT_NAMES - {"message", "call"})]


def _condition(rule: Rule, there: Catalogue) -> Iterator[Finding]:
    try:
        expression = compile_expression(rule.condition, NAMES)
    except ExpressionInvalid as exc:
        yield Finding(
            "if", f"The condition can't be read: {exc}", 'Write it as in: message.channel == "email"'
        )
        return
    yield from _uses(expression, "if", there, KNOWN_AT[rule.trigger])


def _uses(expression: Expression, where: str, there: Catalogue, known: frozenset[str]) -> Iterator[Finding]:
    for name in sorted(expression.roots - known):
        yield Finding(where, f"There is no {name} at that moment.", f"Use {', '.join(sorted(known))}.")
    for name in sorted(expression.functions - FUNCTIONS):
        yield Finding(where, f"{name}() is for calls only.", f"Use {', '.join(sorted(FUNCTIONS))}.")
    for calendar in _OPEN.findall(expression.text):
        if calendar not in there.calendars:
            yield Finding(where, f"There is no calendar {calendar!r}.", _choice(there.calendars))


def _texts(texts: "dict[str, str]", where: str, there: Catalogue, known: frozenset[str]) -> Iterator[Finding]:
    if not any(texts.values()):
        yield Finding(where, "There is no text.", "Write one in at least one language.")
    for language, text in texts.items():
        try:
            expressions = parse_template(text, TEXT_NAMES).expressions
        except ExpressionInvalid as exc:
            yield Finding(
                f"{where}.{language}", f"A ${{…}} can't be read: {exc}", "Write it as in: ${contact.name}"
            )
            continue
        if not text:
            yield Finding(f"{where}.{language}", "The text is empty.", "Write it, or take the language out.")
        for expression in expressions:
            yield from _uses(expression, f"{where}.{language}", there, known)


def _action(action: Action, where: str, there: Catalogue, known: frozenset[str]) -> Iterator[Finding]:
    if action.do in ("tag", "untag") and not all(action.tags or ("",)):
        yield Finding(f"{where}.tags", "There is no tag.", "Name at least one.")
    if action.do == "queue" and action.queue not in there.queues:
        yield Finding(f"{where}.queue", f"There is no queue {action.queue!r}.", _choice(there.queues))
    if action.do == "priority" and not 1 <= action.priority <= 9:
        yield Finding(f"{where}.priority", "The priority is out of range.", "1 is most urgent, 9 least.")
    if action.do == "assign" and action.to not in there.logins | {LAST_AGENT, ME}:
        yield Finding(f"{where}.to", f"Nobody has the login {action.to!r}.", f"Name one, or {LAST_AGENT}.")
    if action.do == "status" and action.status not in STATUS_WORDS:
        yield Finding(
            f"{where}.status", f"A case is never {action.status!r}.", f"Use {', '.join(STATUS_WORDS)}."
        )
    if action.do in ("note", "reply"):
        yield from _texts(dict(action.texts), f"{where}.texts", there, known)
    if action.do == "reply" and action.subject:
        yield from _texts({"": action.subject}, f"{where}.subject", there, known)
    if action.do == "reply" and action.every_s < SHORTEST_S:
        yield Finding(f"{where}.every_s", "That often would annoy.", f"At least {SHORTEST_S} seconds.")
    if action.do == "webhook" and action.webhook not in there.webhooks:
        yield Finding(f"{where}.webhook", "There is no such webhook.", "Choose one that is configured.")


def _not_in_rules(action: Action, where: str, trigger: Trigger) -> Iterator[Finding]:
    if action.do == "assign" and action.to == ME:
        yield Finding(f"{where}.to", "A rule is nobody.", f"Name a login, or {LAST_AGENT}.")
    if action.do == "reply" and trigger == "message_out":
        yield Finding(where, "This would answer ourselves.", "Use another trigger, or leave a note.")


def _choice(names: frozenset[str]) -> str:
    return f"Use one of {', '.join(sorted(names))}." if names else "Make it first."
