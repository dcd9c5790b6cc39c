// @ts-check
/** For how long each kind of data is kept; what is older goes within the hour, for good. */
import { api } from "../shared/api.js";
import { shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { Head, List } from "./list.js";
import { numberOf, useLoaded } from "./loading.js";

/** @typedef {{ kind: string, days: number | null, changed_at: string, version?: string }} Kept */

export function RetentionPage() {
  const { found: kinds, load } = useLoaded(async () => /** @type {Kept[]} */ ((await api.get("/api/privacy/retention")).kinds));
  const open = useSignal("");
  if (!kinds) return null;
  const known = kinds.find((one) => one.kind === open.value);
  return html`
    ${h(Head, { part: "retention" })}
    ${h(/** @type {typeof List<Kept>} */ (List), {
      rows: kinds,
      none: "",
      keyOf: (one) => one.kind,
      nameOf: (one) => t(`adm.kept.${one.kind}`),
      words: (one) => t(`adm.kept.${one.kind}`),
      onOpen: (one) => (open.value = one.kind),
      columns: [
        [t("adm.retention.kind"), (one) => html`<strong>${t(`adm.kept.${one.kind}`)}</strong>`],
        [t("adm.retention.days"), (one) => (one.days === null ? t("adm.retention.ever") : t("adm.days", { n: one.days.toLocaleString(locale.value) }))],
        [t("adm.retention.changed"), (one) => shortDate(one.changed_at)],
      ],
    })}
    ${known &&
    h(Editor, {
      key: known.kind,
      form: "retention",
      title: t(`adm.kept.${known.kind}`),
      specs: [{ name: "days", kind: "number", min: 1, max: 36_500, isInteger: true }],
      known,
      fresh: async () => (await load())?.find((one) => one.kind === known.kind) ?? null,
      save: async (values, version) => {
        await api.put(`/api/privacy/retention/${known.kind}`, { days: numberOf(values.days) }, version);
        await load();
      },
      onDone: () => (open.value = ""),
    })}
  `;
}
