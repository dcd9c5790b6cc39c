"""What the winner of a merge takes goes back when it is undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.contacts.fields import Fields, joined, parted

pytestmark = pytest.mark.unit

words = st.sampled_from(["a", "b", "c"])
people = st.builds(
    Fields,
    kind=st.integers(0, 2),
    name=st.none() | words,
    language=st.none() | words,
    customer_no=st.none() | words,
    attrs=st.fixed_dictionaries(
        {
            "tags": st.lists(words, unique=True),
            "fields": st.dictionaries(words, words),
            "vip": st.booleans(),
        }
    ),
)


@given(people, people)
def test_an_undo_gives_back_exactly_what_was_taken(winner: Fields, loser: Fields) -> None:
    both, taken = joined(winner, loser)
    assert both.name == (winner.name or loser.name)
    assert set(both.attrs["tags"]) >= set(loser.attrs["tags"])  # type: ignore[arg-type]
    assert parted(both, taken) == winner


def test_what_somebody_changed_meanwhile_stays() -> None:
    both, taken = joined(Fields(1), Fields(1, "Lan", attrs={"fields": {"city": "Huế"}}))
    changed = Fields(both.kind, "Lan Nguyễn", attrs={"fields": {"city": "Đà Nẵng"}})
    assert parted(changed, taken) == changed
