// @ts-check
/** The one place that binds htm to Preact: html for tags, h() for components. */
import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

/** @typedef {import("../vendor/preact.js").ComponentChildren} Children */

export const html = /** @type {(strings: TemplateStringsArray, ...values: unknown[]) => import("../vendor/preact.js").VNode} */ (
  htm.bind(h)
);
export { h };
