"""What Prometheus may know of this server. Every label has a bounded set of values; none is personal.

Counters of the hot paths live where they are counted and are read at the scrape; what only the bus tells (set-up
times, waits, outcomes) is gathered here.
"""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, Protocol

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from telephony.media import messages as media
from telephony.media.pace import EDGES_S, PaceBook
from telephony.sip.watch import Watch
from threadline.kernel.events import Bus, CallEvent, CallEventKind, Json
from threadline.kernel.ids import CallId

SETUP_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
WAIT_S: Final = (1.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
JITTER_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25)
LOSS: Final = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)
LAG_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
MAX_QUEUES: Final = 100
LEG_SUMS: Final = ("packets_in", "packets_out", "lost", "strangers", "forged", "malformed")
"""Counts in a closed leg's statistics that are worth a sum over all legs."""


class Switchboard(Protocol):
    """The calls under way: {state, ...} each."""

    def active(self) -> list[Json]: ...


Loads = Callable[[], tuple[int | None, ...]]
"""Legs in each media worker, None where one is being replaced."""


Paces = Callable[[], Sequence[PaceBook]]
"""How late each media worker's ticks come."""


Figure = tuple[str, str, float, bool]
"""A number of another room: name without prefix, what it is, value, whether it only grows."""


@dataclass(slots=True)
class Slow:
    """What only the database knows, read just before a scrape; empty when it can't be reached."""

    queues: list[Json] = field(default_factory=list)
    jobs: dict[tuple[str, str], int] = field(default_factory=dict)  # (kind, status) to count
    figures: Sequence[Figure] = ()


class Metrics:
    """One registry a server. `text` is the exposition; the rest is told by bus, engine and loop."""

    def __init__(
        self, bus: Bus, watch: Watch, switchboard: Switchboard, loads: Loads, paces: Paces = tuple
    ) -> None:
        self.slow = Slow()
        self.worker_losses = 0
        self._registry = CollectorRegistry()
        self._outcomes: Tally[str] = Tally()
        self._legs: Tally[str] = Tally()
        self._legs_closed = 0
        self._queues: set[str] = set()
        self._queue_of: dict[CallId, str] = {}
        self._setup = self._histogram("threadline_call_setup_seconds", "From the INVITE to our 200.", SETUP_S)
        self._wait = self._histogram(
            "threadline_queue_wait_seconds", "Time a call waited until somebody took it.", WAIT_S, ("queue",)
        )
        self._jitter = self._histogram(
            "threadline_leg_jitter_seconds", "Jitter of what a closed leg's peer sent (RFC 3550).", JITTER_S
        )
        self._loss = self._histogram(
            "threadline_leg_loss_ratio",
            "Share of a closed leg's packets that never came, by way.",
            LOSS,
            ("way",),
        )
        lag = self._histogram("threadline_loop_lag_seconds", "How late each 20 ms tick came.", LAG_S)
        watch.lag.observe = lag.observe
        self._registry.register(_Scrape(self, watch, switchboard, loads, paces))
        bus.subscribe(CallEvent, self._on_call)

    def add(self, figures: Collector) -> None:
        """What somebody else counts."""
        self._registry.register(figures)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def then(self, listener: Callable[[media.Event], None]) -> Callable[[media.Event], None]:
        """The engine's events, counted on their way to `listener`."""

        def on_event(event: media.Event) -> None:
            if isinstance(event, media.Closed):
                self._closed(event)
            listener(event)

        return on_event

    def then_lost(self, listener: Callable[[frozenset[str]], None]) -> Callable[[frozenset[str]], None]:
        """As `then`, for media workers that died."""

        def on_lost(legs: frozenset[str]) -> None:
            self.worker_losses += 1
            listener(legs)

        return on_lost

    def _closed(self, event: media.Closed) -> None:
        self._legs_closed += 1
        for name in LEG_SUMS:
            value = event.stats.get(name)
            if isinstance(value, int):
                self._legs[name] += value
        self._fared("in", event.stats.get("packets_in"), event.stats.get("lost"))
        self._fared("out", event.stats.get("packets_out"), event.stats.get("remote_lost"))
        jitter_ms = event.stats.get("jitter_ms")
        if event.stats.get("packets_in") and isinstance(jitter_ms, int | float):
            self._jitter.observe(jitter_ms / 1000)

    def _fared(self, way: str, packets: object, lost: object) -> None:
        """A leg without packets says nothing, nor does a peer that never told what it heard."""
        if isinstance(packets, int) and packets and isinstance(lost, int):
            sent = packets + lost if way == "in" else packets
            self._loss.labels(way).observe(min(1.0, max(0.0, lost / max(1, sent))))

    @property
    def strangers(self) -> int:
        """RTP and RTCP packets of strangers, over all legs that are closed."""
        return self._legs["strangers"]

    def own(self) -> Iterator[Metric]:
        """What was gathered here."""
        yield _counter("calls", "Calls that ended, by result.", "result", self._outcomes)
        yield _counter("rtp", "RTP and RTCP packets of legs that are closed.", "what", self._legs)
        yield _plain("media_legs_closed", "Legs whose media has ended.", self._legs_closed, is_counter=True)
        yield _plain("media_worker_losses", "Media workers that died.", self.worker_losses, is_counter=True)

    def _histogram(
        self, name: str, what: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
    ) -> Histogram:
        return Histogram(name, what, labels, buckets=buckets, registry=self._registry)

    def _on_call(self, event: CallEvent) -> None:
        if event.kind is CallEventKind.ANSWERED:
            self._setup.observe(max(0.0, event.at.timestamp() - born(event.call)))
        elif event.kind is CallEventKind.QUEUED:
            self._queue_of[event.call] = str(event.data.get("queue"))
        elif event.kind is CallEventKind.CONNECTED:
            self._waited(event)
        elif event.kind is CallEventKind.ENDED:
            self._queue_of.pop(event.call, None)
            self._outcomes[str(event.data.get("result"))] += 1

    def _waited(self, event: CallEvent) -> None:
        queue, wait = self._queue_of.pop(event.call, None), event.data.get("wait_s")
        if queue is not None and isinstance(wait, int | float):
            self._wait.labels(self._queue(queue)).observe(wait)

    def _queue(self, name: str) -> str:
        if name not in self._queues and len(self._queues) >= MAX_QUEUES:
            return "other"
        self._queues.add(name)
        return name


