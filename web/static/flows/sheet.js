// @ts-check
/** The coloured lines under the text area, and their numbers: only those in sight, and of them only what changed. */
import { linesOf } from "./lines.js";
import { pieces } from "./paint.js";
import { chosen, findings, stepAt } from "./state.js";

/** @typedef {import("./types.js").Finding} Finding */

export const LINE_PX = 19;
const MORE = 6;

/**
 * What draws the sheet of a text area. Rows are kept with what they show, so that a key costs one row however many are
 * in sight: each new row is laid out and painted by the browser, too.
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} sheet
 * @param {HTMLElement} gutter
 */
export function sheetOf(area, sheet, gutter) {
  const numbers = document.createElement("div");
  numbers.className = "code-numbers";
  gutter.replaceChildren(numbers);
  const [rows, marks] = [kept(sheet), kept(numbers)];
  return () => {
    const lines = linesOf(area.value);
    const first = Math.max(0, (Math.floor(area.scrollTop / LINE_PX / MORE) - 1) * MORE);
    const last = Math.min(lines.length, Math.ceil((area.scrollTop + area.clientHeight) / LINE_PX) + MORE);
    const found = new Map([...findings.value].reverse().map((one) => [one.line, one]));
    for (let at = first; at < last; at++) {
      const finding = found.get(at + 1);
      const isChosen = chosen.value !== null && stepAt(at + 1)?.id === chosen.value;
      const look = `${finding ? `${finding.severity} ${finding.column}` : ""} ${isChosen}`;
      rows.show(at - first, `${look} ${lines[at]}`, () => row(lines[at], finding, isChosen));
      marks.show(at - first, `${look} ${at}`, () => number(at + 1, finding, isChosen));
    }
    rows.end(last - first);
    marks.end(last - first);
    const top = first * LINE_PX - area.scrollTop;
    sheet.style.transform = `translate(${-area.scrollLeft}px, ${top}px)`;
    numbers.style.transform = `translateY(${top}px)`;
  };
}

/** Children of an element, each made anew only when it shows something else. @param {HTMLElement} box */
function kept(box) {
  /** @type {string[]} */
  const shown = [];
  return {
    /** @param {number} at @param {string} what @param {() => HTMLElement} make */
    show(at, what, make) {
      if (shown[at] === what) return;
      shown[at] = what;
      const old = box.children[at];
      if (old) old.replaceWith(make());
      else box.append(make());
    },
    /** @param {number} count */
    end(count) {
      shown.length = count;
      while (box.children.length > count) box.lastElementChild?.remove();
    },
  };
}

/** @param {number} line @param {Finding | undefined} found @param {boolean} isChosen */
function number(line, found, isChosen) {
  const made = document.createElement("div");
  made.textContent = String(line);
  made.className = `${found ? `code-at-${found.severity}` : ""} ${isChosen ? "code-at-step" : ""}`;
  return made;
}

/** @param {string} line @param {Finding | undefined} found @param {boolean} isChosen */
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
