"""What two contacts become when they are one, and what goes back when they are two again. Pure.

The loser keeps all of its own; the winner takes what it lacks and remembers what it took.
"""

from dataclasses import dataclass, field, replace
from typing import Final, cast

from threadline.kernel.events import Json, JsonValue

SCALARS: Final = ("name", "language", "timezone", "customer_no")


@dataclass(frozen=True, slots=True)
class Fields:
    """What a contact is called and filed under. `attrs` is {vip, tags: [...], fields: {...}} and what else came."""

    kind: int
    name: str | None = None
    language: str | None = None
    timezone: str | None = None
    customer_no: str | None = None
    attrs: Json = field(default_factory=dict)


def tags_of(attrs: Json) -> list[JsonValue]:
    found = attrs.get("tags")
    return list(found) if isinstance(found, list) else []


def fields_of(attrs: Json) -> Json:
    found = attrs.get("fields")
    return dict(found) if isinstance(found, dict) else {}


def joined(winner: Fields, loser: Fields) -> tuple[Fields, Json]:
    """The winner's fields with what it takes, and that: {scalars: {...}, kind?, vip?, tags: [...], fields: {...}}."""
    scalars = {
        name: getattr(loser, name)
        for name in SCALARS
        if getattr(winner, name) is None and getattr(loser, name) is not None
    }
    own_tags, own_fields = tags_of(winner.attrs), fields_of(winner.attrs)
    tags = [tag for tag in tags_of(loser.attrs) if tag not in own_tags]
    extra = {key: value for key, value in fields_of(loser.attrs).items() if key not in own_fields}
    taken: Json = {"scalars": dict(scalars), "tags": tags, "fields": extra}
    attrs = dict(winner.attrs)
    if tags:
        attrs["tags"] = [*own_tags, *tags]
    if extra:
        attrs["fields"] = own_fields | extra
    if loser.attrs.get("vip") and not winner.attrs.get("vip"):
        taken["vip"] = attrs["vip"] = True
    if loser.kind > winner.kind:
        taken["kind"], taken["kind_before"] = loser.kind, winner.kind
    return replace(winner, kind=max(winner.kind, loser.kind), attrs=attrs, **scalars), taken


def parted(winner: Fields, taken: Json) -> Fields:
    """The winner without what it took, as far as nobody changed that since."""
    scalars = cast(Json, taken.get("scalars") or {})
    cleared = {name: None for name, value in scalars.items() if getattr(winner, name) == value}
    attrs = dict(winner.attrs)
    borrowed = tags_of(taken)
    if borrowed:
        attrs["tags"] = [tag for tag in tags_of(attrs) if tag not in borrowed]
    lent = fields_of(taken)
    if lent:
        attrs["fields"] = {
            key: value for key, value in fields_of(attrs).items() if not (key in lent and lent[key] == value)
        }
    if taken.get("vip"):
        attrs["vip"] = False
    before = taken.get("kind_before")
    kind = before if isinstance(before, int) and winner.kind == taken.get("kind") else winner.kind
    return replace(winner, kind=kind, attrs=attrs, **cleared)
