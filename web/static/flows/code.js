// @ts-check
/** The text area: line numbers, colours, findings underlined where they are, completion and help from the schema. */
import { html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { suggest } from "./complete.js";
import { pieces } from "./paint.js";
import { helpOf, placeAt, schemaAt } from "./schema.js";
import { chosen, findings, picture, stepAt, text, wanted, write } from "./state.js";

const LINE_PX = 19;
const MORE = 6;

/**
 * Everything of one text area. The overlay shows the lines in sight only, so that a long flow is no slower to type in.
 * @typedef {{ area: HTMLTextAreaElement, sheet: HTMLElement, gutter: HTMLElement, list: HTMLElement, tip: HTMLElement }} Parts
 */

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
  /** @type {Parts} */
  const parts = {
    area: /** @type {HTMLTextAreaElement} */ (find(".code-area")),
    sheet: find(".code-sheet"),
    gutter: find(".code-gutter"),
    list: find(".code-list"),
    tip: find(".code-tip"),
  };
  const { area, tip, list } = parts;
  const draw = () => paint(parts);
  const caret = () => {
    const { row } = place(area, area.selectionStart);
    const step = stepAt(row + 1);
    if (step && document.activeElement === area) chosen.value = step.id;
  };
  const choices = suggest(area, list, LINE_PX, charWidth(area));
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

/** @param {Parts} parts */
function paint({ area, sheet, gutter }) {
  const lines = area.value.split("\n");
  const first = Math.max(0, Math.floor(area.scrollTop / LINE_PX) - MORE);
  const last = Math.min(lines.length, Math.ceil((area.scrollTop + area.clientHeight) / LINE_PX) + MORE);
  /** @type {Map<number, import("./types.js").Finding>} */
  const found = new Map();
  for (const one of [...findings.value].reverse()) found.set(one.line, one);
  const step = chosen.value;
  const rows = document.createDocumentFragment();
  const numbers = document.createDocumentFragment();
  for (let at = first; at < last; at++) {
    const finding = found.get(at + 1);
    const isChosen = step !== null && stepAt(at + 1)?.id === step;
    rows.append(row(lines[at], finding, isChosen));
    const number = document.createElement("div");
    number.textContent = String(at + 1);
    number.className = `${finding ? `code-at-${finding.severity}` : ""} ${isChosen ? "code-at-step" : ""}`;
    numbers.append(number);
  }
  sheet.replaceChildren(rows);
  const numberBox = document.createElement("div");
  numberBox.className = "code-numbers";
  numberBox.append(numbers);
  gutter.replaceChildren(numberBox);
  const top = first * LINE_PX - area.scrollTop;
  sheet.style.transform = `translate(${-area.scrollLeft}px, ${top}px)`;
  numberBox.style.transform = `translateY(${top}px)`;
}

/** @param {string} line @param {import("./types.js").Finding | undefined} found @param {boolean} isChosen */
function row(line, found, isChosen) {
  const made = document.createElement("div");
  made.className = `code-line ${isChosen ? "code-chosen" : ""}`;
  let at = 0;
  const mark = found ? markOf(line, found.column - 1) : null;
  for (const piece of pieces(line)) {
    for (const [from, to, isMarked] of cuts(at, at + piece.text.length, mark)) {
      const span = document.createElement("span");
      span.textContent = line.slice(from, to);
      span.className = `${piece.tone ? `code-${piece.tone}` : ""} ${isMarked && found ? `code-${found.severity}` : ""}`;
      made.append(span);
    }
    at += piece.text.length;
  }
  if (!line) made.textContent = "\u200b";
  return made;
}

/** Where a finding is underlined: its word. @param {string} line @param {number} column @returns {[number, number]} */
function markOf(line, column) {
  const start = Math.min(column, Math.max(0, line.search(/\S|$/) < column ? column : line.search(/\S|$/)));
  const word = /^[^\s:,{}[\]]+|^./.exec(line.slice(start));
  return word ? [start, start + word[0].length] : [Math.max(0, line.length - 1), line.length];
}

/** @param {number} from @param {number} to @param {[number, number] | null} mark @returns {[number, number, boolean][]} */
function cuts(from, to, mark) {
  if (!mark || mark[1] <= from || mark[0] >= to) return [[from, to, false]];
  const [start, end] = [Math.max(from, mark[0]), Math.min(to, mark[1])];
  /** @type {[number, number, boolean][]} */
  const all = [[from, start, false], [start, end, true], [end, to, false]];
  return all.filter(([one, other]) => other > one);
}

/** What is known of a place: its findings, else what the schema says of the key. @param {number} row @param {number} column */
function about(row, column) {
  const found = findings.value.filter((one) => one.line === row + 1);
  if (found.length) return found.map((one) => (one.hint ? `${one.message}\n${one.hint}` : one.message)).join("\n\n");
  const lines = text.value.split("\n");
  const line = lines[row] ?? "";
  const key = [...line.matchAll(/([\w-]+)(?=\s*:)/g)].find((one) => one.index <= column && column < one.index + one[0].length);
  if (!key) return "";
  const { path } = placeAt(lines, row, key.index);
  return helpOf(schemaAt([...path, key[0]], kindOf));
}

/** A step's kind as it is written now, else as it was in the last picture. @param {string} step */
export function kindOf(step) {
  const lines = text.value.split("\n");
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
  const before = area.value.slice(0, offset).split("\n");
  return { row: before.length - 1, column: before[before.length - 1].length };
}

/** @param {HTMLTextAreaElement} area @param {number} line @param {number} column */
function goTo(area, line, column) {
  const lines = area.value.split("\n");
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
