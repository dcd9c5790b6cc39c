// @ts-check
/** An article as the server reads it: blocks of lines of pieces, each an element of its own; never HTML as text. */
import { html } from "./html.js";

/** @typedef {{ kind: string, text: string, to?: string }} Piece */
/** @typedef {{ kind: string, lines: Piece[][] }} Block */

/** @param {{ blocks: Block[], home?: string }} props `home`: what addresses of our own begin at */
export function Blocks({ blocks, home = location.href }) {
  return html`<div class="article-text">${blocks.map((block, at) => html`<${Part} key=${at} block=${block} home=${home} />`)}</div>`;
}

/** @param {{ block: Block, home: string }} props */
function Part({ block, home }) {
  const lines = block.lines.map((line) => line.map((piece) => pieceOf(piece, home)));
  switch (block.kind) {
    case "heading":
      return html`<h3>${lines[0]}</h3>`;
    case "subheading":
      return html`<h4>${lines[0]}</h4>`;
    case "list":
      return html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
    case "steps":
      return html`<ol>${lines.map((line) => html`<li>${line}</li>`)}</ol>`;
    case "quote":
      return html`<blockquote>${broken(lines)}</blockquote>`;
    case "code":
      return html`<pre>${block.lines.map((line) => line.map((piece) => piece.text).join("")).join("\n")}</pre>`;
    default:
      return html`<p>${broken(lines)}</p>`;
  }
}

/** @param {Piece} piece @param {string} home */
function pieceOf(piece, home) {
  if (piece.kind === "bold") return html`<strong>${piece.text}</strong>`;
  if (piece.kind === "italic") return html`<em>${piece.text}</em>`;
  if (piece.kind === "code") return html`<code>${piece.text}</code>`;
  if (piece.kind === "link") return html`<a href=${new URL(piece.to ?? "", home).href} target="_blank" rel="noopener noreferrer">${piece.text}</a>`;
  return piece.text;
}

/** Lines of one paragraph. @param {unknown[]} lines */
function broken(lines) {
  return lines.map((line, at) => html`${at > 0 && html`<br />`}${line}`);
}
