// @ts-check
/** How somebody gets in: his password, his phone account, and whether he may at all. What is made is shown once. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Confirm, Copy, Select } from "./parts.js";

/** @typedef {import("./types.js").User} User */

/** @param {{ title: string, text: string, onClose: () => void, note?: string }} props */
export function Once({ title, text, onClose, note }) {
  return html`<section class="once" role="status" aria-label=${title}>
    ${h(Copy, { label: title, text, note: note ?? t("adm.once.note") })}
    <button type="button" class="link-button" onClick=${onClose}>${t("adm.once.done")}</button>
  </section>`;
}

/** @param {{ user: User, isMe: boolean, load: () => Promise<unknown> }} props */
export function Access({ user, isMe, load }) {
  const shown = useSignal(/** @type {{ title: string, text: string } | null} */ (null));
  const reset = () =>
    orSay(async () => {
      const { password } = await api.post(`/api/users/${user.id}/password`);
      shown.value = { title: t("adm.once.password", { name: user.name }), text: password };
    });
  const turn = (/** @type {boolean} */ active) =>
    orSay(async () => {
      await api.put(`/api/users/${user.id}/state`, { active }, user.version);
      say("good", t(active ? "adm.users.back" : "adm.users.gone", { name: user.name }));
    }).then(load);
  return html`<section class="below">
    <h3>${t("adm.users.access")}</h3>
    ${shown.value && h(Once, { ...shown.value, onClose: () => (shown.value = null) })}
    <div class="act">
      <span>${t("adm.users.password.about")}</span>
      ${h(Confirm, { label: t("adm.users.password.reset"), question: t("adm.users.password.sure"), yes: t("adm.users.password.yes"), onYes: reset })}
    </div>
    ${user.active && user.extension && h(Phone, { user, load, onMade: (/** @type {any} */ one) => (shown.value = one) })}
    ${user.active && !isMe && html`<div class="act">
      <span>${t("adm.users.disable.about")}</span>
      ${h(Confirm, { label: t("adm.users.disable"), question: t("adm.users.disable.sure", { name: user.name }), yes: t("adm.users.disable"), onYes: () => void turn(false) })}
    </div>`}
    ${!user.active && html`<div class="act"><span>${t("adm.users.enable.about")}</span><button type="button" class="button" onClick=${() => turn(true)}>${t("adm.users.enable")}</button></div>`}
  </section>`;
}

/** @param {{ user: User, load: () => Promise<unknown>, onMade: (made: { title: string, text: string }) => void }} props */
function Phone({ user, load, onMade }) {
  const srtp = useSignal(user.phone?.srtp ?? "off");
  const isOld = useSignal(user.phone?.md5 ?? false);
  const make = () =>
    orSay(async () => {
      const made = await api.post(`/api/users/${user.id}/phone`, { md5: isOld.value, srtp: srtp.value });
      onMade({ title: t("adm.once.phone", { account: made.username, realm: made.realm }), text: made.password });
    }).then(load);
  const drop = () => orSay(() => api.delete(`/api/users/${user.id}/phone`)).then(load);
  /** @type {[string, string][]} */
  const choices = ["off", "offered", "required"].map((one) => [one, t(`adm.srtp.${one}`)]);
  return html`<div class="act act-phone">
    <span>${t("adm.users.phone.about", { account: user.extension ?? "" })}</span>
    <label class="field"><span>${t("adm.users.phone.srtp")}</span>${h(Select, { name: "phone-srtp", value: srtp.value, choices, onInput: (/** @type {string} */ one) => (srtp.value = /** @type {any} */ (one)) })}</label>
    <label class="check"><input type="checkbox" checked=${isOld.value} onChange=${() => (isOld.value = !isOld.value)} />${t("adm.users.phone.md5")}</label>
    <span class="row-end">
      <button type="button" class="button" onClick=${make}>${t(user.phone ? "adm.users.phone.again" : "adm.users.phone.make")}</button>
      ${user.phone && h(Confirm, { label: t("admin.remove"), question: t("adm.users.phone.sure"), yes: t("admin.remove"), onYes: () => void drop() })}
    </span>
  </div>`;
}
