// @ts-check
/** The text area: line numbers, colours, findings underlined where they are, completion and help from the schema. */
import { html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { suggest } from "./complete.js";
import { told } from "./findings.js";
import { linesOf } from "./lines.js";
import { helpOf, placeAt, schemaAt } from "./schema.js";
import { LINE_PX, sheetOf } from "./sheet.js";
import { chosen, findings, picture, stepAt, text, wanted, write } from "./state.js";

/** @param {{ canWrite: boolean }} props */
export function Code({ canWrite }) {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  useEffect(() => (box.current ? bind(box.current) : undefined), []);
  return html`<div class="code" ref=${box}>
    <div class="code-gutter" aria-hidden="true"></div>
    <div class="code-field">
      <div class="code-sheet" aria-hidden="true"></div>
      <textarea class="code-area" aria-label=${t("flows.text")} spellcheck=${false} autocapitalize="none" autocomplete="off" wrap="off" readonly=${!canWrite}></textarea>
      <ul class="code-list" role="listbox" hidden></ul>
      <div class="code-tip" role="tooltip" hidden></div>
    </div>
  </div>`;
}

/** @param {HTMLElement} box */
function bind(box) {
  const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (box.querySelector(name));
  const area = /** @type {HTMLTextAreaElement} */ (find(".code-area"));
  const tip = find(".code-tip");
  const draw = sheetOf(area, find(".code-sheet"), find(".code-gutter"));
  const caret = () => {
    const { row } = place(area, area.selectionStart);
    const step = stepAt(row + 1);
    if (step && document.activeElement === area) chosen.value = step.id;
  };
  const choices = suggest(area, find(".code-list"), LINE_PX, charWidth(area));
  /** @param {MouseEvent} event */
  const hover = (event) => {
    const inside = area.getBoundingClientRect();
    const row = Math.floor((event.clientY - inside.top + area.scrollTop) / LINE_PX);
    const column = Math.floor((event.clientX - inside.left - 10 + area.scrollLeft) / charWidth(area));
    const words = about(row, column);
    tip.hidden = !words;
    tip.textContent = words;
    tip.style.top = `${(row + 1) * LINE_PX - area.scrollTop + 6}px`;
    tip.style.left = `${Math.min(event.clientX - inside.left, inside.width - 320)}px`;
  };
  const typed = () => {
    write(area.value);
    draw();
    choices.typed();
  };
  const undo = new AbortController();
  const on = { signal: undo.signal };
  area.addEventListener("input", typed, on);
  area.addEventListener("scroll", () => (draw(), choices.close(), (tip.hidden = true)), on);
  area.addEventListener("keydown", (event) => choices.key(event) || indentKey(event, area, typed), on);
  area.addEventListener("blur", () => choices.close(), on);
  for (const name of ["click", "keyup"]) area.addEventListener(name, caret, on);
  area.addEventListener("mousemove", hover, on);
  area.addEventListener("mouseleave", () => (tip.hidden = true), on);
  const watch = new ResizeObserver(draw);
  watch.observe(area);
  const stops = [
    text.subscribe((now) => {
      if (area.value === now) return;
      const { selectionStart, scrollTop } = area;
      area.value = now;
      area.setSelectionRange(selectionStart, selectionStart);
      area.scrollTop = scrollTop;
      draw();
    }),
    findings.subscribe(draw),
    chosen.subscribe(draw),
    wanted.subscribe((spot) => spot && goTo(area, spot.line, spot.column)),
  ];
  return () => {
    undo.abort();
    watch.disconnect();
    stops.forEach((stop) => stop());
  };
}

/** What is known of a place: its findings, else what the schema says of the key. @param {number} row @param {number} column */
function about(row, column) {
  const found = findings.value.filter((one) => one.line === row + 1);
  if (found.length) return found.map(told).map(({ message, hint }) => (hint ? `${message}\n${hint}` : message)).join("\n\n");
  const lines = linesOf(text.value);
  const line = lines[row] ?? "";
  const key = [...line.matchAll(/([\w-]+)(?=\s*:)/g)].find((one) => one.index <= column && column < one.index + one[0].length);
  if (!key) return "";
  const { path } = placeAt(lines, row, key.index);
  return helpOf(schemaAt([...path, key[0]], kindOf));
}

/** A step's kind as it is written now, else as it was in the last picture. @param {string} step */
export function kindOf(step) {
  const lines = linesOf(text.value);
  const first = lines.findIndex((line) => line.trimStart().startsWith(`${step}:`) && /^\s/.test(line));
  if (first < 0) return "";
  const left = lines[first].search(/\S/);
  for (let at = first; at < lines.length; at++) {
    const line = lines[at];
    if (at > first && line.trim() && line.search(/\S/) <= left) break;
    const found = /(?:^|[\s{,])type:\s*(\w+)/.exec(line);
    if (found) return found[1];
  }
  return picture.value?.steps.find((one) => one.id === step)?.type ?? "";
}

/** @param {KeyboardEvent} event @param {HTMLTextAreaElement} area @param {() => void} typed */
function indentKey(event, area, typed) {
  if (event.key !== "Enter" || event.ctrlKey || area.readOnly) return;
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const spaces = /^\s*/.exec(line)?.[0] ?? "";
  event.preventDefault();
  area.setRangeText(`\n${spaces}${/:\s*$/.test(line) ? "  " : ""}`, area.selectionStart, area.selectionEnd, "end");
  typed();
}

/** @param {HTMLTextAreaElement} area @param {number} offset */
export function place(area, offset) {
  const lines = linesOf(area.value);
  let [row, start] = [0, 0];
  while (row < lines.length - 1 && start + lines[row].length < offset) start += lines[row++].length + 1;
  return { row, column: offset - start };
}

/** @param {HTMLTextAreaElement} area @param {number} line @param {number} column */
function goTo(area, line, column) {
  const lines = linesOf(area.value);
  const offset = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  area.focus({ preventScroll: true });
  area.setSelectionRange(offset, offset);
  const top = (line - 1) * LINE_PX;
  if (top < area.scrollTop || top > area.scrollTop + area.clientHeight - 4 * LINE_PX) area.scrollTop = top - area.clientHeight / 3;
}

let width = 0;

/** @param {HTMLTextAreaElement} area */
function charWidth(area) {
  if (!width) {
    const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    pen.font = getComputedStyle(area).font;
    width = pen.measureText("m".repeat(50)).width / 50;
  }
  return width;
}
