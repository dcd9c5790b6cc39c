// @ts-check
/** Below a rule: what keeps it from being switched on, what it would do to the latest entries, what it did. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { pill } from "./list.js";
import { Table, moment } from "./parts.js";

const LOOKED_AT = 20;
const TRIED = ["message_in", "message_out", "call_ended"];

/** @param {{ findings: { where: string, what: string, mend: string }[] }} props */
export function Findings({ findings }) {
  return html`<section class="below"><h3>${t("adm.rules.findings")}</h3>
    <ul class="checks">${findings.map((one) => html`<li key=${one.where} class="check-bad"><span><code translate="no">${one.where}</code> ${one.what} ${one.mend}</span></li>`)}</ul>
  </section>`;
}

/** @param {{ draft: () => Record<string, any> | null, id: string | null }} props */
export function Trial({ draft }) {
  const entries = useSignal(/** @type {import("./types.js").Rehearsed[] | null} */ (null));
  const isBusy = useSignal(false);
  const ask = async () => {
    const rule = draft();
    if (!rule) return;
    isBusy.value = true;
    const found = await orSay(() => api.post("/api/rules/rehearsal", { rule: { ...rule, on: false }, limit: LOOKED_AT }));
    entries.value = found?.entries ?? entries.value;
    isBusy.value = false;
  };
  const when = draft()?.when ?? "message_in";
  const canTry = TRIED.includes(when);
  return html`<section class="below"><h3>${t("adm.rules.try")}</h3>
    <div class="act">
      <span>${t(canTry ? "adm.rules.try.about" : "adm.rules.try.not")}</span>
      <button type="button" class="button" disabled=${isBusy.value || !canTry} onClick=${ask}>${t("adm.rules.try.do")}</button>
    </div>
    ${entries.value &&
    h(Table, {
      none: t("adm.rules.try.none"),
      heads: [t("adm.rules.try.applies"), t("admin.audit.at"), t("adm.rules.try.who"), t("adm.rules.try.words")],
      rows: entries.value.map((one) => [
        one.applies ? pill("good", t("ops.yes")) : pill("plain", t("ops.no")),
        moment(one.at),
        html`${one.contact ?? ""}<br /><span class="muted">${named("channel", one.channel)}</span>`,
        html`<span class="glimpse">${one.words ?? ""}</span>${one.why && html`<br /><span class="muted">${one.why}</span>`}`,
      ]),
    })}
  </section>`;
}

/** @param {{ path: string }} props */
export function Runs({ path }) {
  const runs = useSignal(/** @type {import("./types.js").Run[] | null} */ (null));
  const ask = () => orSay(async () => (runs.value = (await api.get(path)).runs));
  return html`<section class="below"><h3>${t("adm.rules.runs")}</h3>
    ${runs.value === null
      ? html`<button type="button" class="link-button" onClick=${ask}>${t("adm.rules.runs.show")}</button>`
      : h(Table, {
          none: t("adm.rules.runs.none"),
          heads: [t("admin.audit.at"), t("adm.rules.runs.outcome"), t("adm.field.rule.then")],
          rows: runs.value.map((one) => [
            moment(one.at),
            pill(one.outcome === "failed" ? "bad" : "good", t(`adm.outcome.${one.outcome}`)),
            html`<span class="muted">${(one.done ?? []).map((act) => (act.do ? t(`adm.do.${act.do}`) : String(act.error ?? ""))).join(", ")}</span>`,
          ]),
        })}
  </section>`;
}
