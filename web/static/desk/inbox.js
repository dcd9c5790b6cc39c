// @ts-check
/** The inbox: views of what waits for somebody, the open one as a list, and what can be done with the chosen. */
import { clockTime, dayKey, fullTime, initials, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { VirtualList } from "../shared/virtual.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { openContact } from "./actions.js";
import { BulkBar } from "./bulk.js";
import { VIEWS, at, chooseAll, chooseNone, chooseRange, chosen, fetchAgain, filter, isLoaded, isStale, moveTo, narrow, reach, rows, show, toggle, total, view } from "./inbox_rows.js";
import { counts, openThread, queues, serverNowMs } from "./store.js";

const LIST = "inbox-list";
const ROW_PX = 56;
const STATUSES = ["new", "open", "waiting", "resolved", "closed"];
const MINUTE_MS = 60_000;

/** The views with how many each holds. */
export function InboxViews() {
  if (!counts.value) return null;
  return html`<section class="rail-part">
    <h3>${t("inbox.title")}</h3>
    <ul class=${view.value ? "inbox-views inbox-views-close" : "inbox-views"}>
      ${VIEWS.map(
        (one) => html`<li key=${one}>
          <button class="rail-item" aria-expanded=${view.value === one} onClick=${() => show(view.value === one ? null : one)}>
            <span class="rail-name">${t(`inbox.${one}`)}</span>
            <span class=${`count ${counts.value?.[one] ? "count-some" : ""}`}>${(counts.value?.[one] ?? 0).toLocaleString(locale.value)}</span>
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** Opens the inbox, and gives it the keyboard. */
export async function enterInbox() {
  if (!view.value) await show("mine");
  document.getElementById(LIST)?.focus();
}

/** The open view. */
export function InboxList() {
  useEffect(() => {
    if (isStale.value && at.value === 0 && chosen.value.size === 0) void fetchAgain();
  }, [isStale.value]);
  const name = t(`inbox.${view.value}`);
  return html`<section class="inbox" aria-label=${name}>
    <header class="inbox-head">
      <h3>${name} <span class="muted number">${total.value.toLocaleString(locale.value)}</span></h3>
      ${isStale.value && html`<button class="link-button" onClick=${fetchAgain}>${t("inbox.changed")}</button>`}
      <button class="icon-button" aria-label=${t("inbox.close")} title=${t("inbox.close")} onClick=${() => show(null)}>${h(Icon, { name: "close", size: 16 })}</button>
    </header>
    ${view.value !== "mentions" && h(Filters, {})}
    ${isLoaded.value && total.value === 0
      ? html`<p class="inbox-none">${t("inbox.none")}</p>`
      : h(VirtualList, {
          key: `${view.value} ${JSON.stringify(filter.value)}`,
          id: LIST,
          label: t("inbox.list", { view: name }),
          count: total.value,
          rowPx: ROW_PX,
          at: at.value,
          row: drawn,
          isSelected: (index) => chosen.value.has(rows.value[index]?.number ?? -1),
          onMove: (to, event) => moveTo(to, event.shiftKey),
          onKey: obeyKey,
          onClick: click,
          onSight: (_first, end) => void reach(end),
        })}
    ${chosen.value.size > 0 && h(BulkBar, {})}
  </section>`;
}

/** @param {KeyboardEvent} event @returns {boolean} */
function obeyKey(event) {
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "a") return false;
    void chooseAll();
    return true;
  }
  if (event.key === "x" || event.key === " ") toggle(at.value);
  else if (event.key === "Enter") open(at.value);
  else if (event.key === "Escape" && chosen.value.size) chooseNone();
  else if (event.key === "Escape") void show(null);
  else return false;
  return true;
}

/** @param {number} index @param {MouseEvent} event */
function click(index, event) {
  const isMark = /** @type {HTMLElement} */ (event.target).closest(".inbox-mark");
  if (event.shiftKey) chooseRange(index);
  else if (isMark || event.ctrlKey || event.metaKey) toggle(index);
  else open(index);
  at.value = index;
}

/** @param {number} index */
function open(index) {
  const row = rows.value[index];
  if (row) void openContact(row.contact);
}

/** @param {number} index */
function drawn(index) {
  const row = rows.value[index];
  if (!row) return html`<span class="inbox-waits">${t("timeline.loading")}</span>`;
  const isChosen = row.number !== null && chosen.value.has(row.number);
  return html`<div class=${`inbox-row ${row.late ? "inbox-late" : ""} ${row.thread === openThread.value ? "inbox-open" : ""}`}>
    <span class=${`inbox-mark badge ${isChosen ? "inbox-chosen" : ""}`} aria-hidden="true">${isChosen ? h(Icon, { name: "check", size: 14 }) : initials(row.title)}</span>
    <span class="inbox-text"><b>${row.title}</b><span>${row.detail}</span></span>
    <span class="inbox-end">
      <time datetime=${row.at} title=${fullTime(row.at)}>${when(row.at)}</time>
      ${row.owner !== null && view.value !== "mine" && html`<span class="inbox-owner" title=${row.owner}>${initials(row.owner)}</span>`}
    </span>
  </div>`;
}

/** Today the time, before the day. @param {string} moment */
function when(moment) {
  const today = new Date(Math.floor(serverNowMs.peek() / MINUTE_MS) * MINUTE_MS).toISOString();
  return dayKey(moment) === dayKey(today) ? clockTime(moment) : shortDate(moment);
}

function Filters() {
  const tag = useSignal(filter.value.tag);
  /** @param {Event} event */
  const said = (event) => /** @type {HTMLInputElement} */ (event.target).value;
  return html`<form
    class="inbox-filters"
    onSubmit=${/** @param {Event} event */ (event) => {
      event.preventDefault();
      void narrow({ tag: tag.value.trim() });
    }}
  >
    <select class="input" aria-label=${t("inbox.filter.queue")} value=${filter.value.queue} onChange=${/** @param {Event} event */ (event) => narrow({ queue: said(event) })}>
      <option value="">${t("inbox.filter.any_queue")}</option>
      ${queues.value.map((one) => html`<option key=${one.id} value=${one.id}>${one.title ?? one.id}</option>`)}
    </select>
    <select class="input" aria-label=${t("inbox.filter.status")} value=${filter.value.status} onChange=${/** @param {Event} event */ (event) => narrow({ status: said(event) })}>
      <option value="">${t("inbox.filter.any_status")}</option>
      ${STATUSES.map((one) => html`<option key=${one} value=${one}>${t(`case.status.${one}`)}</option>`)}
    </select>
    <input class="input" maxlength="64" placeholder=${t("inbox.filter.tag")} aria-label=${t("inbox.filter.tag")} value=${tag.value} onInput=${/** @param {Event} event */ (event) => (tag.value = said(event))} onChange=${() => narrow({ tag: tag.value.trim() })} />
  </form>`;
}
