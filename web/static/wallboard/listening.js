// @ts-check
/** At the foot of the page while I am in somebody's call: how, what is said, and how else. */
import { isBlocked, letPlay, problem, sound } from "../desk/phone.js";
import { Captions } from "../shared/captions.js";
import { controlCall } from "../shared/controls.js";
import { phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { asked, secondsSince } from "./floor.js";
import { MODES, enter, ownerOf, supervised, talkOf } from "./supervise.js";

export function Listening() {
  const mine = supervised.value;
  if (!mine) return null;
  const owner = ownerOf(mine.call);
  const held = owner && talkOf(owner);
  const name = owner?.name ?? t("wall.supervise.nobody");
  const isTaken = mine.mode === "take_over";
  const label = isTaken ? t("wall.supervise.yours") : t("wall.supervise.of", { name });
  return html`<section class="listening" role="group" aria-label=${label}>
    <header>
      ${h(Icon, { name: "headset", size: 18 })}<b>${label}</b>
      ${held && html`<span class="muted"><span translate="no">${held.number && phone(held.number)}</span> <span class="number">${span(secondsSince(held.since))}</span></span>`}
      ${h(Sound, {})}
      <span class="listening-ways">
        ${!isTaken &&
        MODES.map(
          (way) => html`<button key=${way} class="button button-small" aria-pressed=${mine.mode === way} title=${t(`wall.supervise.${way}.hint`, { name })} onClick=${() => enter(mine.call, way)}>${t(`wall.supervise.${way}`)}</button>`,
        )}
        ${!isTaken && html`<button class="button button-small" onClick=${() => (asked.value = { kind: "take_over", name, call: mine.call })}>${t("wall.supervise.take_over")}</button>`}
        <button class="button button-small button-danger" onClick=${() => controlCall(mine.call, "leave")}>${h(Icon, { name: "hang-up", size: 14 })}${t("wall.supervise.leave")}</button>
      </span>
    </header>
    ${h(Captions, {})}
  </section>`;
}

/** Where I hear it, and whether that works. */
function Sound() {
  if (problem.value) return html`<span class="listening-bad" role="alert">${t(`phone.problem.${problem.value}`)}</span>`;
  if (sound.value === "off") return html`<span class="muted">${t("wall.supervise.elsewhere")}</span>`;
  if (isBlocked.value) return html`<span class="listening-bad" role="alert">${t("phone.blocked")}</span><button class="button button-small button-primary" onClick=${letPlay}>${t("phone.hear")}</button>`;
  return html`<span class="muted" role="status">${t(sound.value === "on" ? "wall.supervise.here" : "phone.connecting")}</span>`;
}
