// @ts-check
/** Who is at this page: entering, leaving, and the language he reads. */
import { render } from "../vendor/preact.js";
import { signal } from "../vendor/signals.js";
import { api, csrf, onSignedOut } from "./api.js";
import { h } from "./html.js";
import { locale, t, useLocale } from "./i18n.js";
import { explain } from "./toasts.js";

/** @typedef {import("./types.js").Session} Session */

/** @type {import("../vendor/signals.js").Signal<Session["agent"]>} */
export const me = signal(null);
let titleKey = "";

/** @param {Session} session */
export async function enter(session) {
  csrf.value = session.csrf;
  if (session.locale !== locale.value) await useLocale(session.locale);
  document.title = t(titleKey);
  me.value = session.agent;
}

export async function leave() {
  await api.delete("/api/session").catch(() => undefined);
  me.value = null;
}

/** The page in another language, kept with the account. @param {string} tag */
export async function speak(tag) {
  await useLocale(tag);
  document.title = t(titleKey);
  if (me.value) await api.patch("/api/session", { locale: tag }).catch(() => undefined);
}

/**
 * Starts a page: finds out who is there, loads his language, and shows `Page`. Nobody reads the browser's language.
 * @param {string} title key of the document's title
 * @param {() => unknown} Page
 */
export async function begin(title, Page) {
  titleKey = title;
  onSignedOut.current = () => (me.value = null);
  const place = /** @type {HTMLElement} */ (document.getElementById("app"));
  try {
    /** @type {Session} */
    const session = await api.get("/api/session");
    await useLocale(session.agent || !navigator.language.startsWith("en") ? session.locale : "en-US");
    await enter({ ...session, locale: locale.value });
    render(h(/** @type {any} */ (Page), {}), place);
  } catch (error) {
    place.textContent = explain(error);
  }
}
