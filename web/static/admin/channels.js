// @ts-check
/** Addresses of ours, one card each, and the kinds that can be added. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { sayReturn } from "./connect.js";
import { EndpointCard } from "./endpoint.js";
import { EndpointForm } from "./endpoint_form.js";
import { Card, kindIcon } from "./parts.js";

/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").Endpoint} Endpoint */
/** @typedef {import("./types.js").Queue} Queue */

/** @type {import("../vendor/signals.js").Signal<Channel[]>} */
const channels = signal([]);
/** @type {import("../vendor/signals.js").Signal<Endpoint[] | null>} */
const endpoints = signal(null);
/** @type {import("../vendor/signals.js").Signal<Queue[]>} */
const queues = signal([]);
/** What is being added or changed: a kind, or an endpoint's id. */
const editing = signal("");

async function load() {
  await orSay(async () => {
    const [kinds, ours, rows] = await Promise.all([api.get("/api/channels"), api.get("/api/endpoints"), api.get("/api/queues")]);
    channels.value = kinds.channels;
    queues.value = rows.queues;
    endpoints.value = ours.endpoints;
  });
}

/** @param {Endpoint} saved */
async function keep(saved) {
  editing.value = "";
  say("good", t("admin.saved"));
  await load();
  document.getElementById(`endpoint-${saved.id}`)?.scrollIntoView({ block: "nearest" });
}

export function ChannelsPage() {
  useEffect(() => {
    sayReturn();
    void load();
  }, []);
  const known = endpoints.value;
  if (!known) return null;
  const adding = channels.value.find((one) => one.kind === editing.value);
  return html`
    ${known.length === 0 && !adding && html`<p class="empty">${t("admin.channels.none")}</p>`}
    ${known.map((one) => h(Ours, { key: one.id, endpoint: one }))}
    ${adding ? h(Adding, { channel: adding }) : h(Kinds, {})}
  `;
}

/** @param {{ endpoint: Endpoint, key?: string }} props */
function Ours({ endpoint }) {
  const channel = channels.value.find((one) => one.kind === endpoint.kind);
  if (channel && editing.value === endpoint.id) {
    const title = t("admin.channels.change", { name: endpoint.title || endpoint.address });
    return h(Card, { title }, h(EndpointForm, { channel, endpoint, queues: queues.value, onSaved: keep, onReload: load, onCancel: stop }));
  }
  const queue = queues.value.find((one) => one.id === endpoint.queue);
  return h(EndpointCard, { endpoint, channel, queue: queue?.title ?? endpoint.queue, onChange: () => (editing.value = endpoint.id), onReload: load });
}

/** @param {{ channel: Channel }} props */
function Adding({ channel }) {
  const title = t("admin.channels.new", { name: named("channel", channel.kind) });
  return h(Card, { title, note: named("channel", `${channel.kind}.about`) }, h(EndpointForm, { channel, endpoint: null, queues: queues.value, onSaved: keep, onReload: load, onCancel: stop }));
}

function stop() {
  editing.value = "";
}

function Kinds() {
  return h(
    Card,
    { title: t("admin.channels.add") },
    html`<ul class="kinds">
      ${channels.value.map(
        (one) => html`<li key=${one.kind}><button class="kind" onClick=${() => (editing.value = one.kind)}>
          ${h(Icon, { name: kindIcon(one.kind) })}
          <span><strong>${named("channel", one.kind)}</strong><span class="help">${named("channel", `${one.kind}.about`)}</span></span>
        </button></li>`,
      )}
    </ul>`,
  );
}
