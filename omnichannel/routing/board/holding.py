"""What an agent has in hand: what the ledger of routing knows, and the calls he is on by whatever other way. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from threadline.kernel.events import Json, JsonValue


def by_agent(calls: Iterable[Json], names: Mapping[str, JsonValue]) -> dict[str, list[Json]]:
    """Rows of telephony.on_calls by agent, with the colleague's name in the place of his id."""
    found: dict[str, list[Json]] = {}
    for call in calls:
        rest = {key: value for key, value in call.items() if key not in ("agent", "colleague")}
        found.setdefault(str(call["agent"]), []).append({**rest, "name": names.get(str(call["colleague"]))})
    return found


def holding(ledger: Sequence[Json], live: Sequence[Json]) -> list[Json]:
    """[{contact, queue, kind, state, number, since, part, name}], the oldest first.

    `part`: what he is in it (telephony.on_calls), agent where only the ledger knows of it; `name`: the colleague's he
    talks with. Of a call that both know, the ledger says since when the customer is his.
    """
    on_line = {call["contact"]: call for call in live}
    known = {one["contact"] for one in ledger}
    both = [
        {"part": "agent", "name": None, **_on_line(on_line.get(one["contact"])), **_known(one)}
        for one in ledger
    ]
    others = [{"queue": None, **call} for call in live if call["contact"] not in known]
    return sorted([*both, *others], key=lambda one: str(one["since"]))


def _on_line(call: Json | None) -> Json:
    return {} if call is None else {"part": call["part"], "number": call["number"], "name": call["name"]}


def _known(one: Json) -> Json:
    """What is null there may be known on the line."""
    return {key: value for key, value in one.items() if key != "number" or value is not None}
