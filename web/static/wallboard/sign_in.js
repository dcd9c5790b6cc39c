// @ts-check
/** The door: for who is not signed in, and for who may not supervise. */
import { api } from "../shared/api.js";
import { Brand } from "../shared/brand.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { explain } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";

/** @param {{ onSession: (session: import("../shared/types.js").Session) => Promise<void> }} props */
export function SignIn({ onSession }) {
  const problem = useSignal("");
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    try {
      await onSession(await api.post("/api/session", { login: String(given.get("login")).trim(), password: String(given.get("password")) }));
    } catch (error) {
      problem.value = explain(error);
    }
  };
  return html`<main class="gate" id="main">
    <form class="gate-card" onSubmit=${send} aria-label=${t("wall.title")}>
      ${h(Brand, { large: true })}
      <h1>${t("wall.title")}</h1>
      <label class="field"><span>${t("sign_in.login")}</span>
        <input class="input" name="login" autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      </label>
      <label class="field"><span>${t("sign_in.password")}</span>
        <input class="input" name="password" type="password" autocomplete="current-password" required />
      </label>
      <p class="gate-wrong" role="alert">${problem.value}</p>
      <button class="button button-primary button-large">${t("sign_in.submit")}</button>
    </form>
  </main>`;
}

export function Refusal() {
  return html`<main class="gate" id="main"><div class="gate-card">
    ${h(Brand, { large: true })}
    <h1>${t("wall.refused")}</h1>
    <p>${t("wall.refused.why")}</p>
    <a class="button" href="/">${t("ops.to_desk")}</a>
  </div></main>`;
}
