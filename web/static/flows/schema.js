// @ts-check
/** The JSON Schema of the format: what may stand at a place of the text, and what it means. */
import { api } from "../shared/api.js";

/** @typedef {Record<string, any>} Schema */

/** @type {Schema} */
let root = {};

export async function loadSchema() {
  root = await api.get("/api/flows/-/schema");
}

/** All of it; empty until it is loaded. */
export function wholeSchema() {
  return root;
}

/** Where the caret is: the keys above it, and what is being written. @typedef {{ path: string[], isKey: boolean, word: string, key: string, start: number }} Place */

/**
 * The place of a column of a line, by the keys of lines above that are further left.
 * @param {string[]} lines
 * @param {number} row from 0
 * @param {number} column from 0
 * @returns {Place}
 */
export function placeAt(lines, row, column) {
  const before = (lines[row] ?? "").slice(0, column);
  const path = above(lines, row, indent(before));
  const flow = /^(.*[{,]\s*)([\w-]*)$/.exec(before);
  const value = /([\w"*#-]+):\s+(?:\[\s*)?([\w.-]*)$/.exec(before);
  const inner = /^\s*(?:-\s+)?([\w"]+):\s*\{/.exec(before);
  const own = inner ? [...path, unquoted(inner[1])] : path;
  if (value) return { path: own, isKey: false, word: value[2], key: unquoted(value[1]), start: column - value[2].length };
  if (flow) return { path: own, isKey: true, word: flow[2], key: "", start: column - flow[2].length };
  const key = /^\s*(?:-\s+)?([\w-]*)$/.exec(before);
  return { path, isKey: key !== null, word: key?.[1] ?? "", key: "", start: column - (key?.[1].length ?? 0) };
}

/** @param {string[]} lines @param {number} row @param {number} left */
function above(lines, row, left) {
  /** @type {string[]} */
  const path = [];
  let edge = left;
  for (let at = row - 1; at >= 0 && edge > 0; at--) {
    if (lines[at].startsWith(" ".repeat(edge))) continue;
    const match = /^(\s*)(?:-\s+)?([\w"*#-]+):(?:\s|$)/.exec(lines[at]);
    if (!match || match[1].length >= edge) continue;
    path.unshift(unquoted(match[2]));
    edge = match[1].length;
  }
  return path;
}

/** @param {string} text */
function indent(text) {
  return /^\s*/.exec(text)?.[0].length ?? 0;
}

/** @param {string} word */
function unquoted(word) {
  return word.replace(/^"|"$/g, "");
}

/** The schema at a path; `kindOf` tells a step's kind. @param {string[]} path @param {(step: string) => string} kindOf @returns {Schema | null} */
export function schemaAt(path, kindOf) {
  /** @type {Schema | null} */
  let found = root;
  for (let at = 0; at < path.length && found; at++) {
    if (at === 1 && path[0] === "steps") found = root.$defs?.[`step_${kindOf(path[1])}`] ?? root.$defs?.step;
    else found = below(found, path[at]);
  }
  return found && solid(found);
}

/** What completes a key. @param {Schema | null} schema @returns {[string, Schema][]} */
export function keysOf(schema) {
  return schema ? variants(schema).flatMap((one) => Object.entries(one.properties ?? {})) : [];
}

/** What completes a value. @param {Schema | null} schema @returns {string[]} */
export function valuesOf(schema) {
  if (!schema) return [];
  return variants(schema).flatMap((one) => one.enum ?? (one.type === "boolean" ? ["true", "false"] : []));
}

/** Words about a place: its description, and its default. @param {Schema | null} schema */
export function helpOf(schema) {
  if (!schema) return "";
  const own = variants(schema);
  const said = own.map((one) => one.description ?? "").filter(Boolean);
  const fallback = own.map((one) => one.default).find((one) => one !== undefined && one !== null);
  const values = valuesOf(schema);
  return [said[0] ?? "", values.length ? values.join(" | ") : "", fallback === undefined ? "" : `= ${JSON.stringify(fallback)}`].filter(Boolean).join("\n");
}

/** Names of every kind of step. @returns {string[]} */
export function kinds() {
  return root.$defs?.step?.properties?.type?.enum ?? [];
}

/** @param {Schema} schema @param {string} key @returns {Schema | null} */
function below(schema, key) {
  for (const one of variants(schema)) {
    if (one.properties?.[key]) return one.properties[key];
    for (const [pattern, item] of Object.entries(one.patternProperties ?? {})) if (new RegExp(pattern).test(key)) return item;
    if (one.additionalProperties && typeof one.additionalProperties === "object") return one.additionalProperties;
  }
  return null;
}

/** @param {Schema} schema @returns {Schema} */
function solid(schema) {
  return schema.$ref ? { ...root.$defs[schema.$ref.replace("#/$defs/", "")], ...(schema.description ? { description: schema.description } : {}) } : schema;
}

/** The schema and everything it may be instead, lists by their items. @param {Schema} schema @returns {Schema[]} */
function variants(schema) {
  const own = solid(schema);
  const more = [...(own.anyOf ?? []), ...(own.items ? [own.items] : [])];
  return [own, ...more.flatMap(variants)];
}
