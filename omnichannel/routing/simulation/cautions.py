"""What is wrong with a set-up, in words an admin can act on. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from omnichannel.routing.needs import meets
from omnichannel.routing.simulation.figures import interval
from omnichannel.routing.simulation.plan import PlannedAgent, PlannedClass, Setup
from threadline.kernel.events import Json

STARVED_BELOW: Final = 25.0  # percent in time
BEHIND_BY: Final = 25.0  # points behind all contacts together
POOL_BY: Final = 10.0  # points that cross-training would give
GRAVEST: Final = ("nobody", "overload", "starved", "single")
FULL: Final = 0.95  # of what fit agents can do


def warnings_of(
    setup: Setup,
    present: Sequence[Mapping[str, float]],
    pooled: Sequence[Mapping[str, float]],
    fits: Sequence[int],
) -> list[Json]:
    """[{kind, queue, class, text}], the gravest first; `class` is the number of its class, both None where it concerns all.

    `no_agents`, `no_classes`; per class `nobody` (no agent is fit even for the last step), `single` (one person
    only), `overload` (more work than those who are fit can do), `starved` (next to nobody is answered in time, or far
    fewer than of the others); `split` (cross-training would give far more).
    """
    if not setup.agents:
        return [_warning("no_agents", "No agent is there to take anything.")]
    if not setup.classes:
        return [_warning("no_classes", "No contact asks for anybody: there is nothing to predict from.")]
    found = [one for kind in range(len(setup.classes)) for one in _of_class(setup, kind, present, fits[kind])]
    found.sort(key=lambda one: GRAVEST.index(str(one["kind"])))
    now = interval([day["service_level"] for day in present]).mean
    then = interval([day["service_level"] for day in pooled]).mean
    if then - now > POOL_BY:
        found.append(
            _warning("split", f"Service level {now:.0f} %; the same people, trained for all: {then:.0f} %.")
        )
    return found


def _of_class(setup: Setup, kind: int, present: Sequence[Mapping[str, float]], fit: int) -> list[Json]:
    one = setup.classes[kind]
    name = f"{one.title} ({_need(one)})"
    if not any(_ever(one, agent) for agent in setup.agents):
        return [
            _warning(
                "nobody", f"{name}: nobody has these skills; its callers wait until they give up.", one, kind
            )
        ]
    found: list[Json] = []
    load = one.contacts * one.service_s / (setup.hours * 3600)
    if load > FULL * fit:
        found.append(
            _warning("overload", f"{name}: {load:.1f} people's work for {fit} who are fit for it.", one, kind)
        )
    elif fit == 1:
        found.append(_warning("single", f"{name}: one person alone is fit for it.", one, kind))
    mine = interval([day[f"service_level:{kind}"] for day in present]).mean
    everybody = interval([day["service_level"] for day in present]).mean
    if mine < STARVED_BELOW or mine < everybody - BEHIND_BY:
        text = f"{name}: {mine:.0f} % in time, all contacts together {everybody:.0f} %."
        found.append(_warning("starved", text, one, kind))
    return found


def _ever(one: PlannedClass, agent: PlannedAgent) -> bool:
    return any(
        meets(agent.skills, step.need)
        and (not step.any_of or any(meets(agent.skills, choice) for choice in step.any_of))
        for step in one.steps
    )


def _need(one: PlannedClass) -> str:
    return ", ".join(f"{skill} {level}" for skill, level in sorted(one.steps[0].need.items())) or "no skill"


def _warning(kind: str, text: str, one: PlannedClass | None = None, number: int | None = None) -> Json:
    return {"kind": kind, "queue": None if one is None else one.queue, "class": number, "text": text}
