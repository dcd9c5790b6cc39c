// @ts-check
/** Two admins at once: both texts are there, both are named, and this one decides what becomes of his. */
import { fullTime } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { signal, useSignal } from "../vendor/signals.js";
import { Diff } from "./revisions.js";
import { forget, open, opened, text } from "./state.js";

/** @typedef {import("./types.js").Theirs} Theirs */

/** @type {import("../vendor/signals.js").Signal<Theirs | null>} */
export const conflict = signal(null);

/** @param {{ onSave: (basedOn: number) => Promise<void> }} props */
export function Conflict({ onSave }) {
  const isShown = useSignal(false);
  const theirs = conflict.value;
  if (!theirs) return null;
  const take = () => {
    const id = opened.value?.id ?? "";
    forget(id);
    conflict.value = null;
    void open(id);
  };
  return html`<div class="flow-conflict" role="alert">
    <p><b>${t("flows.conflict", { author: theirs.author, n: theirs.n })}</b> ${t("flows.conflict.why", { at: fullTime(theirs.saved_at) })}</p>
    <div class="flow-line">
      <button class="button" aria-expanded=${isShown.value} onClick=${() => (isShown.value = !isShown.value)}>${t("flows.conflict.diff")}</button>
      <button class="button" onClick=${() => void onSave(theirs.n)}>${t("flows.conflict.mine")}</button>
      <button class="button" onClick=${take}>${t("flows.conflict.theirs")}</button>
    </div>
    ${isShown.value && h(Diff, { lines: lineDiff(theirs.yaml, text.value) })}
  </div>`;
}

/** The lines that differ, theirs with a minus, mine with a plus; what begins and ends alike is left out. @param {string} theirs @param {string} mine */
export function lineDiff(theirs, mine) {
  const old = theirs.split("\n");
  const now = mine.split("\n");
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return [`@@ ${head + 1} @@`, ...old.slice(head, old.length - tail).map((one) => `-${one}`), ...now.slice(head, now.length - tail).map((one) => `+${one}`)];
}
