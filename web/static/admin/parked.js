// @ts-check
/** Deliveries that could not be made into entries: why, as they came, and once more. */
import { api } from "../shared/api.js";
import { bytes } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, named, t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Card, Table, moment } from "./parts.js";

const PAGE = 50;

/** @type {import("../vendor/signals.js").Signal<import("./types.js").Parked[] | null>} */
const events = signal(null);
const hasMore = signal(false);

async function load() {
  await orSay(async () => {
    const page = (await api.get(`/api/inbound/parked?limit=${PAGE}`)).events;
    hasMore.value = page.length === PAGE;
    events.value = page;
  });
}

async function more() {
  const known = events.value ?? [];
  await orSay(async () => {
    const page = (await api.get(`/api/inbound/parked?limit=${PAGE}&before=${known[known.length - 1].id}`)).events;
    hasMore.value = page.length === PAGE;
    events.value = [...known, ...page];
  });
}

/** @param {string} id */
async function replay(id) {
  await orSay(async () => {
    await api.post(`/api/inbound/${id}/replay`);
    say("good", t("admin.parked.replayed"));
  });
  await load();
}

export function ParkedPage() {
  useEffect(() => void load(), []);
  if (!events.value) return null;
  const again = html`<button class="button" onClick=${load}>${t("admin.look_again")}</button>`;
  return h(
    Card,
    { end: again },
    h(Table, {
      none: t("admin.parked.none"),
      heads: [t("admin.parked.received"), t("admin.parked.channel"), t("admin.parked.error"), t("admin.parked.attempts"), t("admin.parked.size"), ""],
      rows: events.value.map((one) => [
        moment(one.received_at),
        html`${one.title || named("channel", one.kind)}<br /><span class="muted">${named("channel", one.kind)}</span>`,
        html`<span class="error-text" translate="no">${one.error ?? ""}</span>`,
        one.attempts.toLocaleString(locale.value),
        bytes(one.bytes),
        html`<span class="row-end">
          <a class="link-button" href=${`/api/inbound/${one.id}/raw`} download=${`delivery-${one.id}`}>${t("admin.parked.raw")}</a>
          <button class="button" onClick=${() => replay(one.id)}>${t("admin.parked.replay")}</button>
        </span>`,
      ]),
    }),
    hasMore.value && html`<button class="button" onClick=${more}>${t("admin.more")}</button>`,
  );
}
