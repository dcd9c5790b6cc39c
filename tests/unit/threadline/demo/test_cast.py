"""The people of the demo fit the hotline they call."""

from datetime import date
from pathlib import Path

import pytest

from ivr_flows.check import Catalogue, check
from ivr_flows.cli_text import tried_text
from ivr_flows.parse import parse_flow
from telephony.dialler.plan import KEYS
from threadline.demo.banner import banner
from threadline.demo.cast import (
    AN,
    BINH,
    CALENDAR,
    CUSTOMERS,
    EMPLOYEES,
    FLOW,
    HABITS,
    HOTLINE,
    LAN,
    LINES,
    NIGHT,
    QUEUES,
)
from threadline.demo.passwords import keep_passwords
from threadline.demo.seed import SHIPPED
from threadline.demo.services import answer
from threadline.kernel.phone import to_e164

pytestmark = pytest.mark.unit


def test_a_customers_account_is_his_number_as_it_is_dialled_at_home() -> None:
    for customer in CUSTOMERS:
        assert to_e164(customer.account, "VN") == customer.phone


@pytest.mark.parametrize("flow", [FLOW, *(line.flow for line in LINES)])
def test_the_shipped_flows_pass_with_what_the_demo_has(flow: str) -> None:
    skills = frozenset(skill for one in EMPLOYEES for skill in one.skills)
    queues = frozenset(QUEUES)
    catalogue = Catalogue(
        queues=queues,
        calendars=frozenset({CALENDAR, NIGHT}),
        boxes=queues,
        musics=frozenset({"moh_soft", "typing"}),
        skills=skills,
    )
    text = (SHIPPED / f"{flow}.yaml").read_text("utf-8")
    assert check(parse_flow(text, flow), catalogue) == []
    traces, found = tried_text(text, flow)
    assert [trace.failures for trace in traces if trace.failures] == []
    assert found.percent == 100


def test_every_flow_that_is_shipped_has_a_number_in_the_demo() -> None:
    assert {path.stem for path in SHIPPED.glob("*.yaml")} == {FLOW, *(line.flow for line in LINES)}
    assert len({HOTLINE, *(line.number for line in LINES)}) == len(LINES) + 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/orders/orders/482913", 200), ("/orders/orders/1", 404), ("/parcels/parcels/0333", 200),
     ("/parcels/parcels/9", 404), ("/clinic/slots", 200), ("/clinic/appointments", 404), ("/", 404)],
)  # fmt: skip
def test_the_demos_services_answer_what_the_flows_ask(path: str, status: int) -> None:
    assert answer("GET", path, date(2026, 3, 10))[0] == status


def test_an_is_the_first_choice_for_support_in_english_and_binh_never_is() -> None:
    assert AN.skills["support"] >= 4
    assert AN.skills["lang:en-US"] >= 4
    assert "support" not in BINH.skills


def test_habits_are_keys_a_phone_has_and_lan_leaves_her_phone_to_the_newcomer() -> None:
    assert all(set(habit.keys) <= set(KEYS) for habit in HABITS)
    assert LAN not in [habit.customer for habit in HABITS]


def test_passwords_are_made_once_and_are_nobody_elses(tmp_path: Path) -> None:
    first = keep_passwords(tmp_path / "data", ["login:an", "phone:101"])
    assert keep_passwords(tmp_path / "data", ["login:an", "phone:101"]) == first
    assert keep_passwords(tmp_path / "data", ["login:an", "phone:102"])["login:an"] == first["login:an"]
    assert len(set(first.values())) == 2
    (file,) = (tmp_path / "data").iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_the_banner_says_where_who_and_what_to_call() -> None:
    names = [f"login:{one.login}" for one in EMPLOYEES] + [f"phone:{AN.extension}", f"phone:{LAN.account}"]
    passwords = {name: f"secret-of-{name}" for name in names}
    text = banner(web="http://127.0.0.1:8080/", sip="127.0.0.1:5060", passwords=passwords, quiet=True)
    for part in (
        "http://127.0.0.1:8080/",
        "127.0.0.1:5060",
        HOTLINE,
        AN.extension,
        LAN.account,
        *passwords.values(),
    ):
        assert part in text
