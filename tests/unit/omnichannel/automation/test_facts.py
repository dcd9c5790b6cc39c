"""What other systems say of a caller, as a flow may ask for it."""

import pytest

from omnichannel.customers.shape import fact_name, facts_of, read_panel

pytestmark = pytest.mark.unit


def test_rows_become_facts_by_their_labels_and_numbers_are_numbers() -> None:
    body = (
        '{"rows": [{"label": "Đơn hàng", "value": 3}, {"label": "Debt (VND)", "value": "1200.50"}, '
        '{"label": "Customer no.", "value": "00417"}, {"label": "Level", "value": "gold"}, '
        '{"label": "2nd phone", "value": "+84901234567"}, {"label": "—", "value": "x"}]}'
    )
    panel = read_panel(body.encode(), "ERP")
    assert panel is not None
    later = {"rows": [{"label": "level", "value": "silver"}]}
    assert facts_of([panel, later]) == {
        "don_hang": 3, "debt_vnd": 1200.5, "customer_no": "00417", "level": "gold", "n_2nd_phone": "+84901234567",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "name"), [("  Số dư  ", "so_du"), ("VIP?", "vip"), ("***", ""), ("a-b_c", "a_b_c")]
)
def test_a_label_becomes_a_name_that_an_expression_can_hold(label: str, name: str) -> None:
    assert fact_name(label) == name
