// @ts-check
/** A tree held against the JSON Schema of the format, as far as `ivr_flows/schema` uses it. Pure. */
import { under } from "./yaml.js";

/** @typedef {import("./yaml.js").Node} Node */
/** @typedef {import("./yaml.js").Fault} Fault */
/** @typedef {Record<string, any>} Schema */
/** @typedef {import("./yaml.js").Mark} Mark */

const KINDS = { map: "object", list: "array" };

/** Every fault of form of a flow. @param {Node} root @param {Schema} schema @returns {Fault[]} */
export function misshapen(root, schema) {
  return [...new Shapes(schema, under(root, "defaults")).faults(root, schema, root.mark, "")];
}

class Shapes {
  /** @param {Schema} root @param {Node | undefined} defaults what steps have by their kind without saying so */
  constructor(root, defaults) {
    this.root = root;
    this.defaults = defaults;
  }

  /** @param {Schema} schema @returns {Schema} */
  solid(schema) {
    return schema.$ref ? this.solid(this.root.$defs[schema.$ref.replace("#/$defs/", "")]) : schema;
  }

  /** @param {Node} node @param {Schema} given @param {Mark} mark of the key @param {string} key @returns {Fault[]} */
  faults(node, given, mark, key) {
    const schema = given === undefined ? {} : this.solid(given);
    if (schema.allOf) return this.step(node, mark, key);
    if (schema.anyOf) return this.either(node, schema.anyOf, mark, key);
    if (schema.type && !isOf(node, schema.type)) return [{ code: `must.${schema.type}`, mark, facts: { key } }];
    if (node.kind === "map") return this.map(node, schema, mark);
    if (node.kind === "list") return this.list(node, schema, mark, key);
    return scalarFaults(node, schema, mark, key);
  }

  /** A step is what its kind says, with the defaults of its kind. @param {Node} node @param {Mark} mark @param {string} key @returns {Fault[]} */
  step(node, mark, key) {
    if (node.kind !== "map") return [{ code: "must.object", mark, facts: { key } }];
    const kind = under(node, "type");
    if (!kind) return [{ code: "missing", mark, facts: { key: "type" } }];
    const schema = this.root.$defs[`step_${kind.raw}`];
    if (!schema) return [{ code: "kind", mark: entryMark(node, "type"), facts: { value: kind.raw } }];
    const given = [under(this.defaults, "prompt"), under(this.defaults, kind.raw)].flatMap((one) => one?.entries.map((entry) => entry.key) ?? []);
    return this.map(node, { ...schema, required: schema.required.filter((/** @type {string} */ one) => !given.includes(one)) }, mark);
  }

  /** No fault where one fits; else those of the one that is meant, by the kind of the value. @param {Node} node @param {Schema[]} all @param {Mark} mark @param {string} key @returns {Fault[]} */
  either(node, all, mark, key) {
    const tried = all.map((one) => ({ one: this.solid(one), faults: this.faults(node, one, mark, key) }));
    if (tried.some((each) => each.faults.length === 0)) return [];
    return (tried.find((each) => this.isAlike(node, each.one)) ?? tried[0]).faults;
  }

  /** @param {Node} node @param {Schema} schema @returns {boolean} */
  isAlike(node, schema) {
    return schema.anyOf ? schema.anyOf.some((/** @type {Schema} */ one) => this.isAlike(node, this.solid(one))) : isOf(node, schema.type);
  }

  /** @param {Node} node @param {Schema} schema @param {Mark} mark @returns {Fault[]} */
  map(node, schema, mark) {
    const missing = (schema.required ?? []).filter((/** @type {string} */ one) => !under(node, one));
    /** @type {Fault[]} */
    const found = missing.map((/** @type {string} */ key) => ({ code: "missing", mark, facts: { key } }));
    for (const { key, mark: at, node: value } of node.entries) {
      const below = this.below(schema, key);
      if (below === false) found.push({ code: "unknown", mark: at, facts: { key } });
      else if (below) found.push(...this.faults(value, below, at, key));
    }
    return found;
  }

  /** The schema of a key; false: there may be no such key. @param {Schema} schema @param {string} key @returns {Schema | false | undefined} */
  below(schema, key) {
    if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
    for (const [pattern, item] of Object.entries(schema.patternProperties ?? {})) if (new RegExp(pattern, "u").test(key)) return item;
    return schema.additionalProperties;
  }

  /** @param {Node} node @param {Schema} schema @param {Mark} mark @param {string} key @returns {Fault[]} */
  list(node, schema, mark, key) {
    if (schema.minItems && node.items.length < schema.minItems) return [{ code: "empty", mark, facts: { key } }];
    return node.items.flatMap((item) => this.faults(item, schema.items ?? {}, item.mark, key));
  }
}

/** @param {Node} node @param {string} type @returns {boolean} */
function isOf(node, type) {
  if (type === undefined) return true;
  if (node.kind !== "scalar") return type === KINDS[node.kind];
  if (type === "null") return node.value === null;
  if (type === "integer") return Number.isInteger(node.value);
  return typeof node.value === type;
}

/** @param {Node} node @param {Schema} schema @param {Mark} mark @param {string} key @returns {Fault[]} */
function scalarFaults(node, schema, mark, key) {
  const { value, raw } = node;
  const values = schema.enum ?? (schema.const === undefined ? null : [schema.const]);
  if (values && !values.includes(value)) return [{ code: "value", mark, facts: { key, value: raw, values: values.join(", ") } }];
  if (typeof value === "string" && schema.pattern && !new RegExp(schema.pattern, "su").test(value)) {
    return [{ code: "form", mark, facts: { value: raw, form: schema.description ?? schema.pattern } }];
  }
  const isOutside = typeof value === "number" && (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity));
  return isOutside ? [{ code: "range", mark, facts: { key, from: schema.minimum ?? "", to: schema.maximum ?? "" } }] : [];
}

/** @param {Node} node @param {string} key */
function entryMark(node, key) {
  return node.entries.find((one) => one.key === key)?.mark ?? node.mark;
}
