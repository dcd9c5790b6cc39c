// @ts-check
/** The customer's way through the menus, as chips: only the steps where he chose or that carry a label. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";

/** Those steps. @param {import("../shared/types.js").PathStep[] | undefined} path */
export function chosen(path) {
  return (path ?? []).filter((step) => step.keys || step.label);
}

/** @param {{ path: import("../shared/types.js").PathStep[] | undefined }} props */
export function Path({ path }) {
  const steps = chosen(path);
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
