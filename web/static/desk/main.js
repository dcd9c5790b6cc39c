// @ts-check
/** Starts the agent page: the door at once, the desk behind it as soon as it is here. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t, useLocale } from "../shared/i18n.js";
import { SignIn } from "../shared/sign_in.js";
import { Toasts, explain } from "../shared/toasts.js";
import { render } from "../vendor/preact.js";
import { me } from "./store.js";

/** @typedef {import("../shared/types.js").Session} Session */

/** Under way while we ask who is there, and while he types his password. */
const desk = import("./desk.js");
const actions = import("./actions.js");

/** @type {() => unknown} */
let Desk = () => null;

function Page() {
  const title = t("sign_in.title");
  return html`${me.value ? h(/** @type {any} */ (Desk), {}) : h(SignIn, { title, onSession: enter, onSpeak: useLocale })}${h(Toasts, {})}`;
}

/** Who am I? Shows the desk or the sign-in, in his language or the browser's if we speak it. */
async function begin() {
  const isEnglish = navigator.language.startsWith("en");
  /** @type {[Session, void]} */
  const [session] = await Promise.all([api.get("/api/session"), useLocale(isEnglish ? "en-US" : "vi-VN")]);
  const wanted = session.agent || !isEnglish ? session.locale : "en-US";
  if (wanted !== locale.value) await useLocale(wanted);
  if (session.agent) await enter(session);
}

/** @param {Session} session */
async function enter(session) {
  Desk = (await desk).Desk;
  await (await actions).welcome(session);
}

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
try {
  await begin();
  render(h(Page, {}), place);
} catch (error) {
  place.textContent = explain(error);
}
