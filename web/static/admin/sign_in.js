// @ts-check
/** Login and password, as on the agents' page. */
import { Brand } from "../shared/brand.js";
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { said, useForm } from "./parts.js";

/** @param {{ onSession: (session: import("../shared/types.js").Session) => Promise<void> }} props */
export function SignIn({ onSession }) {
  const form = useForm(async (given) => {
    await onSession(await api.post("/api/session", { login: said(given, "login"), password: String(given.get("password")) }));
  });
  return html`<main class="door">
    <form class="door-card" onSubmit=${form.onSubmit} aria-label=${t("admin.title")}>
      ${h(Brand, { large: true })}
      <h1>${t("admin.title")}</h1>
      <label class="field"><span>${t("sign_in.login")}</span>
        <input class="input" name="login" autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      </label>
      <label class="field"><span>${t("sign_in.password")}</span>
        <input class="input" name="password" type="password" autocomplete="current-password" required />
      </label>
      <p class="wrong" role="alert">${form.problem}</p>
      <button class="button button-primary button-large" disabled=${form.isBusy}>${t("sign_in.submit")}</button>
    </form>
  </main>`;
}

/** For everybody else. */
export function Refusal() {
  return html`<main class="door"><div class="door-card">
    ${h(Brand, { large: true })}
    <h1>${t("admin.refused")}</h1>
    <p>${t("admin.refused.why")}</p>
    <a class="button" href="/">${t("ops.to_desk")}</a>
  </div></main>`;
}
