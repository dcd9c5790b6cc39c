// @ts-check
/** What every page but the agents' stands in: one top bar, and parts at the side where a page has several. */
import { useSignal } from "../vendor/signals.js";
import { Brand } from "./brand.js";
import { h, html } from "./html.js";
import { LOCALES, locale, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { roomsOf } from "./places.js";
import { leave, me, speak } from "./session.js";
import { theme, toggleTheme } from "./theme.js";
import { Toasts } from "./toasts.js";

/**
 * @typedef {{ href: string, label: string, icon: string, isCurrent: boolean }} Part
 * @typedef {{ label: string, parts: Part[] }} Group
 * @param {{ here: string, groups?: Group[], children?: import("./html.js").Children }} props `here` is an id of places.js
 */
export function Shell({ here, groups = [], children }) {
  const isOpen = useSignal(false);
  return html`<div class="shell">
    <header class="shell-top">
      ${h(Brand, { large: false })}
      ${h(Rooms, { here })}
      ${h(Ends, {})}
    </header>
    <div class=${`shell-body ${groups.length ? "shell-sided" : ""}`}>
      ${groups.length > 0 &&
      html`<button class="button shell-parts-button" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
          ${h(Icon, { name: "queue", size: 16 })}<span>${currentLabel(groups)}</span>${h(Icon, { name: "chevron", size: 14 })}
        </button>
        <nav class=${`shell-parts ${isOpen.value ? "shell-parts-open" : ""}`} aria-label=${t("admin.parts")} onClick=${() => (isOpen.value = false)}>
          ${groups.map((group) => h(Side, { key: group.label, group }))}
        </nav>`}
      <main class="shell-main" id="main">${children}</main>
    </div>
    ${h(Toasts, {})}
  </div>`;
}

/** @param {{ here: string }} props */
function Rooms({ here }) {
  return html`<nav class="shell-rooms" aria-label=${t("place.all")}>
    ${roomsOf(me.value?.role).map(
      (room) => html`<a key=${room.id} href=${room.href} title=${t(`place.${room.id}`)} aria-current=${room.id === here ? "page" : undefined}>
        ${h(Icon, { name: room.icon, size: 16 })}<span>${t(`place.${room.id}`)}</span>
      </a>`,
    )}
  </nav>`;
}

function Ends() {
  const self = me.value;
  return html`<div class="shell-ends">
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
    ${self &&
    html`<span class="shell-me" title=${self.login}>${self.name}</span>
      <button class="icon-button" aria-label=${t("sign_out")} title=${t("sign_out")} onClick=${leave}>${h(Icon, { name: "exit" })}</button>`}
  </div>`;
}

/** @param {{ group: Group, key?: string }} props */
function Side({ group }) {
  return html`<section>
    <h2>${group.label}</h2>
    ${group.parts.map(
      (part) => html`<a key=${part.href} href=${part.href} aria-current=${part.isCurrent ? "page" : undefined}>
        ${h(Icon, { name: part.icon, size: 16 })}<span>${part.label}</span>
      </a>`,
    )}
  </section>`;
}

/** @param {Group[]} groups */
function currentLabel(groups) {
  return groups.flatMap((group) => group.parts).find((part) => part.isCurrent)?.label ?? "";
}
