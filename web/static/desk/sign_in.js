// @ts-check
/** Login and password. */
import { h, html } from "../shared/html.js";
import { LOCALES, locale, t } from "../shared/i18n.js";
import { explain } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { changeLocale, signIn } from "./actions.js";
import { Brand } from "./brand.js";

export function SignIn() {
  const problem = useSignal("");
  const isBusy = useSignal(false);

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(/** @type {HTMLFormElement} */ (event.target));
    isBusy.value = true;
    problem.value = "";
    try {
      await signIn(String(fields.get("login")), String(fields.get("password")));
    } catch (error) {
      problem.value = explain(error);
    } finally {
      isBusy.value = false;
    }
  };

  return html`<main class="sign-in">
    <form class="sign-in-card" onSubmit=${submit} aria-label=${t("sign_in.title")}>
      ${h(Brand, { large: true })}
      <h1>${t("sign_in.title")}</h1>
      <label class="field"><span>${t("sign_in.login")}</span>
        <input class="input" name="login" autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      </label>
      <label class="field"><span>${t("sign_in.password")}</span>
        <input class="input" name="password" type="password" autocomplete="current-password" required />
      </label>
      <p class="form-problem" role="alert">${problem.value}</p>
      <button class="button button-primary button-large" disabled=${isBusy.value}>${t("sign_in.submit")}</button>
    </form>
    ${h(LocaleLinks, {})}
  </main>`;
}

function LocaleLinks() {
  return html`<nav class="locale-links" aria-label=${t("language.choose")}>
    ${Object.entries(LOCALES).map(
      ([tag, name]) => html`<button
        key=${tag}
        class="link-button"
        lang=${tag}
        aria-pressed=${locale.value === tag}
        onClick=${() => changeLocale(tag)}
      >
        ${name}
      </button>`,
    )}
  </nav>`;
}
