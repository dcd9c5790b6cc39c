// @ts-check
/** What can be done with all the chosen cases at once: one request each, and what could not be done is told. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { hasText, t, tn } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { LEADS } from "../shared/places.js";
import { orSay, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { lookAgain } from "./around.js";
import { chooseNone, chosen, fetchAgain } from "./inbox_rows.js";
import { me, serverNowMs, team } from "./store.js";

const PATIENCE_MS = 120_000;
const TOLD = 3;
const HOUR_MS = 3_600_000;
/** Hours from now. @type {Record<string, number>} */
const SLEEPS = { hour: 1, four_hours: 4, day: 24, week: 168 };

export function BulkBar() {
  const isBusy = useSignal(false);
  const isTagging = useSignal(false);
  /** @param {Record<string, unknown>} change */
  const carryOut = async (change) => {
    isBusy.value = true;
    await changeMany([...chosen.value], change);
    isBusy.value = false;
    isTagging.value = false;
  };
  return html`<div class="bulk" role="toolbar" aria-label=${t("bulk.label")} aria-busy=${isBusy.value}>
    <p class="bulk-count" role="status">
      ${tn("bulk.chosen", chosen.value.size)}
      <button class="link-button" onClick=${chooseNone}>${t("bulk.none")}</button>
    </p>
    ${isTagging.value
      ? h(TagForm, { onTag: (tag) => void carryOut({ tags: [tag] }), onLeave: () => (isTagging.value = false) })
      : html`<div class="bulk-actions">
          ${h(Menu, { label: t("bulk.assign"), class: "menu-up", disabled: isBusy.value, choices: owners(), onChoose: (id) => void carryOut({ owner: id || null }) })}
          ${h(Menu, { label: t("case.snooze"), class: "menu-up", disabled: isBusy.value, choices: sleeps(), onChoose: (id) => void carryOut({ snoozed_until: until(id) }) })}
          <button class="button" disabled=${isBusy.value} onClick=${() => (isTagging.value = true)}>${t("bulk.tag")}</button>
          ${h(Menu, {
            label: t("bulk.close"),
            class: "menu-up menu-right",
            disabled: isBusy.value,
            choices: [
              { id: "resolved", label: t("case.resolve"), icon: "check" },
              { id: "closed", label: t("bulk.close_for_good"), icon: "close" },
              { id: "open", label: t("bulk.reopen"), icon: "case" },
            ],
            onChoose: (id) => void carryOut({ status: id }),
          })}
        </div>`}
  </div>`;
}

/** Agents take or let go; who leads gives to anybody. */
function owners() {
  const own = { id: me.value?.id ?? "", label: t("bulk.to_me"), icon: "person" };
  const nobody = { id: "", label: t("bulk.to_nobody"), icon: "close" };
  if (!LEADS.includes(me.value?.role ?? "")) return [own, nobody];
  const others = team.value.filter((row) => row.agent !== me.value?.id).map((row) => ({ id: row.agent, label: row.name ?? row.login ?? "" }));
  return [own, nobody, ...others];
}

function sleeps() {
  return [...Object.keys(SLEEPS).map((id) => ({ id, label: t(`bulk.sleep.${id}`), icon: "clock" })), { id: "wake", label: t("case.wake"), icon: "sun" }];
}

/** @param {string} id */
function until(id) {
  return id === "wake" ? null : new Date(serverNowMs.value + SLEEPS[id] * HOUR_MS).toISOString();
}

/** @param {{ onTag: (tag: string) => void, onLeave: () => void }} props */
function TagForm({ onTag, onLeave }) {
  return html`<form
    class="bulk-tag"
    onSubmit=${/** @param {SubmitEvent} event */ (event) => {
      event.preventDefault();
      const tag = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("tag")).trim();
      if (tag) onTag(tag);
    }}
    onKeyDown=${/** @param {KeyboardEvent} event */ (event) => event.key === "Escape" && onLeave()}
  >
    <input class="input" name="tag" maxlength="64" autofocus ref=${focus} aria-label=${t("bulk.tag.name")} placeholder=${t("bulk.tag.name")} />
    <button class="button button-primary">${t("bulk.tag")}</button>
    <button type="button" class="icon-button" aria-label=${t("bulk.leave")} onClick=${onLeave}>${h(Icon, { name: "close", size: 16 })}</button>
  </form>`;
}

/** @param {HTMLElement | null} field */
function focus(field) {
  field?.focus();
}

/** @param {number[]} numbers @param {Record<string, unknown>} change */
async function changeMany(numbers, change) {
  const result = await orSay(() => api.postSlow("/api/cases/many", { numbers, ...change }, PATIENCE_MS));
  if (!result) return;
  if (result.done.length) say("good", tn("bulk.done", result.done.length));
  if (result.failed.length) say("bad", `${tn("bulk.failed", result.failed.length)} ${whyNot(result.failed)}`);
  const left = new Set(result.failed.map(/** @param {{ number: number }} one */ (one) => one.number));
  chosen.value = new Set(numbers.filter((number) => left.has(number)));
  await fetchAgain();
  lookAgain();
}

/** The first of them with their reasons. @param {{ number: number, code: string }[]} failed */
function whyNot(failed) {
  const told = failed.slice(0, TOLD).map(({ number, code }) => `#${number}: ${hasText(`bulk.why.${code}`) ? t(`bulk.why.${code}`) : code}`);
  return told.join("; ") + (failed.length > TOLD ? "; …" : "");
}
