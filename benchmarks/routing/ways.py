"""The ways of routing that are compared, each as it is set up: by name."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from benchmarks.routing.published.app_queue import AppQueue, AppQueueSettings
from benchmarks.routing.published.mod_callcenter import CallcenterSettings, ModCallcenter
from omnichannel.routing.simulation.hall import Router
from omnichannel.routing.simulation.scenario import Centre, Day
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for

Way: TypeAlias = Callable[[Centre, Day], Router]

OURS: Final = "threadline"
BOUND: Final = "bound: all cross-trained"


def _app_queue(settings: AppQueueSettings) -> Way:
    return lambda _centre, _day: AppQueue(settings)


def _callcenter(settings: CallcenterSettings) -> Way:
    return lambda _centre, _day: ModCallcenter(settings)


def _threadline(centre: Centre, day: Day) -> Router:
    return ThreadlineRouter(centre, day, policy_for(centre))


TUNED: Final[Mapping[str, Way]] = {
    **{
        f"app_queue {strategy}": _app_queue(AppQueueSettings(strategy, strategy))
        for strategy in ("leastrecent", "rrmemory", "fewestcalls")
    },
    **{
        f"callcenter {name}, tiers {word}": _callcenter(
            CallcenterSettings(name, strategy, tier_rules=word == "timed")
        )
        for name, strategy in (("idle", "longest-idle-agent"), ("fewest", "agent-with-fewest-calls"))
        for word in ("timed", "open")
    },
}
DEFAULTS: Final[Mapping[str, Way]] = {
    "app_queue as shipped": _app_queue(
        AppQueueSettings("shipped", "ringall", penalties=False, pauses=False, retry_s=5.0)
    ),
    "callcenter as shipped": _callcenter(
        CallcenterSettings("shipped", "longest-idle-agent", tiers=False, tier_rules=False, max_no_answer=3)
    ),
}
WAYS: Final[Mapping[str, Way]] = {OURS: _threadline, **TUNED, **DEFAULTS}
