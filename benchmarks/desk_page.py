"""The agent's page in Chromium: its first load with nothing cached, and what an event costs on a long thread.

    python -m benchmarks.desk_page --entries 5000 --events 200

The server is the real one with its rooms in memory. An event is news as the live socket brings it, in a page that shows a
long thread and a long inbox: milliseconds from its arrival until the page is laid out anew, until that is painted too, and
the CPU time of the page's thread for all of it, which hardly depends on how busy the machine is with other things. A load
is the time until the last letter of the sign-in is painted, or until the desk of an agent who is signed in has its live
socket; each is made with a fresh window, in which nothing is cached.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp.test_utils import TestServer
from playwright.async_api import Page, StorageState

from benchmarks.machine import machine
from benchmarks.tables import Cell, p50_p99_max, show
from tests.support.chromium import Chromium
from tests.support.web_rooms import RoomsInMemory
from tests.support.web_standins import furnish
from tests.support.web_story import tell_story
from web.app import make_app

LOADED: Final = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true });
})"""
MARKS: Final = ("comes", "laid out", "painted")
WEIGHT: Final = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [all.length, all.reduce((sum, one) => sum + one.transferSize, 0) / 1024];
}"""
EVENTS: Final = """async ([entries, events]) => {
  const part = (name) => import(document.querySelector(`link[href$='/desk/${name}.js']`).href);
  const [store, news, around, inbox] = await Promise.all(["store", "news", "around", "inbox_rows"].map(part));
  const list = document.querySelector(".timeline");
  const thread = store.openThread.value;
  const born = Date.now() - (entries + 2 * events) * 60000;
  const entry = (n, more = {}) => ({ id: String(1e9 + n), thread, kind: "message", channel: "chat", direction: n % 3 ? "in" : "out",
    actor: { kind: "customer", id: null, name: "Lan" }, at: new Date(born + n * 60000).toISOString(), preview: "", subject: null, status: null, call: null,
    text: "A sentence of an ordinary length, as people write them, number " + n + ". ".repeat(n % 40), ...more });
  const hear = (type, data) => news.receive({ type, data }, { lookAgain: around.lookAgain });
  const say = (one) => hear("thread.delta", { thread, entry: one });
  const teller = store.team.value.find((one) => one.agent !== store.me.value.id).agent;
  const kinds = {
    "a message comes, the end is in sight": (n) => say(entry(entries + n)),
    "a message comes, older ones are read": (n) => say(entry(entries + events + n)),
    "a message is delivered, then read": (n) => say(entry((n >> 1) * 111 % entries, { direction: "out", status: n % 2 ? "read" : "delivered" })),
    "the customer types": () => hear("thread.typing", { thread }),
    "a colleague's state changes": (n) => hear("agent.state", { agent: teller, state: n % 2 ? "ready" : "talking" }),
    "the counts of queues and views change": (n) => {
      store.queues.value = store.queues.value.map((one) => ({ ...one, waiting: n }));
      store.counts.value = { ...store.counts.value, mine: inbox.total.value + n };
    },
  };
  const next = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  });
  const measure = async (happen) => {
    for (let n = 0; n < events; n++) {
      await new Promise(requestAnimationFrame);
      performance.mark("comes");
      happen(n);
      await Promise.resolve();
      await new Promise((done) => queueMicrotask(done));
      void list.scrollHeight;
      performance.mark("laid out");
      await next();
      performance.mark("painted");
    }
  };
  store.mergeEntries(Array.from({ length: entries }, (_, n) => entry(n)));
  for (const [kind, happen] of Object.entries(kinds)) {
    list.scrollTop = kind.endsWith("are read") ? list.scrollHeight / 2 : list.scrollHeight;
    await Promise.all(list.getAnimations({ subtree: true }).map((one) => one.finished));
    await new Promise((done) => setTimeout(done, 1000));
    await measure(happen);
  }
  return { kinds: Object.keys(kinds), entries: document.querySelectorAll(".timeline article").length, cases: inbox.rows.value.length };
}"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.desk_page", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--entries", type=int, default=5000)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--loads", type=int, default=10)
    return parser.parse_args()


async def load(chromium: Chromium, url: str) -> tuple[float, Page]:
    """A page of somebody who has yet to sign in, and when its sign-in was painted."""
    page = await chromium.page(url)
    return float(await page.evaluate(LOADED)), page


