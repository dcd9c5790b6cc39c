// @ts-check
/** The left column: finding a customer, whom I had open, the queues and the team. */
import { initials, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { find, openContact } from "./actions.js";
import { displayName } from "./customer.js";
import { me, openThread, queues, team, visits } from "./store.js";

export function Rail() {
  return html`<nav class="rail" aria-label=${t("rail.label")}>
    ${h(Search, {})}${h(Visits, {})}${h(Queues, {})}${h(Team, {})}
  </nav>`;
}

function Search() {
  const found = useSignal(/** @type {import("../shared/types.js").Customer[] | null} */ (null));

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const identity = String(new FormData(form).get("identity")).trim();
    if (!identity) return;
    const people = await find(identity);
    if (people?.length === 1) await openContact(people[0].contact.id);
    found.value = people && people.length !== 1 ? people : null;
  };
  /** @param {string} contact */
  const open = async (contact) => {
    found.value = null;
    await openContact(contact);
  };

  return html`<section class="rail-part">
    <form role="search" class="search" onSubmit=${submit}>
      ${h(Icon, { name: "search", size: 16 })}
      <input
        id="search"
        class="input"
        name="identity"
        type="search"
        autocomplete="off"
        placeholder=${t("search.placeholder")}
        aria-label=${t("search.label")}
        onInput=${() => (found.value = null)}
      />
    </form>
    <div role="status">
      ${found.value?.length === 0 && html`<p class="muted search-none">${t("search.none")}</p>`}
      ${found.value?.map((person) => html`<button class="rail-item" key=${person.contact.id} onClick=${() => open(person.contact.id)}>
        <span class="badge">${initials(person.contact.name)}</span><span class="rail-name">${displayName(person)}</span>
      </button>`)}
    </div>
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
          <span class="muted">${t(`state.${row.state}`)}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}
