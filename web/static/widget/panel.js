// @ts-check
/** The open chat: head, conversation, composer or a form. */
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Found, Reading, useAnswers } from "./answers.js";
import { Composer, useFiles } from "./composer.js";
import { Number as NumberForm, Offline, Prechat } from "./forms.js";
import { Prove, ProveOffer } from "./prove.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Lines } from "./lines.js";

/** @typedef {{ title: string, greeting: string, colour: string, position: string, language: string | null, prechat: { name: "name" | "phone" | "email", is_required: boolean }[], is_staffed: boolean, proves?: ("phone" | "email")[] }} Site */
/** @typedef {{ talk: import("./talk.js").Talk, server: import("./server.js").Server, t: ReturnType<typeof import("./texts.js").speaking>, language: string, site: Site, title: string, settle: () => void }} Room */

/** @param {{ room: Room, close: () => void }} props */
export function Panel({ room, close }) {
  const { talk, t, site, title } = room;
  const log = useRef(/** @type {HTMLDivElement | null} */ (null));
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const isAtEnd = useRef(true);
  const [introduced, setIntroduced] = useState(() => !site.prechat.length || "introduced" in talk.memory.facts());
  const [asksNumber, setAsksNumber] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const [typed, setTyped] = useState("");
  const files = useFiles(room);
  const lines = talk.lines.value;
  const answers = useAnswers(room, typed, !lines.some((line) => line.direction === "in"));
  const settle = () => {
    if (isAtEnd.current && log.current) log.current.scrollTop = log.current.scrollHeight;
  };
  const inside = { ...room, settle };
  const screen = lines.length ? "talk" : !site.is_staffed ? "offline" : introduced ? "talk" : "prechat";

  useLayoutEffect(() => {
    if (lines.at(-1)?.direction === "in" && lines.at(-1)?.state === "sending") isAtEnd.current = true;
    settle();
  }, [lines, talk.typist.value, screen, asksNumber, talk.proof.value]);
  useEffect(() => {
    /** @type {HTMLElement | null | undefined} */
    const first = panel.current?.querySelector("[data-focus]");
    first?.focus();
  }, [screen, asksNumber, Boolean(talk.proof.value), answers.article]);
  useEffect(() => talk.look(), [lines]);

  /** @param {DragEvent} event */
  const hasFiles = (event) => screen === "talk" && [...(event.dataTransfer?.types ?? [])].includes("Files");
  return html`<section ref=${panel} class="panel" role="dialog" aria-label=${title}
    onDragOver=${(/** @type {DragEvent} */ event) => hasFiles(event) && (event.preventDefault(), setIsOver(true))}
    onDragLeave=${(/** @type {DragEvent} */ event) => !panel.current?.contains(/** @type {Node} */ (event.relatedTarget)) && setIsOver(false)}
    onDrop=${(/** @type {DragEvent} */ event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      files.take([...(event.dataTransfer?.files ?? [])]);
    }}>
    <header class="head">
      <span class="badge" aria-hidden="true"><${Icon} name="chat" size=${22} /></span>
      <div class="names"><strong>${title}</strong>
        <span class="presence"><i class=${site.is_staffed ? "dot on" : "dot"} aria-hidden="true"></i>${t(site.is_staffed ? "online" : "away")}</span></div>
      <button class="round" aria-label=${t("close")} onClick=${close}><${Icon} name="down" /></button>
    </header>
    ${talk.link.value === "refused"
      ? html`<p class="strip bad" role="alert">${t("signedOut")}</p>`
      : talk.trouble.value && html`<p class="strip" role="status">${t("connecting")}</p>`}
    <div class="log" ref=${log} role="log" aria-live="polite" aria-label=${t("log")} tabindex="0"
      onScroll=${(/** @type {any} */ event) => (isAtEnd.current = event.target.scrollHeight - event.target.scrollTop - event.target.clientHeight < 60)}>
      ${screen === "offline" ? html`<${Offline} room=${inside} />` : html`
        <div class="line ours begins ends"><span class="face" aria-hidden="true">${[...title][0]}</span>
          <div class="stack"><span class="who">${title}</span><div class="bubble">${site.greeting || t("greeting")}</div></div></div>
        ${screen === "prechat" && html`<${Prechat} room=${inside} done=${() => setIntroduced(true)} />`}
        <${Lines} room=${inside} />
        <${Reading} room=${inside} answers=${answers} />
        ${talk.typist.value && html`<p class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${t("typing", { name: talk.typist.value })}</p>`}
        ${asksNumber && html`<${NumberForm} room=${inside} done=${() => setAsksNumber(false)} />`}
        <${Prove} room=${inside} />`}
    </div>
    ${screen === "talk" && html`
      ${!asksNumber && !talk.memory.facts().phone && lines.some((line) => line.direction === "in") &&
      html`<button class="number" onClick=${() => setAsksNumber(true)}><${Icon} name="phone" size=${15} />${t("leaveNumber")}</button>`}
      ${!asksNumber && lines.some((line) => line.direction === "in" && line.id) && html`<${ProveOffer} room=${inside} />`}
      <${Found} room=${inside} answers=${answers} />
      <${Composer} room=${inside} files=${files} onTyped=${setTyped} />`}
    ${isOver && html`<div class="drop" aria-hidden="true">${t("dropHere")}</div>`}
  </section>`;
}
