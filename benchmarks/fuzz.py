"""Coverage-guided fuzzing of what strangers write: `python -m benchmarks.fuzz message|core|sdp [--seconds 60]`.

Needs the extra `fuzz` (atheris). Ends with an error and the input in `crash-*` at the first exception that is
not the declared one, and at any input that takes longer than libFuzzer's timeout of one second.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["telephony.sip"]):
    from telephony.sip.errors import BadMessage, SdpRefused, StreamBroken
    from telephony.sip.message import parse_message
    from telephony.sip.sdp import LocalMedia, answer_offer, read_answer
    from telephony.sip.stream import Framer
    from tests.unit.telephony.sip.bench import OURS, PEER, Bench
    from tests.unit.telephony.sip.mutations import SDES, valid_descriptions, valid_messages

SECRET = LocalMedia("192.0.2.1", 20000, 7, 1, sdes=SDES)
MAX_INPUT = 8_192
MESSAGES_OF_A_BENCH = 500


def message(data: bytes) -> None:
    """The parser, and the finder of messages in a stream."""
    with suppress(BadMessage):
        parse_message(data)
    with suppress(StreamBroken):
        list(Framer().feed(data))


def sdp(data: bytes) -> None:
    for local in (OURS, SECRET):
        with suppress(SdpRefused):
            answer_offer(data, local)
        with suppress(SdpRefused):
            read_answer(data, local.sdes)


class Core:
    """The whole core, which must raise nothing at all."""

    def __init__(self) -> None:
        self._bench = Bench()
        self._count = 0

    def __call__(self, data: bytes) -> None:
        self._count += 1
        if self._count % MESSAGES_OF_A_BENCH == 0:
            self._bench.pass_time(1)
            self._bench = Bench()
        self._bench.agent.receive(data, PEER, self._bench.now)


def main() -> None:
    targets: dict[str, Callable[[bytes], None]] = {"message": message, "core": Core(), "sdp": sdp}
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("target", choices=targets)
    reader.add_argument("--seconds", type=int, default=60)
    wanted = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="threadline-fuzz-") as corpus:
        originals = valid_descriptions() if wanted.target == "sdp" else valid_messages()
        for number, data in enumerate(originals):
            (Path(corpus) / str(number)).write_bytes(data)
        options = [f"-max_total_time={wanted.seconds}", f"-max_len={MAX_INPUT}", "-timeout=1", "-verbosity=1"]
        atheris.Setup([sys.argv[0], corpus, *options], targets[wanted.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
