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
 * @param {Entry[]} entries oldest first
 * @param {Set<string>} starts ids of the entries that begin a part; those of new parts are added
 * @returns {Entry[][]}
 */
export function inParts(entries, starts) {
  const [first, last] = [entries.findIndex((one) => starts.has(one.id)), entries.findLastIndex((one) => starts.has(one.id))];
  /** @type {Entry[][]} */
  const parts = [];
  for (const [at, entry] of entries.entries()) {
    const part = parts[parts.length - 1];
    const isFull = part?.length >= (at < first || at > last ? PART : 2 * PART);
    if (!part || isFull || starts.has(entry.id)) {
      starts.add(entry.id);
      parts.push([entry]);
    } else part.push(entry);
  }
  return parts;
}
