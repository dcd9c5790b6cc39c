// @ts-check
/** Looks for faults beside the page, so that a long text is no slower to type in. */
import { nearFaults } from "./check.js";

/** @typedef {{ text: string, schema?: Record<string, any> }} Asked `schema` once, when it is known */

/** @type {Record<string, any>} */
let schema = {};

addEventListener("message", ({ data }) => {
  const asked = /** @type {Asked} */ (data);
  if (asked.schema) schema = asked.schema;
  postMessage({ text: asked.text, faults: nearFaults(asked.text, schema) });
});
