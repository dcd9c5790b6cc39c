// @ts-check
/** Two admins at once: both texts are there, both are named, and this one decides what becomes of his. */
import { fullTime } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useMemo } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { difference, together } from "./lines.js";
import { Diff } from "./revisions.js";
import { conflict, open, opened, rebase, setAside, text, write } from "./state.js";

/** @typedef {import("./types.js").Theirs} Theirs */
/** @typedef {import("./lines.js").Piece} Piece */
/** @typedef {"mine" | "theirs" | "both"} Choice */

/** @param {{ onSave: (basedOn: number) => Promise<void> }} props */
export function Conflict({ onSave }) {
  const shown = useSignal("");
  const theirs = conflict.value;
  useEffect(() => void (shown.value = ""), [theirs]);
  if (!theirs) return h(SetAside, {});
  const toggle = (/** @type {string} */ name) => (shown.value = shown.value === name ? "" : name);
  return html`<div class="flow-conflict" role="alert">
    <p><b>${t("flows.conflict", { author: theirs.author, n: theirs.n })}</b> ${t("flows.conflict.why", { at: fullTime(theirs.saved_at) })}</p>
    <div class="flow-line">
      <button class="button button-primary" aria-expanded=${shown.value === "merge"} onClick=${() => toggle("merge")}>${t("flows.conflict.merge")}</button>
      <button class="button" aria-expanded=${shown.value === "diff"} onClick=${() => toggle("diff")}>${t("flows.conflict.diff")}</button>
      <button class="button" onClick=${() => void onSave(theirs.n)}>${t("flows.conflict.mine")}</button>
      <button class="button" onClick=${() => void open(opened.value?.id ?? "", theirs.n)}>${t("flows.conflict.theirs")}</button>
    </div>
    ${shown.value === "diff" && h(Diff, { lines: difference(theirs.yaml, text.value) })}
    ${shown.value === "merge" && h(Merge, { theirs })}
  </div>`;
}

/** What gave way stays within reach. */
function SetAside() {
  const kept = setAside.value;
  if (!kept || kept.id !== opened.value?.id) return null;
  const back = () => {
    setAside.value = null;
    write(kept.yaml);
  };
  return html`<div class="flow-conflict" role="status">
    <div class="flow-line"><span>${t("flows.conflict.aside")}</span>
      <button class="button" onClick=${back}>${t("flows.conflict.back")}</button>
      <button class="button" onClick=${() => (setAside.value = null)}>${t("flows.conflict.forget")}</button>
    </div>
  </div>`;
}

/** Both changes in one text; where they meet, the admin says which. @param {{ theirs: Theirs }} props */
function Merge({ theirs }) {
  const base = opened.value?.yaml ?? "";
  const mine = text.value;
  const pieces = useMemo(() => together(base, mine, theirs.yaml), [base, mine, theirs]);
  const clashes = pieces.filter((one) => one.kind === "clash");
  const choices = useSignal(/** @type {Record<number, Choice>} */ ({}));
  useEffect(() => void (choices.value = {}), [pieces]);
  const count = (/** @type {Piece["kind"]} */ kind) => pieces.filter((one) => one.kind === kind).length;
  const isDone = clashes.every((_, at) => choices.value[at]);
  const finish = async () => {
    const whole = joined(pieces, choices.value);
    if (!(await rebase(theirs.n, whole))) return;
    conflict.value = null;
  };
  return html`<div class="flow-merge">
    <p role="status">${t("flows.merge.facts", { theirs: count("theirs"), mine: count("mine"), clashes: clashes.length })}</p>
    ${clashes.map((piece, at) => h(Clash, { key: String(at), piece, at, author: theirs.author, choice: choices.value[at], onChoose: (choice) => (choices.value = { ...choices.value, [at]: choice }) }))}
    <div class="flow-line"><button class="button button-primary" disabled=${!isDone} onClick=${() => void finish()}>${t("flows.merge.take")}</button></div>
  </div>`;
}

/** @param {{ piece: Piece, at: number, author: string, choice: Choice | undefined, onChoose: (choice: Choice) => void, key?: string }} props */
function Clash({ piece, at, author, choice, onChoose }) {
  const option = (/** @type {Choice} */ value, /** @type {string} */ label) => html`<label class="flow-check">
    <input type="radio" name=${`clash-${at}`} checked=${choice === value} onChange=${() => onChoose(value)} /> ${label}
  </label>`;
  return html`<fieldset class="flow-clash">
    <legend>${t("flows.merge.clash", { n: at + 1 })}</legend>
    <div>${option("theirs", t("flows.merge.theirs", { author }))}<pre class="flow-diff"><span class="flow-diff-old">${piece.theirs.join("\n") || "—"}</span></pre></div>
    <div>${option("mine", t("flows.merge.mine"))}<pre class="flow-diff"><span class="flow-diff-new">${piece.mine.join("\n") || "—"}</span></pre></div>
    ${option("both", t("flows.merge.both"))}
  </fieldset>`;
}

/** @param {Piece[]} pieces @param {Record<number, Choice>} choices of the clashes, in order */
function joined(pieces, choices) {
  let clash = 0;
  return pieces
    .flatMap((piece) => {
      if (piece.kind === "theirs") return piece.theirs;
      if (piece.kind !== "clash") return piece.mine;
      const choice = choices[clash++];
      return choice === "both" ? [...piece.theirs, ...piece.mine] : piece[choice];
    })
    .join("\n");
}
