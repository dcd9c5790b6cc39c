"""Writing a flow: what the browser finds by itself, completion, help, the form, and the way between text and picture."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from ivr_flows.schema import FILE
from tests.e2e.flows.conftest import Desk, menu
from tests.support.pictures import photograph
from tests.unit.web.test_expressions import TABLE
from threadline.compose import SHIPPED_FLOWS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FOREIGN = Path(__file__).parents[2] / "golden" / "imports" / "clinic.studio.json"
VERDICTS = """async (rows) => {
  const { read } = await import("/static/flows/near/cel.js");
  return rows.map(([source]) => {
    try {
      return ["good", [...read(source).variables.keys()].sort()];
    } catch (error) {
      return [["name", "function", "twice"].includes(error.code) ? error.code : "syntax", []];
    }
  });
}"""
FAULTS = """async ([texts, schema]) => {
  const { nearFaults } = await import("/static/flows/near/check.js");
  return texts.map((text) => nearFaults(text, schema).map((one) => `${one.mark.line}:${one.mark.column} ${one.code}`));
}"""
BROKEN = "steps:\n  main:\n    type: branch\n    cases: [{when: 'vars.gone && contact.vip', next: end}]\n    else: end\n  end: {type: hangup}\n"


async def test_the_browser_judges_every_expression_as_the_server_does(desk: Desk) -> None:
    await desk.sign_in()
    found = await desk.page.evaluate(VERDICTS, TABLE)
    wrong = [
        (row[0], row[1], verdict)
        for row, (verdict, used) in zip(TABLE, found, strict=True)
        if verdict != row[1] or (verdict == "good" and used != (row[2] if len(row) > 2 else []))
    ]
    assert wrong == []


async def test_the_browser_finds_nothing_in_what_the_server_accepts_and_the_place_of_what_it_does_not(
    desk: Desk,
) -> None:
    await desk.sign_in()
    good = [path.read_text("utf-8") for path in sorted(Path(SHIPPED_FLOWS).rglob("*.yaml"))]
    schema: Any = json.loads(FILE.read_text("utf-8"))
    assert await desk.page.evaluate(FAULTS, [good, schema]) == [[] for _ in good]
    base = menu("places")
    bad = {
        base.replace('"3":', "3:"): ["15:15 key"],
        base.replace("timeout: 30s", "timeout: soon"): ["14:5 form"],
        base.replace("timeout: 30s", "timout: 30s"): ["14:5 unknown"],
        base.replace("    on_fail: {next: end}\n", ""): ["11:3 missing"],
        base.replace("{type: say,", "{type: sag,"): ["17:10 kind"],
        base.replace("We are fine.", "We are ${vars.how}."): ["9:18 undeclared"],
        base.replace("timeout: 30s", "when: contact.vip = true"): ["14:5 cel.character"],
        base.replace("prompts:", "prompts: [") : ["9:3 unreadable"],
    }  # fmt: skip
    found = await desk.page.evaluate(FAULTS, [list(bad), schema])
    assert found == list(bad.values())


async def test_without_the_server_faults_are_found_where_they_are_and_no_text_is_lost(desk: Desk) -> None:
    name = "alone"
    await desk.server.flows.save(menu(name), "test", "")
    await desk.sign_in(name)
    await expect(desk.step("main")).to_be_visible()
    await desk.page.context.set_offline(True)
    broken = menu(name)[: menu(name).index("steps:")] + BROKEN
    await desk.write(broken)
    await expect(desk.page.locator(".flow-problems")).to_contain_text("The server can't be reached")
    row = desk.page.locator(".flow-error")
    await expect(row).to_have_text(re.compile(r"13:14.*vars.gone is not declared.*add it under vars"))
    await expect(desk.page.locator(".code-error")).to_have_text("when")
    await expect(desk.page.locator(".code-at-error")).to_have_text("13")
    await photograph(desk.page, "flows-alone")
    await desk.page.context.set_offline(False)
    await expect(desk.page.locator(".flow-problems")).not_to_contain_text("can't be reached")
    await expect(desk.text).to_have_value(broken)
    desk.chromium.errors[:] = [one for one in desk.chromium.errors if "ERR_INTERNET_DISCONNECTED" not in one]


async def test_keys_and_names_are_completed_by_the_keyboard_and_explained(desk: Desk) -> None:
    name = "completed"
    await desk.server.flows.save(menu(name), "test", "")
    await desk.sign_in(name)
    await expect(desk.step("main")).to_be_visible()
    await desk.text.focus()
    await desk.page.keyboard.press("Control+End")
    await desk.page.keyboard.type("  last:\ntype: ha")
    choices = desk.page.get_by_role("listbox")
    await expect(choices.get_by_role("option")).to_have_text(re.compile("hangup"))
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("Control+Space")
    await expect(choices.get_by_role("option").first).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await expect(choices).to_be_hidden()
    await desk.page.keyboard.type("next: fi")
    await expect(choices.get_by_role("option")).to_have_text(re.compile("fine"))
    await desk.page.keyboard.press("Tab")
    await expect(desk.text).to_have_value(menu(name) + "  last:\n    type: hangup\n    next: fine")
    await expect(desk.step("last")).to_be_visible()
    box = await desk.text.bounding_box()
    assert box is not None
    await desk.text.evaluate("(area) => (area.scrollTop = 0)")
    await desk.page.mouse.move(box["x"] + 55, box["y"] + 13 * 19 + 9)
    await expect(desk.page.get_by_role("tooltip")).to_contain_text("a duration such as 6s")
    await photograph(desk.page, "flows-help")


async def test_the_form_changes_one_value_and_keeps_the_comment_beside_it(desk: Desk) -> None:
    name = "commented"
    text = menu(name).replace("timeout: 30s", "timeout: 30s  # as the law says")
    await desk.server.flows.save(text, "test", "")
    await desk.sign_in(name)
    await desk.step("main").click()
    await desk.pane.get_by_label("timeout").fill("9s")
    await desk.pane.get_by_label("timeout").press("Tab")
    await expect(desk.text).to_have_value(text.replace("30s  #", "9s  #"))
    await desk.pane.get_by_text("More fields").click()
    await desk.pane.get_by_label("label", exact=True).fill("The menu")
    await desk.pane.get_by_label("label", exact=True).press("Tab")
    await expect(desk.text).to_have_value(re.compile(r"type: menu\n    label: The menu\n"))
    await expect(desk.step("main")).to_contain_text("The menu")


async def test_text_and_picture_lead_to_each_other_by_pointer_and_keyboard(desk: Desk) -> None:
    name = "both_ways"
    await desk.server.flows.save(menu(name), "test", "")
    await desk.sign_in(name)
    await desk.step("fine").focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.text).to_be_focused()
    row = await desk.text.evaluate("(area) => area.value.slice(0, area.selectionStart).split('\\n').length")
    assert menu(name).splitlines()[row - 1].strip().startswith("fine:")
    await desk.page.keyboard.press("ArrowDown")
    await expect(desk.step("to_support")).to_have_attribute("aria-pressed", "true")
    await expect(desk.pane.get_by_role("heading", name="to_support")).to_be_visible()
    await desk.step("end").click()
    await expect(desk.pane.get_by_role("heading", name="end")).to_be_visible()


async def test_a_flow_of_another_system_is_opened_as_a_new_one_with_what_did_not_map(desk: Desk) -> None:
    await desk.sign_in()
    await desk.page.get_by_label("Import …").set_input_files(FOREIGN)
    report = desk.page.get_by_role("region", name="What was taken over")
    await expect(report).to_contain_text("clinic.studio.json Taken over: ")
    await expect(report.get_by_role("listitem").first).to_contain_text(re.compile(r"line \d+, "))
    await expect(desk.text).to_have_value(re.compile("^threadline: 1$", re.MULTILINE))
    await expect(desk.page.locator(".graph-step").nth(3)).to_be_visible()
    await photograph(desk.page, "flows-import")
    await desk.button("Close the report").click()
    await expect(report).to_have_count(0)
