// @ts-check
/** The name and its mark: two ends of one thread. */
import { html } from "../shared/html.js";

/** @param {{ large: boolean }} props */
export function Brand({ large }) {
  const size = large ? 34 : 24;
  return html`<div class=${`brand ${large ? "brand-large" : ""}`}>
    <svg width=${size} height=${size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="brand-field" width="32" height="32" rx="8" />
      <path class="brand-thread" d="M7 11h11a4.5 4.5 0 0 1 0 9H14a4.5 4.5 0 0 0 0 .01M25 11h-1M7 20h2" />
      <circle class="brand-dot" cx="24" cy="11" r="2.4" />
    </svg>
    <span translate="no">Threadline</span>
  </div>`;
}
