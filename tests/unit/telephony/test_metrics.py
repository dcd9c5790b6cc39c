"""What Prometheus reads of media: packet spacing, loss and jitter."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telephony.media import messages as media
from telephony.media.pace import Pace, PaceBook
from telephony.metrics import Metrics
from telephony.sip.watch import Watch
from threadline.kernel.events import Bus, Json

pytestmark = pytest.mark.unit


class Quiet:
    def active(self) -> list[Json]:
        return [{"state": "talking"}, {"state": "talking"}, {"state": "queued"}]


def read(metrics: Metrics) -> dict[str, float]:
    """Every sample as `name{label values}`."""
    return {
        f"{one.name}{{{','.join(one.labels.values())}}}": one.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for one in family.samples
    }


def metrics_of(*books: PaceBook) -> Metrics:
    return Metrics(Bus(), Watch(), Quiet(), lambda: (2,) * len(books), lambda: books)


def test_packet_spacing_is_a_histogram_a_worker_with_its_late_ticks() -> None:
    pace, book = Pace(), PaceBook()
    for late_ms in (0.04, 0.4, 6.0):
        pace.tick(late_ms / 1000, 0)
    book.add(pace.counts, pace.sum_s, pace.worst_s, 1)
    found = read(metrics_of(PaceBook(), book))
    assert found["threadline_media_tick_late_seconds_count{1}"] == 3
    assert found["threadline_media_tick_late_seconds_bucket{0.0005,1}"] == 2
    assert found["threadline_media_tick_late_seconds_sum{1}"] == pytest.approx(0.00644)
    assert found["threadline_media_ticks_late_total{1}"] == 2
    assert found["threadline_media_ticks_late_total{0}"] == 0


def test_loss_and_jitter_of_a_leg_are_seen_once_it_is_closed() -> None:
    metrics = metrics_of(PaceBook())
    events: list[media.Event] = []
    take = metrics.then(events.append)
    stats: media.Stats = {"packets_in": 95, "lost": 5, "jitter_ms": 4.0, "packets_out": 100, "remote_lost": 1}
    take(media.Closed("a", stats))
    take(
        media.Closed(
            "deaf", {"packets_in": 0, "lost": 0, "jitter_ms": 0.0, "packets_out": 9, "remote_lost": None}
        )
    )
    found = read(metrics)
    assert (found["threadline_leg_loss_ratio_sum{in}"], found["threadline_leg_loss_ratio_count{in}"]) == (
        0.05,
        1,
    )
    assert (found["threadline_leg_loss_ratio_sum{out}"], found["threadline_leg_loss_ratio_count{out}"]) == (
        0.01,
        1,
    )
    assert (found["threadline_leg_jitter_seconds_sum{}"], found["threadline_leg_jitter_seconds_count{}"]) == (
        0.004,
        1,
    )
    assert found["threadline_rtp_total{lost}"] == 5
    assert len(events) == 2


def test_everything_an_operator_is_promised_is_there() -> None:
    found = read(metrics_of(PaceBook()))
    assert found["threadline_calls_active{talking}"] == 2
    names = {name.partition("{")[0] for name in found}
    assert names >= {
        "threadline_call_setup_seconds_count", "threadline_loop_lag_seconds_count", "threadline_sip_bans_total",
        "threadline_sip_banned", "threadline_media_workers_up", "threadline_media_worker_losses_total",
        "threadline_media_tick_late_seconds_count",
    }  # fmt: skip
