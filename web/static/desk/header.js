// @ts-check
/** The bar at the top: my state, the connection, language, colours, signing out. */
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { LOCALES, locale, named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { connection } from "../shared/live.js";
import { Menu } from "../shared/menu.js";
import { theme, toggleTheme } from "../shared/theme.js";
import { changeLocale, setState, signOut } from "./actions.js";
import { Brand } from "../shared/brand.js";
import { PhoneMenu } from "./phone_panel.js";
import { call, me, presence, secondsSince } from "./store.js";

const AWAY_REASONS = ["break", "lunch", "meeting", "training", "other"];
const BUSY = new Set(["offered", "talking"]);

export function Header() {
  return html`<header class="top">
    ${h(Brand, { large: false })}
    ${h(StateControl, {})}
    <div class="top-end">
      ${h(PhoneMenu, {})}
      ${h(Connection, {})}
      ${h(Menu, {
        label: locale.value.slice(0, 2).toUpperCase(),
        title: t("language.choose"),
        icon: "globe",
        class: "menu-right menu-quiet",
        choices: Object.entries(LOCALES).map(([id, label]) => ({ id, label })),
        onChoose: changeLocale,
      })}
      <button class="icon-button" aria-label=${t("theme.toggle")} title=${t("theme.toggle")} onClick=${toggleTheme}>
        ${h(Icon, { name: theme.value === "dark" ? "sun" : "moon" })}
      </button>
      ${h(Person, {})}
    </div>
  </header>`;
}

function StateControl() {
  const state = presence.value?.state ?? "logged_out";
  const reason = presence.value?.reason;
  const isBusy = BUSY.has(state);
  const hasCall = call.value !== null; // of a colleague's, say: no other call is to ring meanwhile
  return html`<section class="state" aria-label=${t("state.label")}>
    <div class=${`state-pill state-${state}`} role="status" data-state=${state}>
      <span class="dot"></span>
      <span class="state-name">${t(`state.${state}`)}</span>
      ${state === "away" && reason && html`<span class="state-reason">${named("away", reason)}</span>`}
      <span class="state-time" aria-hidden="true">${span(secondsSince(presence.value?.since))}</span>
    </div>
    <button
      class="button button-ready"
      title=${t("state.go_ready.hint")}
      disabled=${isBusy || hasCall || state === "ready"}
      onClick=${() => setState("ready")}
    >
      ${h(Icon, { name: "check", size: 16 })}<span>${t("state.go_ready")}</span>
    </button>
    ${h(Menu, {
      label: t("state.go_away"),
      icon: "coffee",
      disabled: isBusy,
      choices: AWAY_REASONS.map((id) => ({ id, label: t(`away.${id}`) })),
      onChoose: /** @param {string} reason */ (reason) => setState("away", reason),
    })}
  </section>`;
}

function Connection() {
  const state = connection.value;
  return html`<span class=${`connection connection-${state}`} role="status">
    <span class="dot"></span><span>${t(`connection.${state}`)}</span>
  </span>`;
}

function Person() {
  const self = me.value;
  if (!self) return null;
  return h(Menu, {
    label: self.name,
    title: self.extension ? t("me.extension", { extension: self.extension }) : self.login,
    icon: "person",
    class: "menu-right menu-quiet",
    choices: [
      ...(self.role === "agent" ? [] : [{ id: "operations", label: t("ops.title"), icon: "event" }]),
      ...(self.role === "admin" ? [{ id: "admin", label: t("admin.title"), icon: "case" }] : []),
      { id: "out", label: t("sign_out"), icon: "exit" },
    ],
    onChoose: /** @param {string} id */ (id) => (id === "out" ? signOut() : location.assign(`/${id}`)),
  });
}
