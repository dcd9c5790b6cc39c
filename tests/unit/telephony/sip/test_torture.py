"""Every message of RFC 4475 from the files beside the manifest, as the manifest beside them says."""

import json
from pathlib import Path
from typing import Any

import pytest

from telephony.sip.errors import BadMessage
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import PEER, STRANGER, Bench, request

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parents[3] / "golden" / "sip" / "torture"
MANIFEST: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["messages"]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["name"])
def test_it_parses_or_not_as_the_manifest_says(entry: dict[str, Any]) -> None:
    data = (FOLDER / entry["file"]).read_bytes()
    found: Request | Response | BadMessage
    try:
        found = parse_message(data)
    except BadMessage as bad:
        found = bad
    if isinstance(found, BadMessage):
        assert entry["parse"] in ("reject", "either")
        assert entry["uas_status"] == "drop" or str(found.status) in entry["uas_status"].split("/")
    else:
        assert entry["parse"] in ("accept", "either")
        assert isinstance(found, Response) == (entry["kind"] == "response")


@pytest.mark.parametrize("flow", [PEER, STRANGER], ids=["from_a_trunk", "from_a_stranger"])
@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["name"])
def test_it_is_answered_or_dropped_as_the_manifest_says(entry: dict[str, Any], flow: Flow) -> None:
    bench = Bench()
    bench.on_call = lambda call: call.reject(486, "Busy")
    answers = bench.hear_raw((FOLDER / entry["file"]).read_bytes(), flow)
    finals = [int(one[8:11]) for one in answers if not one.startswith(b"SIP/2.0 1")]
    if entry["kind"] == "response":
        assert answers == []
    else:
        assert len(finals) == 1
        assert is_as_expected(entry, finals[0])
    bench.pass_time(1)
    assert bench.hear(request("OPTIONS", branch="alive"), STRANGER)


def is_as_expected(entry: dict[str, Any], status: int) -> bool:
    """A well-formed REGISTER, and an INVITE of a stranger, are challenged before anything else; a call a
    trunk brings is judged by the application (486 here)."""
    wanted = str(entry["uas_status"]).split("/")
    if str(status) in wanted or (entry["parse"] == "either" and status in (200, 401, 486)):
        return True
    if not entry["uas_status"] or "2xx" in wanted:
        return status in (200, 401, 481, 486, 405)
    return status == 401 and entry["validity"] != "invalid"


def test_the_answer_to_an_unreadable_request_repeats_what_was_readable() -> None:
    bench = Bench()
    bench.hear_raw((FOLDER / "insuf.dat").read_bytes())
    assert bench.sent[-1][1] == (
        b"SIP/2.0 400 Missing From\r\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\n"
        b"CSeq: 193942 INVITE\r\nContent-Length: 0\r\n\r\n"
    )
