// @ts-check
/** What somebody wrote: telephone numbers in it can be called, addresses of pages opened. Everything else stays plain. */
import { h, html } from "../shared/html.js";
import { DialButton } from "./phone_dial.js";

/** With + or 0 in front, so that order numbers and dates are none. */
const FOUND = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]|(?<![\p{L}\d/.-])(?:\+|0)\d(?:[ .()-]{0,2}\d){7,13}(?![\p{L}\d])/gu;

/** @param {{ text: string }} props */
export function Words({ text }) {
  const pieces = [];
  let from = 0;
  for (const found of text.matchAll(FOUND)) {
    const [word] = found;
    pieces.push(text.slice(from, found.index));
    pieces.push(word.startsWith("http") ? html`<a href=${word} target="_blank" rel="noopener noreferrer">${word}</a>` : html`<span class="dialled">${word}${h(DialButton, { number: word })}</span>`);
    from = found.index + word.length;
  }
  return html`${pieces}${text.slice(from)}`;
}
