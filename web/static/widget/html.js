// @ts-check
/** Binds htm to Preact for the widget, which is loaded by pages of other sites and stands alone. */
import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

export const html = /** @type {(strings: TemplateStringsArray, ...values: unknown[]) => import("../vendor/preact.js").VNode} */ (
  htm.bind(h)
);
export { h };
