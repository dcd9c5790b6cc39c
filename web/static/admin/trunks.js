// @ts-check
/** Trunks: where calls come from and go to, whether the carrier answers, and a test that asks it now. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, named, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";
import { bodyOf, flat, specs } from "./trunk_fields.js";

/** @typedef {import("./types.js").Trunk} Trunk */

export function TrunksPage() {
  const { found: trunks, load } = useLoaded(async () => /** @type {Trunk[]} */ ((await api.get("/api/trunks")).trunks));
  const open = useSignal("");
  if (!trunks) return null;
  const known = trunks.find((one) => one.name === open.value) ?? null;
  const again = html`<button class="button" onClick=${load}>${t("admin.look_again")}</button>`;
  return html`
    ${h(Head, { part: "trunks", actions: html`${again}${h(AddButton, { label: t("adm.trunks.add"), onClick: () => (open.value = "*new") })}` })}
    ${trunks.some((one) => !one.is_running) && html`<p class="bar bar-warn" role="status">${t("adm.trunks.restart")}</p>`}
    ${h(/** @type {typeof List<Trunk>} */ (List), {
      rows: trunks,
      none: t("adm.trunks.none"),
      keyOf: (one) => one.name,
      nameOf: (one) => one.name,
      words: (one) => `${one.name} ${one.host ?? ""} ${one.addresses.join(" ")}`,
      onOpen: (one) => (open.value = one.name),
      columns: [
        [t("adm.field.trunk.name"), (one) => html`<strong translate="no">${one.name}</strong>${!one.is_running && pill("warn", t("adm.trunks.waits"))}`],
        [t("adm.field.trunk.host"), (one) => (one.host ? html`<code translate="no">${one.host}:${one.port} ${one.transport}</code>` : html`<span class="muted">${t("adm.trunks.inbound")}</span>`)],
        [t("adm.field.trunk.addresses"), (one) => html`<code translate="no">${one.addresses.join(", ")}</code>`],
        [t("ops.registered"), registered],
        [t("ops.reach"), (one) => one.ways.map(reach)],
      ],
    })}
    ${open.value && h(TrunkForm, { key: open.value, known, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {Trunk} trunk */
function registered({ is_registered }) {
  if (is_registered === null) return "–";
  return is_registered ? pill("good", t("ops.yes")) : pill("bad", t("ops.no"));
}

/** @param {Trunk["ways"][number]} way */
function reach(way) {
  const tone = way.reach === "reachable" ? "good" : way.reach === "unknown" ? "plain" : "bad";
  return pill(tone, `${named("reach", way.reach)}${way.rtt_ms === null ? "" : ` ${Math.round(way.rtt_ms).toLocaleString(locale.value)} ms`}`);
}

/** @param {{ known: Trunk | null, load: () => Promise<Trunk[] | null>, onDone: () => void, key?: string }} props */
function TrunkForm({ known, load, onDone }) {
  const path = known ? `/api/trunks/${encodeURIComponent(known.name)}` : "/api/trunks";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  const fresh = async () => {
    const now = (await load())?.find((one) => one.name === known?.name);
    return now ? flat(now) : null;
  };
  return h(Editor, {
    form: "trunk",
    title: known ? known.name : t("adm.trunks.add"),
    specs: specs(known),
    known: known && flat(known),
    fresh,
    save: async (values, version) => {
      if (known) await api.put(path, bodyOf(values), version);
      else await api.post(path, { name: values.name, ...bodyOf(values) });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.trunks.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
    below: known && h(Test, { path: `${path}/test` }),
  });
}

/** @param {{ path: string }} props */
function Test({ path }) {
  const answer = useSignal(/** @type {{ reach: string, status: number | null, rtt_ms: number | null } | null} */ (null));
  const isBusy = useSignal(false);
  const ask = async () => {
    isBusy.value = true;
    answer.value = (await orSay(() => api.post(path))) ?? null;
    isBusy.value = false;
  };
  const found = answer.value;
  return html`<section class="below"><h3>${t("admin.check")}</h3>
    <div class="act">
      <span>${t("adm.trunks.test.about")}</span>
      <button type="button" class="button" disabled=${isBusy.value} onClick=${ask}>${isBusy.value ? t("admin.check.busy") : t("admin.check")}</button>
    </div>
    ${found &&
    html`<p class=${`bar ${found.reach === "reachable" ? "bar-good" : "bar-bad"}`} role="status">
      ${t(`adm.probe.${found.reach}`, { status: found.status ?? "", ms: Math.round(found.rtt_ms ?? 0).toLocaleString(locale.value) })}
    </p>`}
  </section>`;
}