class _Scrape(Collector):
    """Reads everything else at the moment it is asked."""

    def __init__(
        self, metrics: Metrics, watch: Watch, switchboard: Switchboard, loads: Loads, paces: Paces
    ) -> None:
        self._metrics = metrics
        self._watch = watch
        self._switchboard = switchboard
        self._loads = loads
        self._paces = paces

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        states = Tally(str(call.get("state")) for call in self._switchboard.active())
        yield _gauge("calls_active", "Calls under way, by state.", "state", states)
        yield from self._metrics.own()
        yield from self._sip()
        yield from self._media()
        yield from self._slow()

    def _sip(self) -> Iterator[Metric]:
        watch, traffic = self._watch, self._watch.traffic
        for name, label, tables in (
            ("sip_requests", "method", {"in": traffic.requests_in, "out": traffic.requests_out}),
            ("sip_responses", "code", {"in": traffic.responses_in, "out": traffic.responses_out}),
        ):
            family = CounterMetricFamily(
                f"threadline_{name}", f"SIP {name[4:]}, by {label}.", labels=("way", label)
            )
            for way, table in tables.items():
                for value, count in table.items():
                    family.add_metric((way, value), count)
            yield family
        yield _counter(
            "sip_refused", "Packets and requests refused, by reason.", "reason", watch.defence.refused
        )
        yield _plain("sip_bans", "Bans that were made.", watch.defence.bans_made, is_counter=True)
        yield _plain(
            "sip_banned", "Addresses that are banned now.", len(watch.defence.bans(time.monotonic()))
        )
        yield _gauge("sip_table_entries", "Entries in the guard's tables.", "table", watch.defence.sizes())
        yield _plain("sip_trace_bytes", "Memory of SIP messages kept for traces.", watch.ring.size)
        yield _plain(
            "loop_is_behind", "1 while new requests are refused because the loop lags.", watch.lag.is_behind
        )
        yield _gauge(
            "overloaded",
            "1 while new calls are refused for this reason: loop (it lags), packets or set_ups (they wait too long).",
            "reason",
            watch.overload(time.monotonic()),
        )
        if watch.policy is not None:
            yield _counter(
                "dial_refused", "Calls out that were refused, by reason.", "reason", watch.policy.refused
            )
            yield _plain("dial_active", "Calls out through trunks under way.", watch.policy.running())

    def _media(self) -> Iterator[Metric]:
        loads = self._loads()
        yield _plain(
            "media_workers_up", "Media workers that take calls.", sum(one is not None for one in loads)
        )
        by_number = {str(number): one or 0 for number, one in enumerate(loads)}
        yield _gauge("media_legs", "Legs in each media worker.", "worker", by_number)
        yield from self._spacing()

    def _spacing(self) -> Iterator[Metric]:
        """How far packets are off their 20 ms: the lateness of the ticks that send them."""
        spread = HistogramMetricFamily(
            "threadline_media_tick_late_seconds",
            "How late each send tick with calls came.",
            labels=("worker",),
        )
        late: dict[str, float] = {}
        for number, pace in enumerate(self._paces()):
            edges = (*(str(edge) for edge in EDGES_S), "+Inf")
            buckets = list(zip(edges, accumulate(pace.counts), strict=True))
            spread.add_metric((str(number),), buckets, pace.sum_s)
            late[str(number)] = pace.late
        yield spread
        yield _counter("media_ticks_late", "Send ticks over 5 ms late, or skipped.", "worker", late)

    def _slow(self) -> Iterator[Metric]:
        slow = self._metrics.slow
        for key, what in (("waiting", "Calls waiting"), ("longest_wait_s", "Seconds the first one waits")):
            values = {str(one["id"]): _number(one.get(key)) for one in slow.queues[:MAX_QUEUES]}
            name = "queue_waiting" if key == "waiting" else "queue_longest_wait_seconds"
            yield _gauge(name, f"{what}, by queue.", "queue", values)
        jobs = GaugeMetricFamily(
            "threadline_jobs", "Background jobs, by kind and status.", labels=("kind", "status")
        )
        for (kind, status), count in slow.jobs.items():
            jobs.add_metric((kind, status), count)
        yield jobs
        for figure, words, value, is_counter in slow.figures:
            yield _plain(figure, words, value, is_counter=is_counter)


def born(call: CallId) -> float:
    """Unix seconds at which a call arrived: its identifier is a UUIDv7 (RFC 9562 section 5.7)."""
    return (call.int >> 80) / 1000


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _counter(name: str, what: str, label: str, values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(f"threadline_{name}", what, labels=(label,))
    return _filled(family.add_metric, values, family)


def _gauge(name: str, what: str, label: str, values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(f"threadline_{name}", what, labels=(label,))
    return _filled(family.add_metric, values, family)


def _filled(add: Callable[..., None], values: Mapping[Any, float], family: Metric) -> Metric:
    for value, count in values.items():
        add((str(value),), count)
    return family


def _plain(name: str, what: str, value: float, *, is_counter: bool = False) -> Metric:
    kind = CounterMetricFamily if is_counter else GaugeMetricFamily
    return kind(f"threadline_{name}", what, value=value)
