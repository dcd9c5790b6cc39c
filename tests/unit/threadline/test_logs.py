"""What a log line may show: fields yes, personal data only on demand."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from threadline.logs import set_up_logging

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _give_the_loggers_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def written(form: str, *, with_pii: bool) -> str:
    out = io.StringIO()
    set_up_logging("info", form, with_pii=with_pii, stream=out)
    log = logging.getLogger("telephony.controller")
    try:
        try:
            raise KeyError("+84901234567")
        except KeyError as exc:
            raise RuntimeError("call from +84901234567 failed") from exc
    except RuntimeError:
        log.exception("call failed", extra={"call": "c1", "pii.caller": "+84901234567", "wait_s": 0.5})
    return out.getvalue()


def test_a_plain_line_has_the_phrase_and_the_fields() -> None:
    line = written("plain", with_pii=False).splitlines()[0]
    assert line.endswith("ERROR telephony.controller: call failed  call=c1 wait_s=0.5")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_number_stays_out_of_fields_and_exception_texts(form: str) -> None:
    text = written(form, with_pii=False)
    assert "+84901234567" not in text
    assert "builtins.KeyError" in text
    assert "builtins.RuntimeError" in text
    assert "test_logs.py" in text


@pytest.mark.parametrize("form", ["plain", "json"])
def test_with_log_pii_everything_is_there(form: str) -> None:
    text = written(form, with_pii=True)
    assert "call from +84901234567 failed" in text
    assert "pii.caller" in text


def test_a_json_line_is_one_object() -> None:
    line = json.loads(written("json", with_pii=False))
    assert (line["level"], line["text"], line["call"], line["wait_s"]) == ("error", "call failed", "c1", 0.5)


def test_a_value_with_spaces_is_quoted() -> None:
    out = io.StringIO()
    set_up_logging("info", "plain", with_pii=False, stream=out)
    logging.getLogger("x").info("left", extra={"reason": "no answer"})
    assert out.getvalue().rstrip().endswith('reason="no answer"')