async def load_desk(chromium: Chromium, url: str, agent: StorageState) -> tuple[float, Page]:
    """The page of an agent who is signed in, and when it was connected."""
    context = await chromium.context()
    await context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": url} for one in agent["cookies"]]
    )
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_text("Connected").wait_for()
    return float(await page.evaluate("performance.now()")), page


async def enter(page: Page) -> None:
    await page.get_by_label("Login").fill("an")
    await page.get_by_label("Password").fill("an")
    await page.keyboard.press("Enter")
    await page.get_by_text("Connected").wait_for()


async def open_inbox(page: Page, cases: int) -> None:
    """All of it fetched, its end in sight."""
    await page.keyboard.press("i")
    await page.get_by_text("#1 Subject 1", exact=True).wait_for()
    await page.keyboard.press("End")
    await page.get_by_text(f"#{cases} Subject {cases}", exact=True).wait_for()


async def open_thread(page: Page) -> None:
    await page.get_by_label("Search everything").fill("+84901234567")
    await page.keyboard.press("Enter")
    await page.get_by_role("log").wait_for()


async def row(name: str, loads: Sequence[tuple[float, Page]]) -> list[Cell]:
    _, page = loads[-1]
    await page.wait_for_load_state("networkidle")
    requests, kilobytes = await page.evaluate(WEIGHT)
    return [name, len(loads), *p50_p99_max([ms for ms, _ in loads]), requests, kilobytes]


async def events(page: Page, options: argparse.Namespace) -> tuple[str, list[list[Cell]]]:
    """What the page showed, and a row for each kind of event."""
    browser = page.context.browser
    assert browser is not None
    await browser.start_tracing(page=page, categories=["blink.user_timing"])
    found = await page.evaluate(EVENTS, [options.entries, options.events])
    marks = moments(await browser.stop_tracing())
    each = len(marks) // len(found["kinds"])
    rows = [event_row(kind, marks[each * n : each * (n + 1)]) for n, kind in enumerate(found["kinds"])]
    return f"{found['entries']} entries beside {found['cases']} cases", rows


def moments(trace: bytes) -> list[tuple[float, float]]:
    """The page's marks in order, milliseconds by the clock and of its main thread's CPU time."""
    marks = [one for one in json.loads(trace)["traceEvents"] if one["name"] in MARKS and "tts" in one]
    return [(one["ts"] / 1000, one["tts"] / 1000) for one in sorted(marks, key=lambda one: one["ts"])]


def event_row(kind: str, marks: Sequence[tuple[float, float]]) -> list[Cell]:
    triples = list(zip(marks[::3], marks[1::3], marks[2::3], strict=True))
    laid_out = [until[0] - begin[0] for begin, until, _ in triples]
    painted = [until[0] - begin[0] for begin, _, until in triples]
    cpu = [until[1] - begin[1] for begin, _, until in triples]
    return [kind, len(triples), *p50_p99_max(laid_out), *p50_p99_max(painted), *p50_p99_max(cpu)]


async def measure(options: argparse.Namespace, folder: Path) -> None:
    house = furnish(folder, datetime.now(UTC))
    tell_story(house)
    rooms = RoomsInMemory(house)
    async with Chromium() as chromium, TestServer(make_app(rooms.services())) as server:
        url = str(server.make_url("/"))
        doors = [await load(chromium, url) for _ in range(options.loads)]
        rows = [await row("sign-in painted", doors)]
        await enter(doors[-1][1])
        agent = await doors[-1][1].context.storage_state()
        await chromium.close_contexts()
        desks = [await load_desk(chromium, url, agent) for _ in range(options.loads)]
        rows.append(await row("desk connected", desks))
        rooms.let_wait(options.cases)
        await open_inbox(desks[-1][1], options.cases)
        await open_thread(desks[-1][1])
        shown, event_rows = await events(desks[-1][1], options)
    show(
        "first load of the page, nothing cached, ms",
        ("until", "loads", "p50", "p99", "max", "requests", "KB"),
        rows,
    )
    show(
        f"an event on a page of {shown}, until laid out, until painted, and the page's CPU time, ms",
        ("event", "events", "p50", "p99", "max", "painted p50", "p99", "max", "CPU p50", "p99", "max"),
        event_rows,
    )


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory(prefix="threadline-desk-") as folder:
        asyncio.run(measure(arguments(), Path(folder)))


if __name__ == "__main__":
    main()
