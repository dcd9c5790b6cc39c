"""A rule and its parts, and how they are read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, cast
from uuid import UUID

from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

Trigger: TypeAlias = Literal["message_in", "message_out", "case_opened", "case_changed", "call_ended"]
Do: TypeAlias = Literal["tag", "untag", "queue", "priority", "assign", "status", "note", "reply", "webhook"]
TRIGGERS: Final[tuple[Trigger, ...]] = (
    "message_in",
    "message_out",
    "case_opened",
    "case_changed",
    "call_ended",
)
STATUS_WORDS: Final = ("new", "open", "waiting", "resolved", "closed")
LAST_AGENT: Final = "last_agent"
ME: Final = "me"
DAY_S: Final = 86_400
SHAPES: Final[dict[Do, frozenset[str]]] = {
    "tag": frozenset({"tags"}),
    "untag": frozenset({"tags"}),
    "queue": frozenset({"queue"}),
    "priority": frozenset({"priority"}),
    "assign": frozenset({"to"}),
    "status": frozenset({"status"}),
    "note": frozenset({"texts"}),
    "reply": frozenset({"texts", "subject", "every_s"}),
    "webhook": frozenset({"webhook"}),
}
"""What may stand in an action beside `do`."""


class ActionUnreadable(Invalid):
    """The action is none of those there are."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do; only the fields its `do` knows (SHAPES) mean something.

    `to`: a login, LAST_AGENT or (in macros) ME. `texts`: by language, with `${…}`. `every_s`: a reply goes to the
    same correspondent at most once in so many seconds.
    """

    do: Do
    tags: tuple[str, ...] = ()
    queue: str = ""
    priority: int = 5
    to: str = ""
    status: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    every_s: int = DAY_S
    webhook: UUID | None = None

    def to_json(self) -> Json:
        made: dict[str, Any] = {"do": self.do}
        for name in sorted(SHAPES[self.do]):
            value = getattr(self, name)
            made[name] = (
                list(value) if isinstance(value, tuple) else str(value) if isinstance(value, UUID) else value
            )
        return cast(Json, made)


@dataclass(frozen=True, slots=True)
class Rule:
    """`condition` is CEL over FACTS of omnichannel.rules.facts. `is_last`: where it applies, no rule after it does."""

    id: UUID
    title: str
    trigger: Trigger
    condition: str
    actions: tuple[Action, ...]
    is_on: bool = False
    place: int = 100
    is_last: bool = False

    def to_json(self) -> Json:
        return {
            "id": str(self.id),
            "title": self.title,
            "when": self.trigger,
            "if": self.condition,
            "then": [action.to_json() for action in self.actions],
            "on": self.is_on,
            "place": self.place,
            "last": self.is_last,
        }


def read_actions(raw: Sequence[Any]) -> tuple[Action, ...]:
    """From their JSON. Raises ActionUnreadable, which says which one."""
    return tuple(_action(one, place) for place, one in enumerate(raw))


def _action(raw: Any, place: int) -> Action:
    if not isinstance(raw, dict) or raw.get("do") not in SHAPES:
        raise ActionUnreadable(f"then.{place}: 'do' is one of {', '.join(SHAPES)}")
    do: Do = raw["do"]
    given = {name: value for name, value in raw.items() if name != "do"}
    if unknown := set(given) - SHAPES[do]:
        raise ActionUnreadable(
            f"then.{place}: {do} has no {min(unknown)}; it has {', '.join(sorted(SHAPES[do]))}"
        )
    try:
        return Action(do, **{name: _READ[name](value) for name, value in given.items() if value is not None})
    except (ValueError, TypeError, AttributeError) as exc:
        raise ActionUnreadable(f"then.{place}: {do} can't be read: {exc}") from exc


def _texts(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"": value}
    return {str(language): _text(text) for language, text in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value or len(value) > 20_000:
        raise ValueError("a text of at most 20,000 characters is needed")
    return value.strip()


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a whole number is needed")
    return value


_READ: Final[dict[str, Any]] = {
    "tags": lambda value: tuple(dict.fromkeys(_text(tag) for tag in value)),
    "queue": _text,
    "priority": _whole,
    "to": _text,
    "status": _text,
    "texts": _texts,
    "subject": _text,
    "every_s": _whole,
    "webhook": lambda value: UUID(str(value)),
}
