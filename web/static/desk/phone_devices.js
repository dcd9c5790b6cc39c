// @ts-check
/** Which microphone, loudspeaker and ring device this browser uses; kept with it. */
import { effect, signal } from "../vendor/signals.js";

/** Null for the system's. @type {import("../vendor/signals.js").Signal<{ microphone: string | null, speaker: string | null, ring: string | null }>} */
export const devices = signal({ microphone: null, speaker: null, ring: null, ...remembered() });

effect(() => localStorage.setItem("phone", JSON.stringify(devices.value)));

function remembered() {
  try {
    return JSON.parse(localStorage.getItem("phone") ?? "{}");
  } catch {
    return {};
  }
}
