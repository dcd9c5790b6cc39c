// @ts-check
/** The lines of the conversation. */
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { absolute } from "./server.js";

/** @typedef {import("./talk.js").Line} Line */
/** @typedef {import("./panel.js").Room} Room */

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** @param {{ room: Room }} props */
export function Lines({ room }) {
  const { talk, t } = room;
  const lines = talk.lines.value;
  return html`
    ${talk.hasEarlier.value && html`<button class="earlier" onClick=${() => talk.earlier().catch(() => undefined)}>${t("earlier")}</button>`}
    ${lines.map((line, at) => {
      const before = lines[at - 1];
      const after = lines[at + 1];
      const isNewDay = !before || dayOf(before) !== dayOf(line);
      const begins = isNewDay || !before || before.direction !== line.direction || before.agent !== line.agent || apart(before, line);
      const ends = !after || after.direction !== line.direction || after.agent !== line.agent || apart(line, after) || dayOf(after) !== dayOf(line);
      return html`
        ${isNewDay && html`<div class="day" key=${`day ${line.key}`}>${dayName(line, room)}</div>`}
        <${One} key=${line.key} line=${line} begins=${begins} ends=${ends} room=${room} isLast=${at === lines.length - 1} />
      `;
    })}
  `;
}

/** @param {{ line: Line, begins: boolean, ends: boolean, isLast: boolean, room: Room }} props */
function One({ line, begins, ends, isLast, room }) {
  const { t, talk } = room;
  const isOwn = line.direction === "in";
  const who = isOwn ? t("you") : line.agent || room.title;
  return html`<div class=${`line ${isOwn ? "own" : "ours"}${begins ? " begins" : ""}${ends ? " ends" : ""}`} data-key=${line.key}>
    ${!isOwn && html`<span class="face" aria-hidden="true">${ends ? initial(who) : ""}</span>`}
    <div class="stack">
      ${begins && html`<span class=${isOwn ? "hidden" : "who"}>${who}</span>`}
      ${line.text && html`<div class="bubble" dir="auto">${linked(line.text, t("newTab"))}</div>`}
      ${line.files.map((file) => html`<${FileLine} key=${file.id} file=${file} room=${room} />`)}
      ${isLast && Boolean(line.choices?.length) && html`<div class="choices">${line.choices?.map((shown) =>
        html`<button key=${shown} class="choice" dir="auto" onClick=${() => talk.say({ text: shown, files: [] })}>${shown}</button>`)}</div>`}
      ${line.state === "failed"
        ? html`<span class="note bad" role="alert">${t("failed")} <button class="link" onClick=${() => talk.again(line)}>${t("again")}</button></span>`
        : ends && html`<span class="note">${line.state === "sending" ? t("sending") : timeOf(line, room)}${isOwn && isLast && !line.state ? html` · ${t("sent")}` : ""}</span>`}
    </div>
  </div>`;
}

/** @param {{ file: import("./talk.js").FileLine, room: Room }} props */
function FileLine({ file, room }) {
  const href = file.url ? absolute(file.url) : undefined;
  if (href && SHOWN.includes(file.mime))
    return html`<a class="picture" href=${href} target="_blank" rel="noopener noreferrer">
      <img src=${href} alt=${file.name} loading="lazy" onLoad=${room.settle} /></a>`;
  return html`<a class="file" href=${href} target="_blank" rel="noopener noreferrer" download=${file.name}>
    <${Icon} name="file" /><span class="file-name" dir="auto">${file.name}</span>
    ${file.bytes > 0 && html`<span class="file-size">${sizeOf(file.bytes, room.language)}</span>`}</a>`;
}

/** @param {string} text @param {string} hint */
function linked(text, hint) {
  /** @type {unknown[]} */
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(from, found.index));
    parts.push(html`<a href=${found[0]} title=${hint} target="_blank" rel="noopener noreferrer nofollow">${found[0]}</a>`);
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

/** @param {string} name */
const initial = (name) => ([...name.trim()][0] ?? "·").toLocaleUpperCase();

/** @param {Line} line */
const momentOf = (line) => (line.state || line.at === "9999" ? new Date() : new Date(line.at));

/** @param {Line} line */
const dayOf = (line) => momentOf(line).toDateString();

/** @param {Line} a @param {Line} b */
const apart = (a, b) => momentOf(b).getTime() - momentOf(a).getTime() > 5 * 60_000;

/** @param {Line} line @param {Room} room */
const timeOf = (line, room) =>
  momentOf(line).toLocaleTimeString(room.language, { hour: "2-digit", minute: "2-digit" });

/** @param {Line} line @param {Room} room */
function dayName(line, room) {
  const day = momentOf(line);
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago === 0) return room.t("today");
  if (ago === 1) return room.t("yesterday");
  return day.toLocaleDateString(room.language, { weekday: "long", day: "numeric", month: "long" });
}

/** @param {number} bytes @param {string} language */
function sizeOf(bytes, language) {
  const isLarge = bytes >= 1024 * 1024;
  const amount = (bytes / (isLarge ? 1024 * 1024 : 1024)).toLocaleString(language, { maximumFractionDigits: isLarge ? 1 : 0 });
  return `${amount} ${isLarge ? "MB" : "KB"}`;
}
