// @ts-check
/** The list under the caret: keys and values that may stand there, steps and prompts by their names. */
import { kindOf, place } from "./code.js";
import { linesOf } from "./lines.js";
import { helpOf, keysOf, kinds, placeAt, schemaAt, valuesOf } from "./schema.js";
import { picture } from "./state.js";

const MOST = 12;
const WAYS = new Set(["next", "entry", "on_fail", "else", "open", "closed", "holiday", "full", "no_agents", "timeout", "after_call", "done", "body", "fallback", "written", "error"]);
const PROMPTS = new Set(["prompt", "no_input", "no_match", "announce", "confirm"]);

/** @typedef {{ word: string, insert: string, help: string }} Choice */

/** @param {HTMLTextAreaElement} area @param {HTMLElement} list @param {number} linePx @param {number} charPx */
export function suggest(area, list, linePx, charPx) {
  /** @type {Choice[]} */
  let choices = [];
  let at = 0;
  let start = 0;

  const close = () => {
    list.hidden = true;
    choices = [];
  };
  const show = (/** @type {boolean} */ isAsked) => {
    const caret = place(area, area.selectionStart);
    const here = placeAt(linesOf(area.value), caret.row, caret.column);
    start = area.selectionStart - here.word.length;
    const all = here.isKey ? keyChoices(here) : valueChoices(here);
    choices = all.filter((one) => one.word.startsWith(here.word) && one.word !== here.word).slice(0, MOST);
    if (!choices.length || (!isAsked && !here.word)) return close();
    at = 0;
    draw();
    list.style.top = `${(caret.row + 1) * linePx - area.scrollTop + 6}px`;
    list.style.left = `${here.start * charPx + 8 - area.scrollLeft}px`;
    list.hidden = false;
  };
  const draw = () => {
    list.replaceChildren(
      ...choices.map((one, number) => {
        const row = document.createElement("li");
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(number === at));
        const word = document.createElement("b");
        word.textContent = one.word;
        const help = document.createElement("span");
        help.textContent = one.help;
        row.append(word, help);
        row.addEventListener("mousedown", (event) => (event.preventDefault(), take(number)));
        return row;
      }),
    );
  };
  const take = (/** @type {number} */ number) => {
    area.setRangeText(choices[number].insert, start, area.selectionStart, "end");
    close();
    area.dispatchEvent(new Event("input"));
    close();
  };
  /** Whether the key was for the list. @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      show(true);
      return true;
    }
    if (list.hidden) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      at = (at + moves[/** @type {"ArrowDown" | "ArrowUp"} */ (event.key)] + choices.length) % choices.length;
      draw();
    } else if (event.key === "Enter" || event.key === "Tab") take(at);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { typed: () => show(false), key, close };
}

/** @param {import("./schema.js").Place} here @returns {Choice[]} */
function keyChoices(here) {
  return keysOf(schemaAt(here.path, kindOf)).map(([word, schema]) => ({ word, insert: `${word}: `, help: firstLine(helpOf(schema)) }));
}

/** @param {import("./schema.js").Place} here @returns {Choice[]} */
function valueChoices(here) {
  const plain = (/** @type {string} */ word) => ({ word, insert: word, help: "" });
  if (here.key === "type" && here.path[0] === "steps" && here.path.length === 2) {
    return kinds().map((word) => ({ word, insert: word, help: firstLine(helpOf(schemaAt(["steps", "x"], () => word))) }));
  }
  if (WAYS.has(here.key)) return (picture.value?.steps ?? []).map((one) => ({ ...plain(one.id), help: one.type }));
  if (PROMPTS.has(here.key)) return (picture.value?.prompts ?? []).map((one) => ({ ...plain(one.id), help: Object.values(one.said)[0]?.text ?? "" }));
  return valuesOf(schemaAt([...here.path, here.key], kindOf)).map(plain);
}

/** @param {string} words */
function firstLine(words) {
  return words.split("\n")[0].slice(0, 90);
}
