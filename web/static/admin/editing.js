// @ts-check
/**
 * What a form knows while somebody fills it in: what was there, what is typed, what is wrong with which field, and what a
 * colleague made of it meanwhile. Nothing typed is ever lost by a refusal.
 */
import { ApiError } from "../shared/api.js";
import { hasText, t } from "../shared/i18n.js";
import { explain, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";

/**
 * @typedef {Record<string, any>} Values
 * @typedef {{ name: string, kind: "text" | "area" | "number" | "select" | "check" | "checks" | "secret" | "own", isRequired?: boolean,
 *   pattern?: RegExp, max?: number, min?: number, step?: string, choices?: [string, string][], isOnlyNew?: boolean, isWide?: boolean,
 *   isCode?: boolean, isInteger?: boolean, placeholder?: string, isFolded?: boolean, start?: any, isHidden?: (values: Values) => boolean,
 *   wrong?: (values: Values) => string, own?: (value: any, set: (value: any) => void) => unknown }} Spec
 * @typedef {{ form: string, specs: Spec[], known: Values | null, fresh?: () => Promise<Values | null>, onDone: () => void,
 *   onTyped?: (values: Values) => void,
 *   save: (values: Values, version: string | undefined) => Promise<unknown> }} Asked
 */

const LONGEST = 200;

/** @param {Asked} asked */
export function useEditing({ form, specs, known, fresh, save, onDone, onTyped }) {
  const begun = useSignal(startOf(specs, known));
  const values = useSignal(begun.value);
  const version = useSignal(known?.version);
  const problems = useSignal(/** @type {Record<string, string>} */ ({}));
  const problem = useSignal("");
  const theirs = useSignal(/** @type {Values | null} */ (null));
  const isBusy = useSignal(false);

  /** @param {string} name @param {any} value */
  const set = (name, value) => {
    values.value = { ...values.value, [name]: value };
    onTyped?.(values.value);
    if (problems.value[name]) problems.value = { ...problems.value, [name]: "" };
  };
  /** @param {unknown} error */
  const refused = async (error) => {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "outdated" && fresh) {
      theirs.value = await fresh();
      problem.value = theirs.value ? "" : t("adm.conflict.gone");
      version.value = theirs.value?.version;
      return;
    }
    const field = fieldOf(specs, error);
    if (field) problems.value = { [field]: wordsOf(form, field, error) };
    else problem.value = explain(error);
  };
  const send = async () => {
    problem.value = "";
    problems.value = wrong(form, specs, values.value, known === null);
    const first = Object.keys(problems.value)[0];
    if (first) return void focus(form, first);
    isBusy.value = true;
    try {
      await save(trimmed(specs, values.value), version.value);
      say("good", t("admin.saved"));
      onDone();
    } catch (error) {
      await refused(error);
    } finally {
      isBusy.value = false;
    }
  };
  const takeTheirs = () => {
    if (!theirs.value) return;
    values.value = begun.value = startOf(specs, theirs.value);
    theirs.value = null;
  };
  const isDirty = JSON.stringify(values.value) !== JSON.stringify(begun.value);
  return {
    form, specs, isNew: known === null, values: values.value, problems: problems.value, problem: problem.value, isBusy: isBusy.value,
    theirs: theirs.value, began: begun.value, isDirty, set, send, takeTheirs, forgetTheirs: () => (theirs.value = null),
  };
}

/** @typedef {ReturnType<typeof useEditing>} Editing */

/** @param {Spec[]} specs @param {Values | null} known */
function startOf(specs, known) {
  return Object.fromEntries(specs.map((spec) => [spec.name, known?.[spec.name] ?? nothing(spec)]));
}

/** @param {Spec} spec */
function nothing(spec) {
  if (spec.start !== undefined) return spec.start;
  if (spec.kind === "check") return false;
  if (spec.kind === "checks") return [];
  return spec.kind === "own" ? null : spec.kind === "select" ? (spec.choices?.[0]?.[0] ?? "") : "";
}

/** What is pasted has blanks around it more often than not; a secret may mean them. @param {Spec[]} specs @param {Values} values */
function trimmed(specs, values) {
  const lines = specs.filter((spec) => spec.kind === "text" && typeof values[spec.name] === "string");
  return { ...values, ...Object.fromEntries(lines.map(({ name }) => [name, values[name].trim()])) };
}

/** What the server would refuse too, in the reader's language. @param {string} form @param {Spec[]} specs @param {Values} values @param {boolean} isNew */
function wrong(form, specs, values, isNew) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const spec of specs) {
    if ((spec.isOnlyNew && !isNew) || spec.isHidden?.(values)) continue;
    const text = problemOf(form, spec, values[spec.name]) || spec.wrong?.(values);
    if (text) found[spec.name] = text;
  }
  return found;
}

/** @param {string} form @param {Spec} spec @param {any} value */
function problemOf(form, spec, value) {
  const text = typeof value === "string" ? value.trim() : value;
  if (isEmpty(text)) return spec.isRequired ? t("adm.problem.needed") : "";
  if (spec.kind === "number") return problemOfNumber(spec, Number(text));
  if (typeof text !== "string") return "";
  if (text.length > (spec.max ?? LONGEST)) return t("adm.problem.too_long", { max: spec.max ?? LONGEST });
  if (spec.pattern && !spec.pattern.test(text)) return patternText(form, spec.name);
  return "";
}

/** Nothing typed, nothing ticked, no language written in. @param {any} value */
function isEmpty(value) {
  return value === "" || value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}

/** @param {Spec} spec @param {number} number */
function problemOfNumber(spec, number) {
  const low = spec.min ?? 0;
  const high = spec.max ?? Number.MAX_SAFE_INTEGER;
  if (!Number.isFinite(number) || number < low || number > high) return t("adm.problem.range", { min: low, max: high });
  return spec.isInteger && !Number.isInteger(number) ? t("adm.problem.whole") : "";
}

/** @param {string} form @param {string} name */
function patternText(form, name) {
  const key = `adm.field.${form}.${name}.wrong`;
  return hasText(key) ? t(key) : t("adm.problem.pattern");
}

/** Which field of the form a refusal is about: "need.support" is of `need`. @param {Spec[]} specs @param {ApiError} error */
function fieldOf(specs, error) {
  const named = String(error.facts.field ?? "");
  return specs.find((spec) => named === spec.name || named.startsWith(`${spec.name}.`))?.name;
}

/** @param {string} form @param {string} field @param {ApiError} error */
function wordsOf(form, field, error) {
  if (error.facts.reason === "pattern") return patternText(form, field);
  const own = `adm.field.${form}.${field}.${String(error.facts.reason)}`;
  const common = `adm.problem.${String(error.facts.reason)}`;
  return hasText(own) ? t(own) : hasText(common) ? t(common) : explain(error);
}

/** @param {string} form @param {string} name */
function focus(form, name) {
  requestAnimationFrame(() => document.getElementById(`${form}-${name}`)?.focus());
}
