// @ts-check
/** What the pages are made of, all of it in one place: colours and sizes as they are declared, icons, every shared control. */
import { Brand } from "../shared/brand.js";
import { initials } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { LOCALES, locale, t } from "../shared/i18n.js";
import { Icon, NAMES } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { begin, speak } from "../shared/session.js";
import { theme, toggleTheme } from "../shared/theme.js";
import { Toasts, say } from "../shared/toasts.js";
import { VirtualList } from "../shared/virtual.js";
import { signal } from "../vendor/signals.js";

const ROWS = 10_000;
const ROW_PX = 34;
const TONES = /** @type {const} */ (["plain", "good", "bad"]);
const STATES = ["off", "good", "warn", "bad", "calm"];

const row = signal(0);

/** The names declared at `:root`, in the order of the style sheet. */
function tokens() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const root = rules.filter((rule) => rule instanceof CSSStyleRule && rule.selectorText === ":root");
  return root.flatMap((rule) => [.../** @type {CSSStyleRule} */ (rule).style]).filter((name) => name.startsWith("--"));
}

/** Of the theme that is on. @param {string} name */
function valueOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function Header() {
  return html`<header class="design-top">
    ${h(Brand, { large: false })}
    <h1>${t("design.title")}</h1>
    <nav class="design-choices" aria-label=${t("language.choose")}>
      ${Object.entries(LOCALES).map(
        ([tag, name]) => html`<button key=${tag} class="link-button" lang=${tag} aria-pressed=${locale.value === tag} onClick=${() => speak(tag)}>${name}</button>`,
      )}
    </nav>
    <button class="icon-button" aria-label=${t("theme.toggle")} onClick=${toggleTheme}>
      ${h(Icon, { name: theme.value === "dark" ? "sun" : "moon" })}
    </button>
  </header>`;
}

/** @param {{ title: string, children?: unknown }} props */
function Part({ title, children }) {
  return html`<section class="design-part" aria-label=${t(title)}><h2>${t(title)}</h2>${children}</section>`;
}

/** @param {{ name: string }} props */
function Token({ name }) {
  const value = valueOf(name);
  const isColour = CSS.supports("color", value);
  const isLength = CSS.supports("width", value);
  return html`<li class="design-token">
    <span class="design-swatch" style=${isColour ? { background: `var(${name})` } : isLength ? { width: `var(${name})` } : { boxShadow: `var(${name})` }}></span>
    <code>${name}</code><code class="muted">${value}</code>
  </li>`;
}

function Tokens() {
  return h(Part, { title: "design.tokens" }, html`<ul class="design-tokens">${tokens().map((name) => h(Token, { key: name + theme.value, name }))}</ul>`);
}

function Icons() {
  return h(
    Part,
    { title: "design.icons" },
    html`<ul class="design-icons">${NAMES.map((name) => html`<li key=${name}>${h(Icon, { name })}<code>${name}</code></li>`)}</ul>`,
  );
}

function Buttons() {
  const text = t("design.button");
  return h(
    Part,
    { title: "design.buttons" },
    html`<div class="design-row">
        <button class="button">${text}</button>
        <button class="button button-primary">${text}</button>
        <button class="button button-danger">${text}</button>
        <button class="button button-large">${text}</button>
        <button class="button" aria-pressed="true">${text}</button>
        <button class="button" disabled>${text}</button>
        <button class="button button-primary" disabled>${text}</button>
      </div>
      <div class="design-row">
        <button class="icon-button" aria-label=${text}>${h(Icon, { name: "phone" })}</button>
        <button class="link-button">${h(Icon, { name: "flow", size: 16 })}${text}</button>
        ${menu("")}${menu("menu-quiet")}${menu("menu-right")}
      </div>`,
  );
}

/** @param {string} extra */
function menu(extra) {
  const choices = ["phone", "mail", "chat"].map((icon) => ({ id: icon, label: t("design.choice"), icon }));
  return h(Menu, { label: t("design.menu"), icon: "globe", class: extra, choices, onChoose: () => say("plain", t("design.choice")) });
}

function Fields() {
  return h(
    Part,
    { title: "design.fields" },
    html`<div class="design-fields">
      <label class="field">${t("design.field")}<input class="input" placeholder=${t("design.placeholder")} /></label>
      <label class="field">${t("design.field")}<select class="input"><option>${t("design.choice")}</option></select></label>
      <label class="field">${t("design.field")}<textarea class="input" rows="2"></textarea></label>
    </div>`,
  );
}

function Marks() {
  return h(
    Part,
    { title: "design.marks" },
    html`<div class="design-row">
      ${h(Brand, { large: true })}
      <span class="badge">${initials("Mai Trần")}</span><span class="badge badge-large">${initials("Mai Trần")}</span>
      ${STATES.map((state) => html`<span key=${state} class="dot" style=${{ background: `var(--dot-${state})` }}></span>`)}
      <kbd>Ctrl</kbd><kbd>Enter</kbd>
      <span class="muted">${t("design.muted")}</span>
      <span class="count">1,234</span><span class="number">0903 111 222</span><span class="timer">1:55</span><span class="state-time">0:01</span>
    </div>`,
  );
}

function Messages() {
  return h(
    Part,
    { title: "design.messages" },
    html`<div class="design-row">
      ${TONES.map((tone) => html`<button key=${tone} class="button" onClick=${() => say(tone, t(`design.message.${tone}`))}>${t(`design.message.${tone}`)}</button>`)}
    </div>`,
  );
}

function Rows() {
  return h(
    Part,
    { title: "design.rows" },
    h(VirtualList, {
      id: "design-rows",
      label: t("design.rows"),
      count: ROWS,
      rowPx: ROW_PX,
      at: row.value,
      row: (place) => html`<span class="design-line">${t("design.choice")} ${place + 1}</span>`,
      isSelected: (place) => place === row.value,
      onMove: (place) => (row.value = place),
      onKey: () => false,
      onClick: (place) => (row.value = place),
      onSight: () => {},
    }),
  );
}

function Page() {
  return html`<div class="design">
    ${h(Header, {})}
    <main class="design-main">${[Tokens, Icons, Buttons, Fields, Marks, Messages, Rows].map((part) => h(part, {}))}</main>
    ${h(Toasts, {})}
  </div>`;
}

await begin("design.title", Page);
