// @ts-check
/** A thread narrowed to one channel: its calls, its mails, its notes. */
import { html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { computed } from "../vendor/signals.js";
import { showOnly } from "./actions.js";
import { entries, onlyChannel, ways } from "./store.js";

const ALWAYS = ["voice", "email", "chat", "internal"];

/** Those every thread may have, and those by which this customer writes. */
const channels = computed(() => new Set([...ALWAYS, ...ways.value.map((way) => way.channel), ...entries.value.map((entry) => entry.channel)]));

export function Only() {
  const only = onlyChannel.value;
  return html`<select
    class=${only ? "input only only-some" : "input only"}
    aria-label=${t("only.label")}
    value=${only}
    onChange=${/** @param {Event} event */ (event) => void showOnly(/** @type {HTMLSelectElement} */ (event.target).value)}
  >
    <option value="">${t("only.everything")}</option>
    ${[...channels.value].map((one) => html`<option key=${one} value=${one}>${one === "internal" ? t("only.internal") : one === "voice" ? t("only.voice") : named("channel", one)}</option>`)}
  </select>`;
}
