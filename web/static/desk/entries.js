// @ts-check
/** One row of the timeline, one component per kind. */
import { clockTime, dayTime, fullTime, languageName, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { hasText, named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { LEADS } from "../shared/places.js";
import { useSignal } from "../vendor/signals.js";
import { CarrierDetails } from "./carrier.js";
import { OwnEvaluations } from "./evaluation.js";
import { Files } from "./files.js";
import { MailBody } from "./mail.js";
import { Path } from "./path.js";
import { RecordingPlayer } from "./player.js";
import { me, queueTitle } from "./store.js";
import { again } from "./work.js";
import { Words } from "./words.js";
import { codeTitle } from "./wrap_up.js";

/** @typedef {import("../shared/types.js").Entry} Entry */
/** @typedef {{ entry: Entry, isLast?: boolean }} EntryProps */

const LONG_CHARS = 420;
const GOOD = new Set(["served", "self_served", "voicemail", "transferred"]);

/** @param {EntryProps} props */
export function EntryRow({ entry, isLast }) {
  if (entry.kind === "call") return h(CallEntry, { entry, isLast });
  if (entry.kind === "note") return h(NoteEntry, { entry });
  if (entry.kind === "email" || entry.channel === "email") return h(EmailEntry, { entry });
  if (entry.kind === "message") return h(MessageEntry, { entry });
  return h(EventEntry, { entry });
}

/** @param {{ at: string }} props */
function Time({ at }) {
  return html`<time datetime=${at} title=${fullTime(at)}>${clockTime(at)}</time>`;
}

/** @param {Entry} entry */
function who(entry) {
  if (entry.actor.name) return entry.actor.name;
  return entry.actor.kind === "customer" ? t("actor.customer") : named("actor", entry.actor.kind);
}

/** @param {EntryProps} props */
function CallEntry({ entry, isLast }) {
  const facts = entry.call ?? {};
  const isOut = facts.direction === "outbound";
  const recordings = facts.recordings ?? [];
  return html`<article class="entry card call" aria-label=${t("entry.call")}>
    <header class="card-head">
      <span class="card-icon card-icon-call">${h(Icon, { name: isOut ? "phone-out" : "phone-in", size: 18 })}</span>
      <h3>${isOut ? t("entry.call_out") : t("entry.call_in")}</h3>
      ${h(Outcome, { facts })}
      ${h(Time, { at: entry.at })}
    </header>
    ${h(CallFacts, { facts })}
    ${h(Looks, { facts })}
    ${h(Path, { path: facts.path })}
    ${facts.ended_at && facts.id && h(CarrierDetails, { call: facts.id })}
    ${recordings.map((id) => h(RecordingPlayer, { key: id, recording: id, openAtOnce: isLast }))}
  </article>`;
}

/** How the call was routed and served: supervisors look at the wallboard, agents at what they were given. @param {{ facts: import("../shared/types.js").CallFacts }} props */
function Looks({ facts }) {
  const isServed = facts.agent && facts.ended_at;
  if (!LEADS.includes(me.value?.role ?? "")) return isServed && facts.id ? h(OwnEvaluations, { call: facts.id }) : null;
  if (!facts.queue && !isServed) return null;
  return html`<p class="looks">
    ${facts.queue && html`<a href=${`/wallboard#call-${facts.id}`} target="_blank" rel="noopener" title=${t("entry.call_why")}>${t("wall.why")}</a>`}
    ${isServed && html`<a href=${`/wallboard#evaluate-${facts.id}`} target="_blank" rel="noopener" title=${t("quality.evaluate.hint")}>${t("quality.evaluate")}</a>`}
  </p>`;
}

/** @param {{ facts: import("../shared/types.js").CallFacts }} props */
function Outcome({ facts }) {
  const result = facts.outcome?.result;
  if (!result) return facts.ended_at ? null : html`<span class="chip chip-live"><span class="dot"></span>${t("entry.call_now")}</span>`;
  return html`<span class=${`chip ${GOOD.has(result) ? "chip-good" : "chip-bad"}`} title=${reasonText(facts)}>${t(`result.${result}`)}</span>`;
}

/** Only reasons people have words for. @param {import("../shared/types.js").CallFacts} facts */
function reasonText(facts) {
  const key = `reason.${facts.outcome?.reason}`;
  return hasText(key) ? t(key) : undefined;
}

/** @param {{ facts: import("../shared/types.js").CallFacts }} props */
function CallFacts({ facts }) {
  const rows = [
    ["fact.queue", facts.queue_title ?? queueTitle(facts.queue)],
    ["fact.wait", facts.wait_s == null ? null : span(facts.wait_s)],
    ["fact.answered_by", facts.agent_name],
    ["fact.talk", facts.talk_s == null ? null : span(facts.talk_s)],
    ["fact.language", languageName(facts.language)],
    ["fact.wrap_up", facts.wrap_up && codeTitle(facts.wrap_up)],
  ].filter(([, value]) => value);
  if (!rows.length) return null;
  return html`<dl class="facts">
    ${rows.map(([key, value]) => html`<div key=${key}><dt>${t(/** @type {string} */ (key))}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** @param {EntryProps} props */
function MessageEntry({ entry }) {
  const side = entry.direction === "out" ? "out" : "in";
  return html`<article class=${`entry bubble bubble-${side}`} aria-label=${t("entry.message")}>
    <header><b>${who(entry)}</b><span class="channel">${h(Icon, { name: "chat", size: 13 })}${named("channel", entry.channel)}</span>${h(Time, { at: entry.at })}</header>
    ${h(Body, { text: entry.text ?? (entry.attachments?.length ? "" : entry.preview) })}
    ${h(Files, { files: entry.attachments })}
    ${h(Cost, { entry })}
    ${h(Fate, { entry })}
  </article>`;
}

/** What its provider counted and charged. @param {EntryProps} props */
function Cost({ entry }) {
  const { segments, price, price_unit: unit } = entry.meta ?? {};
  const words = [segments > 1 ? t("entry.segments", { count: segments }) : null, price ? t("call.carrier.price", { price: `${price} ${unit}` }) : null];
  const known = words.filter((word) => word !== null);
  return known.length ? html`<p class="fate">${known.join(" · ")}</p>` : null;
}

/** What became of a message of ours. @param {EntryProps} props */
function Fate({ entry }) {
  if (entry.direction !== "out" || !entry.status || entry.status === "received") return null;
  const hasFailed = entry.status === "failed";
  return html`<p class=${`fate ${hasFailed ? "fate-failed" : ""}`}>
    <span title=${entry.delivery?.detail ?? undefined}>${named("delivery", entry.status)}${hasFailed && entry.delivery?.detail ? `: ${entry.delivery.detail}` : ""}</span>
    ${(hasFailed || entry.status === "cancelled") && html`<button class="link-button" onClick=${() => again(entry.id, "retry")}>${t("delivery.again")}</button>`}
    ${entry.status === "queued" && html`<button class="link-button" onClick=${() => again(entry.id, "cancel")}>${t("delivery.hold")}</button>`}
  </p>`;
}

/** @param {EntryProps} props */
function EmailEntry({ entry }) {
  return html`<article class=${`entry card email email-${entry.direction}`} aria-label=${t("entry.email")}>
    <header class="card-head">
      <span class="card-icon">${h(Icon, { name: "mail", size: 18 })}</span>
      <h3>${entry.subject ?? t(entry.direction === "out" ? "entry.email" : "entry.no_subject")}</h3>
      <span class="card-who">${who(entry)}</span>
      ${h(Time, { at: entry.at })}
    </header>
    ${h(MailBody, { entry })}
    ${h(Files, { files: entry.attachments })}
    ${h(Fate, { entry })}
  </article>`;
}

/** @param {EntryProps} props */
function NoteEntry({ entry }) {
  return html`<article class="entry card note-entry" aria-label=${t("entry.note")}>
    <header class="card-head">
      <span class="card-icon">${h(Icon, { name: "note", size: 18 })}</span>
      <h3>${t("entry.note_by", { who: who(entry) })}</h3>
      ${h(Time, { at: entry.at })}
    </header>
    ${h(Body, { text: entry.text ?? entry.preview })}
  </article>`;
}

/** @param {EntryProps} props */
function EventEntry({ entry }) {
  return html`<p class="entry event">${h(Icon, { name: "event", size: 14 })}<span>${eventText(entry)}</span>${h(Time, { at: entry.at })}</p>`;
}

/** What happened to a case in the page's language; anything else as the server put it. @param {Entry} entry */
function eventText(entry) {
  const meta = entry.meta ?? {};
  const key = `event.${meta.event}`;
  if (!hasText(key)) return entry.preview ?? entry.text;
  const queue = queueTitle(meta.queue) || t("event.no_queue");
  const name = meta.name ?? t("case.nobody");
  return t(key, { case: meta.case ?? "", subject: meta.subject ?? "", queue, name, until: meta.until ? dayTime(meta.until) : "", who: who(entry) });
}

/** @param {{ text: string | null }} props */
function Body({ text }) {
  const isOpen = useSignal(false);
  const whole = text ?? "";
  if (whole.length <= LONG_CHARS) return html`<p class="body">${h(Words, { text: whole })}</p>`;
  return html`<div>
    <p class="body">${h(Words, { text: isOpen.value ? whole : `${whole.slice(0, LONG_CHARS).trimEnd()}…` })}</p>
    <button class="link-button" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
      ${isOpen.value ? t("body.less") : t("body.more")}
    </button>
  </div>`;
}
