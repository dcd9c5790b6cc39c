// @ts-check
/** The customer's way through the menus, as chips. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";

/** Steps that only play or set something say nothing about what the customer wanted. */
const CHOICES = new Set(["menu", "language", "collect", "queue", "transfer", "voicemail"]);

/** @param {{ path: import("../shared/types.js").PathStep[] | undefined }} props */
export function Path({ path }) {
  const steps = (path ?? []).filter((step) => step.keys || step.label || CHOICES.has(step.type));
  if (!steps.length) return null;
  return html`<ol class="path" aria-label=${t("path.label")}>
    ${steps.map(
      (step, at) => html`<li key=${at}>
        ${at > 0 && h(Icon, { name: "chevron-right", size: 12 })}
        <span class="path-step" title=${step.step}>
          ${step.keys && html`<kbd>${step.keys}</kbd>`}<span>${step.label ?? step.step}</span>
        </span>
      </li>`,
    )}
  </ol>`;
}
