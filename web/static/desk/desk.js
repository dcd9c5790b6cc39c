// @ts-check
/** The agent's desk: header, the team at the left, the thread in the middle, the customer at the right. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { phone } from "../shared/format.js";
import { useSignalEffect } from "../vendor/signals.js";
import { useEffect } from "../vendor/hooks.js";
import { command, setState } from "./actions.js";
import { Chooser, isChoosing } from "./chooser.js";
import { write } from "./compose.js";
import { control, endConsult, goesOn, isMine, park, pauseOrResume } from "./controls.js";
import { CustomerPanel, beginCase } from "./customer.js";
import { watchDrops } from "./dropping.js";
import { Header } from "./header.js";
import { enterInbox } from "./inbox.js";
import { OfferCard } from "./offer.js";
import { PartyBand } from "./party_band.js";
import { ringing } from "./phone.js";
import { LineTrouble, PHONE_KEYS, decline, isRinging, typed } from "./phone_controls.js";
import { Rail } from "./rail.js";
import { Strip } from "./strip.js";
import { Thread } from "./thread.js";
import { call, customer, offer, presence } from "./store.js";
import { openCodes } from "./wrap_up.js";

export function Desk() {
  useSignalEffect(titleThePage);
  useEffect(() => {
    document.addEventListener("keydown", obeyKey);
    const unwatch = watchDrops();
    return () => {
      document.removeEventListener("keydown", obeyKey);
      unwatch();
    };
  }, []);
  return html`<div class="desk">
    ${h(Header, {})}
    <div class="desk-body">
      ${h(Rail, {})}
      <main class="centre" aria-label=${t("thread.label")}>
        ${h(Strip, {})}<div>${h(LineTrouble, {})}${h(PartyBand, {})}</div>
        ${customer.value ? h(Thread, { key: customer.value.contact.thread }) : h(NobodyOpen, {})}
      </main>
      ${h(CustomerPanel, {})}
      ${offer.value && h(OfferCard, { offer: offer.value })}
      ${isChoosing.value && call.value && h(Chooser, {})}
    </div>
  </div>`;
}

/** The keys of the page, in the order they are told. */
const KEY_NAMES = [
  ["/", "search"], ["I", "inbox"], ["R", "ready"], ["A", "answer"], ["X", "hang_up"], ["H", "hold"], ["U", "mute"], ["K", "keypad"], ["T", "transfer"],
  ["Y", "hand_over"], ["B", "back"], ["J", "join"], ["P", "park"], ["O", "recording"], ["W", "wrap_up"], ["M", "reply"], ["N", "note"], ["C", "case"],
];

function NobodyOpen() {
  return html`<div class="nobody">
    <div class="nobody-art" aria-hidden="true"></div>
    <h2>${t("nobody.title")}</h2>
    <p>${t("nobody.hint")}</p>
    <p class="keys">${KEY_NAMES.map(([key, name]) => html`<span key=${key}><kbd>${key}</kbd> ${t(`keys.${name}`)}</span>`)}</p>
  </div>`;
}

function titleThePage() {
  const [offered, inside] = [offer.value?.pop, ringing.value];
  const who = offered ? (offered.contact?.name ?? phone(offered.call.from)) : inside && (inside.name ?? phone(inside.from));
  document.title = who ? t("title.ringing", { who }) : call.value ? t("title.talking") : "Threadline";
}

/** @type {Record<string, () => void>} */
const KEYS = {
  ...PHONE_KEYS,
  x: () => {
    if (isMine.value) void command("hangup");
    else if (call.value) void control("leave");
    else if (isRinging()) void decline("");
  },
  "/": () => focus("search"),
  i: () => void enterInbox(),
  n: () => write("note"),
  m: () => write("reply"),
  c: beginCase,
  r: () => {
    if (!call.value && ["away", "missed", "wrap_up", "logged_out"].includes(presence.value?.state ?? "")) void setState("ready");
  },
  t: () => (isChoosing.value = goesOn.value),
  y: () => void endConsult("complete"),
  j: () => void endConsult("join"),
  b: () => void endConsult("back"),
  p: () => goesOn.value && void park(),
  o: () => isMine.value && void pauseOrResume(),
  l: () => void control("leave"),
  w: openCodes,
  h: () => {
    if (isMine.value && call.value) void command(call.value.heldSince ? "resume" : "hold");
  },
};

/** @param {KeyboardEvent} event */
function obeyKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select")) return;
  if (typed(event.key)) return;
  const action = KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

/** @param {string} id */
function focus(id) {
  document.getElementById(id)?.focus();
}
