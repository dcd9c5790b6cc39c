// @ts-check
/** The left column: finding a customer, whom I had open, the queues and the team. */
import { initials, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { openContact } from "./actions.js";
import { Inbox } from "./inbox.js";
import { Search } from "./search.js";
import { me, openThread, queues, team, visits } from "./store.js";

export function Rail() {
  return html`<nav class="rail" aria-label=${t("rail.label")}>
    ${h(Search, {})}${h(Inbox, {})}${h(Visits, {})}${h(Queues, {})}${h(Team, {})}
  </nav>`;
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
          <span class="muted">${t(`state.${row.state}`)}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}
