"""Whose pages hear what is said on a call."""

import pytest

from tests.unit.web.test_live_hub import AN, BAO, CALL, CHI, THREAD, Office, kinds
from threadline.kernel.events import CallCaption, CallEventKind
from web.auth import Role

pytestmark = pytest.mark.unit


def test_captions_go_to_those_on_the_call_and_to_whoever_has_the_customer_open() -> None:
    office = Office()
    an, bao, chi = office.opens(AN), office.opens(BAO), office.opens(CHI, Role.SUPERVISOR)
    office.offers(AN)
    office.says(CallEventKind.CONNECTED, {"agent": str(AN)})
    kinds(an), kinds(chi)
    caption = CallCaption(CALL, "call.caption", {"call": str(CALL), "text": "hello"})
    office.bus.publish(caption)
    assert (kinds(an), kinds(bao), kinds(chi)) == (["call.caption"], [], [])
    office.hub.watch(chi, THREAD)
    office.bus.publish(caption)
    assert (kinds(bao), kinds(chi)) == ([], ["call.caption"])


def test_a_colleague_who_joins_the_call_reads_along() -> None:
    office = Office()
    bao = office.opens(BAO)
    office.offers(AN)
    office.says(CallEventKind.PARTY, {"agent": str(BAO), "state": "joined"})
    kinds(bao)
    office.bus.publish(CallCaption(CALL, "call.captions", {"call": str(CALL), "state": "on"}))
    assert kinds(bao) == ["call.captions"]
