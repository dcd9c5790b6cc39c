// @ts-check
/**
 * What the browser itself finds in a text, as it is typed and while no server answers: the notation, the form of every
 * key, expressions, and the variables they name. The server finds more, and its word counts. Pure.
 */
import { CelFault } from "./cel_tokens.js";
import { holes, read } from "./cel.js";
import { misshapen } from "./shape.js";
import { readTree, under } from "./yaml.js";

/** @typedef {import("./yaml.js").Node} Node */
/** @typedef {import("./yaml.js").Mark} Mark */
/** @typedef {import("./yaml.js").Fault} Fault */
/** @typedef {Record<string, any>} Schema */
/** @typedef {Fault & { step: string | null }} Found */

const CONDITIONS = new Set(["when", "validate"]);
const TEXTS = new Set(["steps", "prompts", "events", "http"]);

/** @param {string} text @param {Schema} schema of the format; an empty one is not held against anything @returns {Found[]} in the order of the text */
export function nearFaults(text, schema) {
  const { root, faults } = readTree(text);
  const found = [...faults];
  if (root && !faults.length) {
    if (root.kind !== "map") found.push({ code: "must.object", mark: root.mark, facts: { key: "flow" } });
    else found.push(...(schema.$defs ? misshapen(root, schema) : []), ...expressions(root));
  }
  const steps = stepsOf(root);
  return found.map((one) => ({ ...one, step: stepOf(steps, one.mark.line) })).sort((one, other) => one.mark.line - other.mark.line || one.mark.column - other.mark.column);
}

/** @param {Node} root @returns {Fault[]} */
function expressions(root) {
  const declared = new Set(["vars", "params"].flatMap((section) => under(root, section)?.entries.map((one) => one.key) ?? []));
  /** @type {Fault[]} */
  const found = [];
  for (const { key, node } of root.entries) if (TEXTS.has(key)) visit(node, [key], node.mark, { declared, found, mayQueue: false });
  return found;
}

/** @typedef {{ declared: Set<string>, found: Fault[], mayQueue: boolean }} Seen */

/** @param {Node} node @param {string[]} path @param {Mark} mark of the key above @param {Seen} seen */
function visit(node, path, mark, seen) {
  for (const entry of node.entries) {
    const mayQueue = seen.mayQueue || entry.key === "hold" || under(entry.node, "type")?.value === "queue_check";
    visit(entry.node, [...path, entry.key], entry.mark, { ...seen, mayQueue });
  }
  for (const item of node.items) visit(item, path, item.mark, seen);
  if (node.kind === "scalar" && typeof node.value === "string") judge(node.value, path, mark, seen);
}

/** @param {string} text @param {string[]} path @param {Mark} mark @param {Seen} seen */
function judge(text, path, mark, seen) {
  const key = path[path.length - 1];
  const isCondition = path[0] === "steps" && CONDITIONS.has(key);
  try {
    const sources = isCondition ? [text] : holes(text).map((one) => one.source);
    for (const source of sources) seen.found.push(...uses(read(source), key, mark, seen));
  } catch (error) {
    if (!(error instanceof CelFault)) throw error;
    seen.found.push({ code: `cel.${error.code}`, mark, facts: { ...error.facts, at: error.at + 1 } });
  }
}

/** @param {import("./cel.js").Uses} used @param {string} key @param {Mark} mark @param {Seen} seen @returns {Fault[]} */
function uses(used, key, mark, seen) {
  /** @type {Fault[]} */
  const found = [...used.variables.keys()].filter((name) => !seen.declared.has(name)).map((name) => ({ code: "undeclared", mark, facts: { name } }));
  if (used.roots.has("queue") && !seen.mayQueue) found.push({ code: "queue", mark, facts: {} });
  if (used.roots.has("value") && key !== "validate") found.push({ code: "of_validate", mark, facts: {} });
  return found;
}

/** @param {Node | null} root @returns {{ id: string, line: number }[]} */
function stepsOf(root) {
  const steps = root ? under(root, "steps") : undefined;
  return steps?.entries.map((one) => ({ id: one.key, line: one.mark.line })) ?? [];
}

/** @param {{ id: string, line: number }[]} steps @param {number} line */
function stepOf(steps, line) {
  return steps.findLast((one) => one.line <= line)?.id ?? null;
}
