// @ts-check
/** Starts the agent page. */
import { h, html } from "../shared/html.js";
import { Toasts, explain } from "../shared/toasts.js";
import { render } from "../vendor/preact.js";
import { begin } from "./actions.js";
import { Desk } from "./desk.js";
import { SignIn } from "./sign_in.js";
import { me } from "./store.js";

function Page() {
  return html`${me.value ? h(Desk, {}) : h(SignIn, {})}${h(Toasts, {})}`;
}

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
try {
  await begin();
  render(h(Page, {}), place);
} catch (error) {
  place.textContent = explain(error);
}
