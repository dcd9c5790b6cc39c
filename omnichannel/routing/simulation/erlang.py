"""The textbook: Erlang B, C and A. Rates are per second, times in seconds.

Erlang A as a birth-death chain: up at lambda, down at min(k, n) mu + max(0, k - n) theta.
"""

from dataclasses import dataclass
from math import exp
from typing import Final

TAIL: Final = 1e-14  # states less likely than this, and all above, are left out


@dataclass(frozen=True, slots=True)
class Queueing:
    """What the textbook predicts for one class and one skill. `in_time`: answered within the target, of all."""

    offered: float  # erlangs
    blocking: float  # Erlang B
    waits: float  # probability of waiting at all
    in_time: float
    mean_wait_s: float  # of everybody, those who give up included
    gives_up: float
    occupancy: float


def erlang_b(load: float, servers: int) -> float:
    """Blocking probability with no queue at all."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(per_hour: float, service_s: float, servers: int, target_s: float = 20.0) -> Queueing:
    """Everybody waits for ever. At or above full load the queue grows without end: nobody is answered in time."""
    load = per_hour / 3600 * service_s
    blocked = erlang_b(load, servers)
    if load >= servers:
        return Queueing(load, blocked, 1.0, 0.0, float("inf"), 0.0, 1.0)
    waits = servers * blocked / (servers - load * (1 - blocked))
    in_time = 1 - waits * exp(-(servers - load) * target_s / service_s)
    return Queueing(load, blocked, waits, in_time, waits * service_s / (servers - load), 0.0, load / servers)


def erlang_a(
    per_hour: float, service_s: float, servers: int, patience_s: float, target_s: float = 20.0
) -> Queueing:
    """Callers give up after an exponential patience."""
    up, mu, theta = per_hour / 3600, 1 / service_s, 1 / patience_s
    shares = _shares(up, mu, theta, servers)
    waits = sum(shares[servers:])
    queue = sum((state - servers) * share for state, share in enumerate(shares) if state > servers)
    busy = sum(min(state, servers) * share for state, share in enumerate(shares))
    in_time = sum(shares[:servers]) + _served_while_waiting(shares, mu, theta, servers, target_s)
    load = up * service_s
    return Queueing(
        load, erlang_b(load, servers), waits, in_time, queue / up, theta * queue / up, busy / servers
    )  # fmt: skip


def _shares(up: float, mu: float, theta: float, servers: int) -> list[float]:
    """The share of time with 0, 1, 2 ... in the system; scaled as it grows, so that no load overflows it."""
    shares = [1.0]
    highest = 1.0
    state = 0
    while state <= servers or shares[-1] >= TAIL * highest:
        state += 1
        shares.append(shares[-1] * up / (min(state, servers) * mu + max(0, state - servers) * theta))
        highest = max(highest, shares[-1])
        if highest > 1e200:
            shares = [share / 1e200 for share in shares]
            highest /= 1e200
    total = sum(shares)
    return [share / total for share in shares]


def _served_while_waiting(
    shares: list[float], mu: float, theta: float, servers: int, target_s: float
) -> float:
    """The probability of having to wait and being answered within the target.

    Who finds k ahead of him in the line moves up at `servers mu + k theta` and gives up himself at `theta`: the
    positions are a pure death chain, walked here by uniformisation at its highest rate.
    """
    line = shares[servers:]
    line = line[: _reach(len(line), mu, theta, servers, target_s)]
    deepest = len(line) - 1
    rate = servers * mu + (deepest + 1) * theta
    steps = _poisson_weights(rate * target_s)
    at = list(line)
    served = 0.0
    total = 0.0
    for weight in steps:
        total += weight * served
        arrived = at[0] * servers * mu / rate
        at = [
            at[ahead] * (1 - (servers * mu + (ahead + 1) * theta) / rate)
            + (at[ahead + 1] * (servers * mu + (ahead + 1) * theta) / rate if ahead < deepest else 0.0)
            for ahead in range(deepest + 1)
        ]
        served += arrived
    return total


def _reach(length: int, mu: float, theta: float, servers: int, target_s: float) -> int:
    """Who has more ahead than can possibly leave within the target need not be followed."""
    ahead = 0
    while ahead < length:
        leave = (servers * mu + (ahead + 1) * theta) * target_s
        if ahead > leave + 12 * leave**0.5 + 30:
            break
        ahead += 1
    return max(ahead, 1)


def _poisson_weights(mean: float) -> list[float]:
    """Probabilities of 0, 1, 2 ... events, as far as they count."""
    weights = [exp(-mean)] if mean < 700 else [0.0]
    reach = int(mean + 12 * (mean**0.5) + 30)
    for count in range(1, reach):
        weights.append(weights[-1] * mean / count)
    return weights
