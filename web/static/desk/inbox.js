// @ts-check
/** The cases that wait for somebody: mine, nobody's, asleep, and where colleagues named me. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { openContact } from "./actions.js";
import { counts, openThread } from "./store.js";
import { listCases, listMentions } from "./work.js";

/** @typedef {import("../shared/types.js").CaseCard} CaseCard */

const VIEWS = /** @type {const} */ (["mine", "unassigned", "snoozed", "mentions"]);

export function Inbox() {
  const view = useSignal(/** @type {string | null} */ (null));
  const rows = useSignal(/** @type {{ key: string, contact: string, thread: string, title: string, detail: string, late: boolean }[]} */ ([]));
  if (!counts.value) return null;
  /** @param {string} wanted */
  const show = async (wanted) => {
    view.value = view.value === wanted ? null : wanted;
    if (!view.value) return;
    rows.value = wanted === "mentions" ? (await listMentions()).map(mentionRow) : (await listCases(wanted)).map(caseRow);
  };
  return html`<section class="rail-part">
    <h3>${t("inbox.title")}</h3>
    <ul class="rail-list">
      ${VIEWS.map(
        (one) => html`<li key=${one} class="inbox-view">
          <button class="rail-item" aria-expanded=${view.value === one} onClick=${() => show(one)}>
            <span class="rail-name">${t(`inbox.${one}`)}</span>
            <span class=${`count ${counts.value?.[one] ? "count-some" : ""}`}>${counts.value?.[one] ?? 0}</span>
          </button>
        </li>`,
      )}
    </ul>
    ${view.value &&
    html`<ul class="inbox" aria-label=${t(`inbox.${view.value}`)}>
      ${rows.value.length === 0 && html`<li class="muted">${t("inbox.none")}</li>`}
      ${rows.value.map(
        (row) => html`<li key=${row.key}>
          <button class=${`inbox-row ${row.late ? "inbox-late" : ""}`} aria-current=${row.thread === openThread.value ? "true" : undefined} onClick=${() => openContact(row.contact)}>
            <b>${row.title}</b><span>${row.detail}</span>
          </button>
        </li>`,
      )}
    </ul>`}
  </section>`;
}

/** @param {CaseCard} one */
function caseRow(one) {
  return {
    key: String(one.number),
    contact: one.contact.id,
    thread: one.thread,
    title: one.contact.name ?? t("who.no_name"),
    detail: `#${one.number} ${one.subject ?? t("case.no_subject")}`,
    late: one.overdue,
  };
}

/** @param {import("../shared/types.js").Mention} one */
function mentionRow(one) {
  return {
    key: one.entry,
    contact: one.contact.id,
    thread: one.thread,
    title: one.contact.name ?? t("who.no_name"),
    detail: `${one.by ?? ""}: ${one.preview ?? ""}`,
    late: false,
  };
}
