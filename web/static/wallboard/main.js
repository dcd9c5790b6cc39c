// @ts-check
/** The supervisors' page: the floor as it is, the same for the screen on the wall, calls to hear and evaluate, and what a day would bring. */
import { announce, hearPhone, startPhone } from "../desk/phone.js";
import { hearLine, hearStanding } from "../shared/captions.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { connection } from "../shared/live.js";
import { LEADS } from "../shared/places.js";
import { begin, enter, me } from "../shared/session.js";
import { Shell } from "../shared/shell.js";
import { Refusal, SignIn } from "../shared/sign_in.js";
import { Toasts } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Agents } from "./agents.js";
import { Dialogs } from "./dialogs.js";
import { asked, board, watchFloor } from "./floor.js";
import { Quality } from "./quality.js";
import { Queues, Sums, WholeCrew } from "./queues.js";
import { Screen } from "./screen.js";
import { Listening } from "./listening.js";
import { HEARD, comeBack } from "./supervise.js";
import { Waiting } from "./waiting.js";
import { WhatIf } from "./what_if.js";

/** Under way while the board is read: its player brings much of the desk with it. */
const evaluate = import("./evaluate.js");

/** @type {import("../vendor/signals.js").Signal<typeof import("./evaluate.js").EvaluateDrawer | null>} */
const drawer = signal(null);
void evaluate.then(({ EvaluateDrawer }) => (drawer.value = EvaluateDrawer));

/** The views with a head of their own, and what it says. */
const VIEWS = { live: "wall.title", "what-if": "wall.what_if", quality: "quality.title" };

const part = signal(location.hash.slice(1));
addEventListener("hashchange", () => (part.value = location.hash.slice(1)));

function Page() {
  const self = me.value;
  if (!self) return html`${h(SignIn, { title: t("wall.title"), onSession: enter })}${h(Toasts, {})}`;
  return LEADS.includes(self.role) ? h(Floor, {}) : h(Refusal, { title: t("wall.refused"), why: t("wall.refused.why") });
}

/** Once what this page needs as a phone is known. @type {Promise<unknown>} */
let phone = Promise.resolve();

/** @param {import("../shared/types.js").LiveMessage} message */
function hear({ type, data }) {
  HEARD[type]?.(data);
  if (type === "hello" || type === "reset") void phone.then(comeBack);
  if (type === "call.caption") hearLine(data);
  if (type === "call.captions") hearStanding(data);
  if (type === "hello") announce();
  else hearPhone(type, data);
}

function Floor() {
  useEffect(() => void (phone = startPhone(watchFloor(hear), { isOnlyLent: true })), []);
  const [, kind, contact] = /^(case|call)-([\da-f-]+)$/.exec(part.value) ?? [];
  useEffect(() => {
    if (kind && contact) asked.value = { kind: "why", contact, label: kind === "case" ? `#${contact}` : t("wall.kind.call") };
  }, [contact]);
  if (part.value === "screen") return h(Screen, {});
  const [, evaluated] = /^evaluate-([\da-f-]+)$/.exec(part.value) ?? [];
  const view = evaluated ? "quality" : Object.hasOwn(VIEWS, part.value) ? /** @type {keyof typeof VIEWS} */ (part.value) : "live";
  return h(
    Shell,
    { here: "wallboard" },
    html`<div class="wall-room">
      <div class="wall-scroll">
        <div class="wall">
          <div class="wall-head">
            <h1>${t(VIEWS[view])}</h1>
            ${connection.value === "offline" && html`<p class="bar bar-bad" role="alert">${t("wall.offline")}</p>`}
            <nav class="wall-parts" aria-label=${t("wall.views")}>
              ${h(ViewLink, { view: "live", now: view, label: t("wall.live") })}
              ${h(ViewLink, { view: "quality", now: view, label: t("quality.title") })}
              ${h(ViewLink, { view: "what-if", now: view, label: t("wall.what_if") })}
              <a href="#screen" class="button" onClick=${fill} title=${t("wall.screen.hint")}>${t("wall.screen")}</a>
            </nav>
          </div>
          ${view === "what-if" && h(WhatIf, {})}
          ${view === "quality" && h(Quality, {})}
          ${view === "live" && board.value && h(Now, {})}
        </div>
      </div>
      ${h(Listening, {})}
    </div>
    ${h(Dialogs, {})}
    ${evaluated && drawer.value && h(drawer.value, { key: evaluated, call: evaluated, onClose: () => (location.hash = "quality") })}`,
  );
}

/** @param {{ view: string, now: string, label: string }} props */
function ViewLink({ view, now, label }) {
  return html`<a href=${`#${view}`} class="button" aria-current=${view === now ? "page" : undefined}>${label}</a>`;
}

function Now() {
  return html`
    ${h(Sums, {})}
    <section aria-label=${t("wall.queues")} class="queues"><h2 class="unseen">${t("wall.queues")}</h2>${h(Queues, {})}</section>
    ${h(Waiting, {})}
    <div class="whole">${h(WholeCrew, {})}</div>
    ${h(Agents, {})}
  `;
}

/** The whole display, where the browser lets us. */
function fill() {
  document.documentElement.requestFullscreen?.().catch(() => undefined);
}

await begin("wall.page", Page);
