// @ts-check
/** What is asked before a chat, when nobody is there, and for calling back. */
import { useState } from "../vendor/hooks.js";
import { html } from "./html.js";

/** @typedef {import("./panel.js").Room} Room */
const KINDS = { name: ["text", "name"], phone: ["tel", "tel"], email: ["email", "email"] };

/** @param {{ room: Room, name: "name" | "phone" | "email", isRequired: boolean, focus?: boolean }} props */
function Field({ room, name, isRequired, focus }) {
  const [type, autocomplete] = KINDS[name];
  return html`<label class="field"><span>${room.t(name)}${!isRequired && html` <small>(${room.t("optional")})</small>`}</span>
    <input name=${name} type=${type} autocomplete=${autocomplete} required=${isRequired} maxlength=${name === "phone" ? 40 : 200}
      pattern=${name === "phone" ? "[0-9+ .\\(\\)\\-]{6,40}" : undefined} defaultValue=${room.talk.memory.facts()[name] ?? ""} data-focus=${focus} /></label>`;
}

/** @param {Event} event @returns {Record<string, string>} */
function filled(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  return Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));
}

/** Asked once, before the first message. @param {{ room: Room, done: () => void }} props */
export function Prechat({ room, done }) {
  const { t, site } = room;
  return html`<form class="form" onSubmit=${(/** @type {Event} */ event) => {
    room.talk.memory.note({ ...filled(event), introduced: true });
    done();
  }}>
    <p>${t("begin")}</p>
    ${site.prechat.map((one, at) => html`<${Field} key=${one.name} room=${room} name=${one.name} isRequired=${one.is_required} focus=${at === 0} />`)}
    <button class="wide" type="submit">${t("start")}</button>
  </form>`;
}

/** @param {{ room: Room }} props */
export function Offline({ room }) {
  const { t, talk } = room;
  const [problem, setProblem] = useState("");
  return html`<form class="form" onSubmit=${(/** @type {Event} */ event) => {
    const { message, ...who } = filled(event);
    if (!who.phone && !who.email) return setProblem(t("contactNeeded"));
    talk.memory.note({ ...who, introduced: true });
    talk.say({ text: message, files: [], offline: true });
  }}>
    <h2>${t("offlineTitle")}</h2>
    <p>${t("offlineText")}</p>
    <${Field} room=${room} name="name" isRequired=${false} focus=${true} />
    <${Field} room=${room} name="phone" isRequired=${false} />
    <${Field} room=${room} name="email" isRequired=${false} />
    <label class="field"><span>${t("message")}</span><textarea name="message" rows="4" required maxlength="8000" dir="auto"></textarea></label>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <button class="wide" type="submit">${t("leave")}</button>
  </form>`;
}

/** @param {{ room: Room, done: () => void }} props */
export function Number({ room, done }) {
  const { t, talk } = room;
  return html`<form class="form inline" onSubmit=${(/** @type {Event} */ event) => {
    const { phone } = filled(event);
    if (!phone) return;
    talk.memory.note({ phone });
    talk.say({ text: t("myNumber", { phone }), files: [], phone });
    done();
  }}>
    <p>${t("leaveNumberText")}</p>
    <${Field} room=${room} name="phone" isRequired=${true} focus=${true} />
    <div class="pair"><button type="button" class="plain" onClick=${done}>${t("cancel")}</button><button class="wide" type="submit">${t("save")}</button></div>
  </form>`;
}
