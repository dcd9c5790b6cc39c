// @ts-check
/** The name and its mark: two ends of one thread. */
import { html } from "./html.js";

/** @param {{ large: boolean }} props */
export function Brand({ large }) {
  const size = large ? 34 : 24;
  return html`<div class=${`brand ${large ? "brand-large" : ""}`}>
    <svg width=${size} height=${size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="brand-field" width="32" height="32" rx="8" />
      <path class="brand-thread" d="M7.5 22.5h5a4 4 0 0 0 4-4v-5a4 4 0 0 1 4-4h1.5" />
      <circle class="brand-dot" cx="23.5" cy="9.5" r="2.9" />
    </svg>
    <span translate="no">Threadline</span>
  </div>`;
}
