// @ts-check
/**
 * A long timeline in parts of some dozens of entries: what comes changes one part, and the browser lays out only those
 * in sight. Where a part was cut once it stays cut, so that entries never move from one part into another, whatever
 * comes before or after them.
 */

/** @typedef {import("../shared/types.js").Entry} Entry */

/** How many entries a part has; more only where some came into the middle of it later. */
export const PART = 40;

/**
 * Parts nothing happened to are the arrays they were before: only what lies between them is cut.
 * @param {Entry[]} entries oldest first
 * @param {Set<string>} starts ids of the entries that begin a part; those of new parts are added
 * @param {Entry[][]} before the parts as they were
 * @returns {Entry[][]}
 */
export function inParts(entries, starts, before) {
  let [head, from] = [0, 0];
  while (head < before.length && isAt(from, before[head], entries)) from += before[head++].length;
  let [tail, until] = [before.length, entries.length];
  while (tail > head && isAt(until - before[tail - 1].length, before[tail - 1], entries, from)) until -= before[--tail].length;
  if (from === until) return [...before.slice(0, head), ...before.slice(tail)];
  if (head) from -= before[--head].length; // what comes right behind a part belongs into it
  const between = cut(entries.slice(from, until), starts, head > 0, tail < before.length);
  return [...before.slice(0, head), ...between, ...before.slice(tail)];
}

/** Whether the part is found there as it was. @param {number} at @param {Entry[]} part @param {Entry[]} entries @param {number} [from] where it may begin */
function isAt(at, part, entries, from = 0) {
  if (at < from) return false;
  for (let n = 0; n < part.length; n++) if (entries[at + n] !== part[n]) return false;
  return true;
}

/**
 * @param {Entry[]} entries @param {Set<string>} starts
 * @param {boolean} isBehind parts come before these @param {boolean} isAhead parts come after them
 */
function cut(entries, starts, isBehind, isAhead) {
  const isStart = /** @param {Entry} one */ (one) => starts.has(one.id);
  const [first, last] = [entries.findIndex(isStart), entries.findLastIndex(isStart)];
  /** @type {Entry[][]} */
  const parts = [];
  for (const [at, entry] of entries.entries()) {
    const part = parts[parts.length - 1];
    const isInside = (isBehind || (first >= 0 && at >= first)) && (isAhead || at <= last);
    if (!part || part.length >= (isInside ? 2 * PART : PART) || starts.has(entry.id)) {
      starts.add(entry.id);
      parts.push([entry]);
    } else part.push(entry);
  }
  return parts;
}
