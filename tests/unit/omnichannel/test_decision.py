"""Whose is what arrives: known, proven by something else, shared, or nobody's yet."""

import pytest

from omnichannel.identity import Candidate, Holder, Identity, Reason, Sighting, Trust, Verdict, decide

pytestmark = pytest.mark.unit

VISITOR = Identity("web_visitor", "site", "v1", "v1")
PHONE = Identity("phone", "", "+84912345678", "0912345678")
ZALO = Identity("zalo_uid", "oa", "77", "77")
LAN, HUNG = Candidate(1), Candidate(2)


def had(
    identity: Identity, trust: Trust, *who: Candidate, as_: Trust = Trust.OBSERVED, shared: bool = False
) -> Sighting:
    return Sighting(identity, trust, [Holder(one, as_) for one in who], shared)


def test_what_it_came_by_decides_whatever_its_trust() -> None:
    made = decide([had(VISITOR, Trust.CLAIMED, LAN)])
    assert (made.verdict, made.contact) == (Verdict.KNOWN, 1)


def test_nobody_known_is_somebody_new_with_all_that_is_proven() -> None:
    made = decide([had(ZALO, Trust.ATTESTED), had(PHONE, Trust.ATTESTED)])
    assert (made.verdict, made.contact, made.attach) == (Verdict.NEW, None, (1,))


def test_a_typed_phone_number_never_leads_to_its_owner() -> None:
    made = decide([had(VISITOR, Trust.CLAIMED), had(PHONE, Trust.CLAIMED, LAN)])
    assert made.verdict is Verdict.NEW
    assert made.suggest == ((1, Reason.CLAIMED),)
    assert not made.attach
    assert not made.merge


@pytest.mark.parametrize(
    ("trust", "verdict"),
    [
        (Trust.OBSERVED, Verdict.NEW),
        (Trust.ATTESTED, Verdict.ATTACH),
        (Trust.PROVEN, Verdict.ATTACH),
        (Trust.AGENT, Verdict.ATTACH),
    ],
)
def test_a_further_identity_leads_to_its_owner_from_attested_on(trust: Trust, verdict: Verdict) -> None:
    assert decide([had(ZALO, Trust.ATTESTED), had(PHONE, trust, LAN)]).verdict is verdict


def test_what_was_only_claimed_there_proves_nothing_here() -> None:
    made = decide([had(ZALO, Trust.ATTESTED), had(PHONE, Trust.ATTESTED, LAN, as_=Trust.CLAIMED)])
    assert (made.verdict, made.suggest) == (Verdict.NEW, ((1, Reason.CLAIMED_THERE),))


def test_two_contacts_proven_to_be_one_become_one() -> None:
    made = decide([had(ZALO, Trust.ATTESTED, LAN), had(PHONE, Trust.ATTESTED, HUNG)])
    assert (made.verdict, made.contact, made.merge) == (Verdict.KNOWN, 1, ((1, 2),))


def test_different_customer_numbers_are_never_merged_by_themselves() -> None:
    lan, hung = Candidate(1, "K1"), Candidate(2, "K2")
    made = decide([had(ZALO, Trust.ATTESTED, lan), had(PHONE, Trust.PROVEN, hung)])
    assert (made.merge, made.suggest) == ((), ((1, Reason.CUSTOMER_NO),))


def test_different_ids_in_one_outside_system_are_never_merged_by_themselves() -> None:
    lan = Candidate(1, None, frozenset({("shop", "1"), ("till", "9")}))
    hung = Candidate(2, None, frozenset({("shop", "2")}))
    made = decide([had(ZALO, Trust.ATTESTED, lan), had(PHONE, Trust.PROVEN, hung)])
    assert (made.merge, made.suggest) == ((), ((1, Reason.EXTERNAL_ID),))


def test_a_shared_phone_goes_to_the_last_seen_and_an_agent_chooses() -> None:
    made = decide([had(PHONE, Trust.OBSERVED, HUNG, LAN, shared=True)])
    assert (made.verdict, made.contact, made.choices) == (Verdict.CHOOSE, 2, (2, 1))


def test_a_shared_phone_proves_nothing_about_who_has_it() -> None:
    made = decide([had(ZALO, Trust.ATTESTED), had(PHONE, Trust.ATTESTED, HUNG, LAN, shared=True)])
    assert (made.verdict, made.suggest) == (Verdict.NEW, ((1, Reason.SHARED),))
