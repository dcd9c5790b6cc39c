// @ts-check
/** The admins' page: channels, deliveries that wait, imports, promises, hours. */
import { Brand } from "../desk/brand.js";
import { api, csrf, onSignedOut } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { LOCALES, locale, t, useLocale } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { theme, toggleTheme } from "../shared/theme.js";
import { Toasts, explain } from "../shared/toasts.js";
import { render } from "../vendor/preact.js";
import { signal } from "../vendor/signals.js";
import { AuditPage } from "./audit.js";
import { CalendarsPage } from "./calendars.js";
import { ChannelsPage } from "./channels.js";
import { ImportPage } from "./imports.js";
import { ParkedPage } from "./parked.js";
import { PromisesPage } from "./promises.js";
import { Refusal, SignIn } from "./sign_in.js";

/** @typedef {import("../shared/types.js").Session} Session */

const PARTS = { channels: ChannelsPage, parked: ParkedPage, import: ImportPage, promises: PromisesPage, calendars: CalendarsPage, audit: AuditPage };
const ICONS = { channels: "chat", parked: "warning", import: "person", promises: "check", calendars: "clock", audit: "text" };

/** @typedef {keyof typeof PARTS} Part */

/** @type {import("../vendor/signals.js").Signal<Session["agent"]>} */
const me = signal(null);
const part = signal(asked());

/** @returns {Part} */
function asked() {
  const name = location.hash.slice(1);
  return name in PARTS ? /** @type {Part} */ (name) : "channels";
}

/** @param {Session} session */
async function enter(session) {
  csrf.value = session.csrf;
  if (session.locale !== locale.value) await useLocale(session.locale);
  me.value = session.agent;
}

async function leave() {
  await api.delete("/api/session").catch(() => undefined);
  me.value = null;
}

/** @param {string} tag */
async function speak(tag) {
  await useLocale(tag);
  document.title = t("admin.page");
  if (me.value) await api.patch("/api/session", { locale: tag }).catch(() => undefined);
}

function Page() {
  const self = me.value;
  const inside = !self ? h(SignIn, { onSession: enter }) : self.role === "admin" ? h(Rooms, {}) : h(Refusal, {});
  return html`${inside}${h(Toasts, {})}`;
}

function Rooms() {
  return html`<div class="admin">
    <header class="admin-top">
      ${h(Brand, { large: false })}
      <h1>${t("admin.title")}</h1>
      <nav class="admin-end">
        <a class="button" href="/">${t("ops.to_desk")}</a>
        ${h(Menu, {
          label: locale.value.slice(0, 2).toUpperCase(),
          title: t("language.choose"),
          icon: "globe",
          class: "menu-right menu-quiet",
          choices: Object.entries(LOCALES).map(([id, label]) => ({ id, label })),
          onChoose: speak,
        })}
        <button class="icon-button" aria-label=${t("theme.toggle")} title=${t("theme.toggle")} onClick=${toggleTheme}>
          ${h(Icon, { name: theme.value === "dark" ? "sun" : "moon" })}
        </button>
        <button class="icon-button" aria-label=${t("sign_out")} title=${t("sign_out")} onClick=${leave}>${h(Icon, { name: "exit" })}</button>
      </nav>
    </header>
    <div class="admin-body">
      <nav class="admin-parts" aria-label=${t("admin.parts")}>
        ${Object.keys(PARTS).map(
          (name) => html`<a key=${name} href=${`#${name}`} aria-current=${part.value === name ? "page" : undefined}>
            ${h(Icon, { name: ICONS[/** @type {Part} */ (name)] })}<span>${t(`admin.part.${name}`)}</span>
          </a>`,
        )}
      </nav>
      <main class="admin-main">${h(PARTS[part.value], {})}</main>
    </div>
  </div>`;
}

addEventListener("hashchange", () => (part.value = asked()));
onSignedOut.current = () => (me.value = null);
const place = /** @type {HTMLElement} */ (document.getElementById("app"));
try {
  /** @type {Session} */
  const session = await api.get("/api/session");
  await useLocale(session.agent || !navigator.language.startsWith("en") ? session.locale : "en-US");
  await enter({ ...session, locale: locale.value });
  document.title = t("admin.page");
  render(h(Page, {}), place);
} catch (error) {
  place.textContent = explain(error);
}
