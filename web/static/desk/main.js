// @ts-check
/** Starts the agent page. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { SignIn } from "../shared/sign_in.js";
import { Toasts, explain } from "../shared/toasts.js";
import { render } from "../vendor/preact.js";
import { begin, changeLocale, welcome } from "./actions.js";
import { Desk } from "./desk.js";
import { me } from "./store.js";

function Page() {
  return html`${me.value ? h(Desk, {}) : h(SignIn, { title: t("sign_in.title"), onSession: welcome, onSpeak: changeLocale })}${h(Toasts, {})}`;
}

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
try {
  await begin();
  render(h(Page, {}), place);
} catch (error) {
  place.textContent = explain(error);
}
