// @ts-check
/** The phone in the header: which one rings, microphone and level, loudspeaker, ring device, and what is wrong. */
import { phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { chooseDevice, choosePhone, kind, mobile, place, problem, sound, takeHere } from "./phone.js";
import { devices } from "./phone_devices.js";
import { NoMicrophone, openMicrophone, watchLevel } from "./phone_media.js";
import { isHushed, startRing, stopRing } from "./phone_sound.js";
import { me } from "./store.js";

const RING_TEST_MS = 1_500;

export function PhoneMenu() {
  const isOpen = useSignal(false);
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  if (kind.value === null) return null;
  const state = kind.value !== "browser" ? kind.value : problem.value ? "problem" : isHushed.value && place.value === "here" ? "hushed" : place.value;
  /** @param {FocusEvent} event */
  const left = (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (to && !box.current?.contains(to)) isOpen.value = false;
  };
  return html`<div class="menu menu-right phone-menu" ref=${box} onFocusOut=${left} onKeyDown=${/** @param {KeyboardEvent} event */ (event) => event.key === "Escape" && (isOpen.value = false)}>
    <button class="button" id="phone" aria-haspopup="dialog" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
      <span class=${`dot phone-dot phone-${state}`}></span>${h(Icon, { name: "phone", size: 16 })}<span>${t(`phone.state.${state}`)}</span>
    </button>
    ${isOpen.value && h(Panel, {})}
  </div>`;
}

function Panel() {
  return html`<section class="menu-list phone-panel" role="dialog" aria-label=${t("phone.title")}>
    <fieldset class="phone-kind">
      <legend>${t("phone.rings")}</legend>
      ${h(Kind, { id: "browser", label: t("phone.kind.browser"), hint: t("phone.kind.browser.hint") })}
      ${h(Kind, {
        id: "sip",
        label: me.value?.extension ? t("phone.kind.sip", { extension: me.value.extension }) : t("phone.kind.sip_none"),
        hint: t("phone.kind.sip.hint"),
      })}
      ${mobile.value && h(Kind, { id: "mobile", label: t("phone.kind.mobile", { number: phone(mobile.value) }), hint: t("phone.kind.mobile.hint") })}
    </fieldset>
    ${kind.value === "browser" && place.value === "elsewhere" && h(Elsewhere, {})}
    ${kind.value === "browser" && h(Devices, {})}
    <p class="keys"><kbd>A</kbd> ${t("phone.answer")} <kbd>X</kbd> ${t("call.hang_up")} <kbd>U</kbd> ${t("phone.mute")} <kbd>H</kbd> ${t("call.hold")} <kbd>K</kbd> ${t("phone.keypad")}</p>
  </section>`;
}

/** @param {{ id: "browser" | "sip" | "mobile", label: string, hint: string }} props */
function Kind({ id, label, hint }) {
  return html`<label class="phone-choice">
    <input type="radio" name="phone-kind" value=${id} checked=${kind.value === id} onChange=${() => choosePhone(id)} />
    <span><b>${label}</b><small>${hint}</small></span>
  </label>`;
}

export function Elsewhere() {
  return html`<p class="phone-note" role="status">
    <span>${t("phone.elsewhere")}</span><button class="button" onClick=${takeHere}>${t("phone.take_here")}</button>
  </p>`;
}

function Devices() {
  const known = useSignal(/** @type {MediaDeviceInfo[]} */ ([]));
  const level = useSignal(0);
  const wrong = useSignal(/** @type {string | null} */ (null));
  const wanted = devices.value.microphone;
  useEffect(() => {
    let stop = () => {};
    let isOver = false;
    const look = async () => {
      try {
        const microphone = await openMicrophone(wanted);
        if (isOver) return microphone.getTracks().forEach((track) => track.stop());
        const unwatch = watchLevel(microphone, (now) => (level.value = now));
        stop = () => {
          unwatch();
          microphone.getTracks().forEach((track) => track.stop());
        };
        wrong.value = null;
        known.value = await navigator.mediaDevices.enumerateDevices();
      } catch (error) {
        if (!(error instanceof NoMicrophone)) throw error;
        wrong.value = error.code;
      }
    };
    void look();
    return () => {
      isOver = true;
      stop();
    };
  }, [wanted]);
  const ringOnce = () => {
    startRing(devices.value.ring);
    setTimeout(stopRing, RING_TEST_MS);
  };
  const outputs = known.value.filter((one) => one.kind === "audiooutput");
  return html`${h(Trouble, { code: wrong.value ?? problem.value })}
    ${h(Device, { which: "microphone", label: t("phone.microphone"), found: known.value.filter((one) => one.kind === "audioinput") })}
    <meter class="phone-level" min="0" max="1" value=${level.value} aria-label=${t("phone.level")}></meter>
    ${outputs.length > 0 && h(Device, { which: "speaker", label: t("phone.speaker"), found: outputs })}
    ${outputs.length > 0 && h(Device, { which: "ring", label: t("phone.ring_device"), found: outputs })}
    <button class="button" disabled=${sound.value !== "off"} onClick=${ringOnce}>${t("phone.ring_test")}</button>`;
}

/** @param {{ code: string | null }} props */
export function Trouble({ code }) {
  return code && html`<p class="phone-note phone-bad" role="alert">${h(Icon, { name: "warning", size: 16 })}<span>${t(`phone.problem.${code}`)}</span></p>`;
}

/** @param {{ which: "microphone" | "speaker" | "ring", label: string, found: MediaDeviceInfo[] }} props */
function Device({ which, label, found }) {
  return html`<label class="phone-device">
    <span>${label}</span>
    <select
      class="input"
      value=${devices.value[which] ?? ""}
      onChange=${/** @param {Event} event */ (event) => chooseDevice(which, /** @type {HTMLSelectElement} */ (event.target).value || null)}
    >
      <option value="">${t("phone.device.system")}</option>
      ${found.filter((one) => one.deviceId && one.deviceId !== "default").map((one) => html`<option key=${one.deviceId} value=${one.deviceId}>${one.label}</option>`)}
    </select>
  </label>`;
}
