"""The flow of who is called back is one that could be published."""

import pytest

from telephony.callbacks_flow import GREETING, waiting_flow

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("language", [*GREETING, "ko-KR"])
def test_it_greets_in_a_language_it_has_and_waits_in_the_queue(language: str, record: bool) -> None:
    flow = waiting_flow("support", 3, language, record=record)
    assert [*flow.languages] == [language if language in GREETING else "en-US"]
    assert ("tape" in flow.steps) is record
    assert set(flow.steps) >= {"hello", "to_queue", "end"}
