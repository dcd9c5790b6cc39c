// @ts-check
/** For the screen on the wall: large, without a control, everything in one view. Escape goes back. */
import { clockTime, percent, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { connection } from "../shared/live.js";
import { useEffect } from "../vendor/hooks.js";
import { count } from "./figures.js";
import { board, longestWait, now } from "./floor.js";
import { WholeCrew, waitingIn } from "./queues.js";

/** @typedef {import("./types.js").Queue} Queue */

const MOST = 12;

export function Screen() {
  useEffect(() => {
    const leave = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") location.hash = "live";
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const told = board.value;
  if (!told) return html`<main class="screen" id="main"></main>`;
  const shown = worst(told.queues).slice(0, MOST);
  const { totals } = told;
  return html`<main class="screen" id="main">
    <header class="screen-head">
      <h1>${t("wall.title")}</h1>
      <dl class="screen-sums">
        <div><dt>${t("wall.waiting")}</dt><dd>${count(waitingIn(told.queues))}</dd></div>
        <div><dt>${t("wall.level")}</dt><dd>${percent(totals.service_level.of_patient)}</dd></div>
        <div><dt>${t("wall.abandoned")}</dt><dd>${count(totals.abandoned)}</dd></div>
        <div><dt>${t("wall.occupancy")}</dt><dd>${percent(totals.occupancy)}</dd></div>
      </dl>
      <time class="screen-clock number">${clockTime(new Date(now.value).toISOString())}</time>
    </header>
    ${connection.value === "offline" && html`<p class="screen-offline" role="alert">${t("wall.offline")}</p>`}
    <div class=${`screen-grid screen-of-${room(shown.length)}`}>${shown.map((queue) => h(Large, { key: queue.id, queue }))}</div>
    <footer class="screen-foot">
      ${h(WholeCrew, {})}
      ${told.queues.length > MOST && html`<span>${t("wall.more_queues", { n: told.queues.length - MOST })}</span>`}
    </footer>
  </main>`;
}

/** Those that need somebody first, where not all have room; else in their order. @param {Queue[]} queues */
function worst(queues) {
  if (queues.length <= MOST) return queues;
  return [...queues].sort((a, b) => (b.longest_wait_s ?? 0) / b.target_s - (a.longest_wait_s ?? 0) / a.target_s);
}

/** The smallest grid that takes so many. @param {number} number */
function room(number) {
  return [1, 2, 3, 4, 6, 8, 9, 12].find((places) => places >= number) ?? MOST;
}

/** @param {{ queue: Queue, key?: string }} props */
function Large({ queue }) {
  const longest = longestWait(queue);
  const isLate = longest !== null && longest > queue.target_s;
  return html`<section class=${`large ${isLate ? "large-late" : ""}`} aria-label=${queue.title}>
    <h2>${queue.title}</h2>
    <dl>
      <div class="large-main"><dt>${t("wall.waiting")}</dt><dd class="number">${count(queue.waiting + queue.offered)}</dd></div>
      <div class="large-main"><dt>${t("wall.longest")}</dt><dd class="number">${longest === null ? "–" : span(longest)}</dd></div>
      <div><dt>${t("wall.level")}</dt><dd class="number">${percent(queue.figures.service_level.of_patient)}</dd></div>
      <div><dt>${t("wall.abandoned")}</dt><dd class="number">${count(queue.figures.abandoned)}</dd></div>
      <div><dt>${t("wall.free")}</dt><dd class="number">${count(queue.ready)}</dd></div>
      <div><dt>${t("wall.talking")}</dt><dd class="number">${count(queue.talking)}</dd></div>
    </dl>
  </section>`;
}
