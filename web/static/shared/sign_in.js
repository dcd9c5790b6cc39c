// @ts-check
/** The door of every page: login and password, and what is told to who may not come in. */
import { useSignal } from "../vendor/signals.js";
import { api } from "./api.js";
import { Brand } from "./brand.js";
import { h, html } from "./html.js";
import { LOCALES, locale, t } from "./i18n.js";
import { speak } from "./session.js";
import { explain } from "./toasts.js";

/** @typedef {import("./types.js").Session} Session */

/**
 * `onSession` shows the page to who has signed in; `onSpeak` turns the page to another language.
 * @param {{ title: string, onSession: (session: Session) => Promise<void>, onSpeak?: (tag: string) => Promise<void> }} props
 */
export function SignIn({ title, onSession, onSpeak = speak }) {
  const problem = useSignal("");
  const isBusy = useSignal(false);

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    isBusy.value = true;
    problem.value = "";
    try {
      await onSession(await api.post("/api/session", { login: String(given.get("login")).trim(), password: String(given.get("password")) }));
    } catch (error) {
      problem.value = explain(error);
    } finally {
      isBusy.value = false;
    }
  };

  return html`<main class="door" id="main">
    <form class="door-card" onSubmit=${submit} aria-label=${title}>
      ${h(Brand, { large: true })}
      <h1>${title}</h1>
      <label class="field"><span>${t("sign_in.login")}</span>
        <input class="input" name="login" autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      </label>
      <label class="field"><span>${t("sign_in.password")}</span>
        <input class="input" name="password" type="password" autocomplete="current-password" required />
      </label>
      <p class="door-problem" role="alert">${problem.value}</p>
      <button class="button button-primary button-large" disabled=${isBusy.value}>${t("sign_in.submit")}</button>
    </form>
    ${h(Languages, { onSpeak })}
  </main>`;
}

/** @param {{ onSpeak: (tag: string) => Promise<void> }} props */
function Languages({ onSpeak }) {
  return html`<nav class="door-languages" aria-label=${t("language.choose")}>
    ${Object.entries(LOCALES).map(
      ([tag, name]) => html`<button key=${tag} class="link-button" lang=${tag} aria-pressed=${locale.value === tag} onClick=${() => onSpeak(tag)}>
        ${name}
      </button>`,
    )}
  </nav>`;
}

/** For who is somebody, but not here. @param {{ title: string, why: string }} props */
export function Refusal({ title, why }) {
  return html`<main class="door" id="main"><div class="door-card">
    ${h(Brand, { large: true })}
    <h1>${title}</h1>
    <p>${why}</p>
    <a class="button" href="/">${t("ops.to_desk")}</a>
  </div></main>`;
}
