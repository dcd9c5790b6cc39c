// @ts-check
/** Puts the chat on a page: a button in a corner, in a shadow tree of its own, and the panel behind it. */
import { render } from "../vendor/preact.js";
import { useEffect } from "../vendor/hooks.js";
import { computed, signal } from "../vendor/signals.js";
import { h, html } from "./html.js";
import { Icon } from "./icons.js";
import { themed } from "./look.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { Refused, Server } from "./server.js";
import { Talk } from "./talk.js";
import { languageOf, speaking } from "./texts.js";

/** @typedef {Record<string, string | undefined>} Options the tag's data attributes */

/** @param {Options} options */
export async function start(options) {
  const key = options.key ?? "";
  const language = languageOf(options.language);
  const t = speaking(language);
  const root = await mount();
  const host = /** @type {HTMLElement} */ (root.host);
  const token = signal(options.identity ?? "");
  const isOpen = signal(false);
  const who = () => ({ secret: memoryOf().secret(), token: token.value });
  const server = new Server(key, who);
  const site = signal(/** @type {import("./panel.js").Site | null} */ (null));
  const memoryOf = () => new Memory(key, subjectOf(token.value));
  const talk = signal(makeTalk());

  function makeTalk() {
    const made = new Talk(server, memoryOf(), who, language);
    made.isWatched = () => isOpen.value && document.visibilityState === "visible";
    made.onNews = () => options.sound === "on" && document.visibilityState === "hidden" && chime();
    return made;
  }
  async function about() {
    site.value = await server.site();
    const { colour, position, title } = { ...site.value, ...definedOf(options) };
    for (const [name, value] of Object.entries(themed(colour, site.value?.colour))) host.style.setProperty(name, value);
    host.dataset.position = position === "left" ? "left" : "right";
    return title;
  }
  /** @param {boolean} wanted */
  function show(wanted) {
    if (wanted === isOpen.value) return;
    isOpen.value = wanted;
    if (!wanted) /** @type {HTMLElement | null} */ (root.querySelector(".launcher"))?.focus();
    if (!wanted) return;
    talk.value.connect();
    about().catch(() => undefined);
  }
  /** Another customer: his own conversation, nothing of the last one's. @param {string} next */
  function become(next) {
    if (next === token.value) return;
    const isSame = next !== "" && subjectOf(next) === subjectOf(token.value);
    token.value = next;
    if (isSame && talk.value.link.value !== "refused") return;
    const wasWanted = talk.value.isWanted;
    talk.value.end();
    talk.value = makeTalk();
    if (wasWanted || isOpen.value) talk.value.connect();
  }

  const title = computed(() => options.title || site.value?.title || t("title"));
  if (!(await reached(about))) {
    host.remove();
    return null;
  }
  if (talk.value.memory.facts().talked) talk.value.connect();
  document.addEventListener("visibilitychange", () => talk.value.look());
  render(h(App, { talk, server, site, title, isOpen, show, t, language }), root);
  return {
    open: () => show(true),
    close: () => show(false),
    identify: (/** @type {string} */ next) => become(String(next ?? "")),
    forget: () => become(""),
  };
}

/**
 * Asks until there is an answer: a server that starts again, or a line that comes back, is worth waiting for. False
 * when the answer is no.
 * @param {() => Promise<unknown>} ask
 */
async function reached(ask) {
  for (let pause = 1_000; ; pause = Math.min(pause * 2, 60_000)) {
    try {
      await ask();
      return true;
    } catch (failed) {
      if (!(failed instanceof Refused) || !failed.isPassing) return false;
      await new Promise((go) => setTimeout(go, Math.max(pause, failed.retryAfter * 1_000) * (0.75 + Math.random() / 4)));
    }
  }
}

/** @param {any} props */
function App({ talk, server, site, title, isOpen, show, t, language }) {
  const now = talk.value;
  const unread = isOpen.value ? 0 : now.unread.value;
  const room = { talk: now, server, site: site.value, title: title.value, t, language, settle: () => undefined };
  useEffect(() => now.look(), [isOpen.value]);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    event.stopPropagation(); // the page's own shortcuts are not meant
    if (event.key === "Escape" && isOpen.value) show(false);
  };
  return html`<div class="chat" lang=${language} onKeyDown=${onKey} onKeyUp=${stop} onKeyPress=${stop}>
    ${isOpen.value && html`<${Panel} key=${now.memory.own} room=${room} close=${() => show(false)} />`}
    <button class=${`launcher${isOpen.value ? " is-open" : ""}`} aria-expanded=${isOpen.value} aria-haspopup="dialog"
      aria-label=${isOpen.value ? t("close") : t("open") + (unread ? `, ${t("unread", { n: unread })}` : "")} onClick=${() => show(!isOpen.value)}>
      <${Icon} name=${isOpen.value ? "down" : "chat"} size=${28} />
      ${unread > 0 && html`<span class="count" aria-hidden="true">${unread > 9 ? "9+" : unread}</span>`}
    </button>
  </div>`;
}

/** @param {Event} event */
const stop = (event) => event.stopPropagation();

/** The shadow tree with its style: adopted, so that a page's policy needs to allow no inline styles. */
async function mount() {
  const host = document.createElement("threadline-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  const reply = await fetch(new URL("widget.css", import.meta.url), { credentials: "omit" });
  sheet.replaceSync(await reply.text());
  root.adoptedStyleSheets = [sheet];
  document.body.append(host);
  return root;
}

/** Whose conversation this is, as the site's token says; the server checks it. @param {string} token */
function subjectOf(token) {
  try {
    const body = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return String(JSON.parse(atob(body)).sub ?? "");
  } catch {
    return "";
  }
}

/** @param {Options} options */
function definedOf(options) {
  const { colour, position, title } = options;
  return Object.fromEntries(Object.entries({ colour, position, title }).filter(([, value]) => value));
}

function chime() {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const level = sound.createGain();
  tone.frequency.value = 880;
  level.gain.setValueAtTime(0.08, sound.currentTime);
  level.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.35);
  tone.connect(level).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.35);
  tone.onended = () => sound.close();
}
