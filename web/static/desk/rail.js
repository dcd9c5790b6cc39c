// @ts-check
/** The left column: finding a customer, the inbox; and while no view of it is open, whom I had open, the queues, the team. */
import { initials, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { openContact } from "./actions.js";
import { parked, pickUp } from "./controls.js";
import { InboxList, InboxViews } from "./inbox.js";
import { view } from "./inbox_rows.js";
import { Search } from "./search.js";
import { call, me, openThread, queues, secondsSince, team, visits } from "./store.js";

export function Rail() {
  return html`<nav class=${`rail ${view.value ? "rail-inbox" : ""}`} aria-label=${t("rail.label")}>
    ${h(Search, {})}${h(Parked, {})}${h(InboxViews, {})}
    ${view.value ? h(InboxList, {}) : html`${h(Visits, {})}${h(Queues, {})}${h(Team, {})}`}
  </nav>`;
}

/** Customers who wait at a slot for whoever takes them. */
function Parked() {
  if (!parked.value.length) return null;
  return html`<section class="rail-part">
    <h3>${t("control.parking")}</h3>
    <ul class="rail-list">
      ${parked.value.map(
        (one) => html`<li key=${one.slot}>
          <b class="number">${one.slot}</b>
          <span class="rail-name">${one.name ?? phone(one.from)}</span>
          <span class="muted number">${span(secondsSince(one.since))}</span>
          <button class="button button-small" disabled=${call.value !== null} onClick=${() => void pickUp(one.slot)}>${t("control.pick_up")}</button>
        </li>`,
      )}
    </ul>
  </section>`;
}

function Visits() {
  return html`<section class="rail-part">
    <h3>${t("rail.recent")}</h3>
    ${visits.value.length === 0 && html`<p class="muted">${t("rail.recent.none")}</p>`}
    ${visits.value.map(
      (visit) => html`<button
        class="rail-item"
        key=${visit.thread}
        aria-current=${visit.thread === openThread.value ? "true" : undefined}
        onClick=${() => openContact(visit.contact)}
      >
        <span class="badge">${initials(visit.name)}</span>
        <span class="rail-name">${visit.name ?? phone(visit.number)}</span>
      </button>`,
    )}
  </section>`;
}

function Queues() {
  return html`<section class="rail-part">
    <h3>${t("rail.queues")}</h3>
    <ul class="rail-list">
      ${queues.value.map(
        (queue) => html`<li key=${queue.id}>
          ${h(Icon, { name: "queue", size: 15 })}
          <span class="rail-name">${queue.title ?? queue.id}</span>
          ${queue.longest_wait_s != null && html`<span class="muted number">${span(queue.longest_wait_s)}</span>`}
          <span class=${`count ${queue.waiting ? "count-some" : ""}`} title=${t("rail.waiting")}>${queue.waiting ?? 0}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

function Team() {
  const others = team.value.filter((row) => row.agent !== me.value?.id);
  return html`<section class="rail-part">
    <h3>${t("rail.team")}</h3>
    <ul class="rail-list">
      ${others.map(
        (row) => html`<li key=${row.agent} title=${row.reason ? named("away", row.reason) : undefined}>
          <span class=${`dot state-${row.state}`}></span>
          <span class="rail-name">${row.name ?? row.login}</span>
          <span class="muted">${row.reason === "calling" ? t("away.calling") : t(`state.${row.state}`)}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}
