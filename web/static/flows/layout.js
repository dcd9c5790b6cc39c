// @ts-check
/** Where the steps of a flow are drawn: layers from the entry downwards, few crossings. Pure. */

/** @typedef {import("./types.js").Outline} Outline */
/** @typedef {{ id: string, x: number, y: number, rank: number, isMissing: boolean }} Spot */
/** @typedef {{ spots: Map<string, Spot>, width: number, height: number }} Layout */

export const BOX = { width: 158, height: 44 };
const GAP = { x: 26, y: 54 };
const EDGE = 30;
const SWEEPS = 6;

/** @param {Outline} outline @returns {Layout} */
export function layout(outline) {
  const ids = outline.steps.map((one) => one.id);
  const known = new Set(ids);
  const missing = [...new Set(outline.ways.map((way) => way.to))].filter((id) => !known.has(id));
  const all = [...ids, ...missing];
  const ways = outline.ways.filter((way) => way.from !== "" && way.from !== way.to);
  const ranks = ranked(all, ways, outline);
  /** @type {string[][]} */
  const layers = [];
  for (const id of all) (layers[ranks.get(id) ?? 0] ??= []).push(id);
  const filled = layers.filter((layer) => layer?.length);
  order(filled, ways);
  return place(filled, new Set(missing));
}

/** Layers by the longest way from the entry; ways that lead back to where one came from don't count. @param {string[]} all @param {import("./types.js").Way[]} ways @param {Outline} outline */
function ranked(all, ways, outline) {
  /** @type {Map<string, string[]>} */
  const exits = new Map(all.map((id) => [id, []]));
  for (const way of ways) exits.get(way.from)?.push(way.to);
  const begin = [outline.entry, ...outline.ways.filter((way) => way.from === "").map((way) => way.to), ...all];
  const { order: sorted, forward } = unwound(begin.filter((id) => exits.has(id)), exits);
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const id of sorted) {
    const rank = ranks.get(id) ?? 0;
    ranks.set(id, rank);
    for (const next of forward.get(id) ?? []) ranks.set(next, Math.max(ranks.get(next) ?? 0, rank + 1));
  }
  return ranks;
}

/** Steps so that every way but those that lead back goes from an earlier to a later one. @param {string[]} begin @param {Map<string, string[]>} exits */
function unwound(begin, exits) {
  /** @type {Map<string, "open" | "done">} */
  const seen = new Map();
  /** @type {Map<string, string[]>} */
  const forward = new Map();
  /** @type {string[]} */
  const order = [];
  for (const start of begin) {
    if (seen.has(start)) continue;
    const path = [{ id: start, at: 0 }];
    seen.set(start, "open");
    while (path.length) {
      const top = path[path.length - 1];
      const next = exits.get(top.id)?.[top.at++];
      if (next === undefined) {
        seen.set(top.id, "done");
        order.unshift(top.id);
        path.pop();
      } else if (seen.get(next) !== "open") {
        forward.set(top.id, [...(forward.get(top.id) ?? []), next]);
        if (!seen.has(next)) {
          seen.set(next, "open");
          path.push({ id: next, at: 0 });
        }
      }
    }
  }
  return { order, forward };
}

/** Each layer by the middle of its neighbours, down and up again. @param {string[][]} layers @param {import("./types.js").Way[]} ways */
function order(layers, ways) {
  /** @type {Map<string, string[]>} */
  const near = new Map();
  for (const way of ways) {
    near.set(way.from, [...(near.get(way.from) ?? []), way.to]);
    near.set(way.to, [...(near.get(way.to) ?? []), way.from]);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const places = new Map(layers.flatMap((layer) => layer.map((id, at) => /** @type {[string, number]} */ ([id, (at + 0.5) / layer.length]))));
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      const middle = (/** @type {string} */ id) => {
        const found = (near.get(id) ?? []).map((one) => places.get(one) ?? 0.5);
        return found.length ? found.reduce((sum, one) => sum + one, 0) / found.length : (places.get(id) ?? 0.5);
      };
      const weights = new Map(layer.map((id) => [id, middle(id)]));
      layer.sort((one, other) => (weights.get(one) ?? 0) - (weights.get(other) ?? 0));
      layer.forEach((id, at) => places.set(id, (at + 0.5) / layer.length));
    }
  }
}

/** @param {string[][]} layers @param {Set<string>} missing @returns {Layout} */
function place(layers, missing) {
  const widest = Math.max(1, ...layers.map((layer) => layer.length));
  const width = widest * (BOX.width + GAP.x) - GAP.x + 2 * EDGE;
  /** @type {Map<string, Spot>} */
  const spots = new Map();
  layers.forEach((layer, rank) => {
    const own = layer.length * (BOX.width + GAP.x) - GAP.x;
    layer.forEach((id, at) => {
      const x = (width - own) / 2 + at * (BOX.width + GAP.x);
      spots.set(id, { id, x, y: EDGE + rank * (BOX.height + GAP.y), rank, isMissing: missing.has(id) });
    });
  });
  return { spots, width, height: 2 * EDGE + layers.length * (BOX.height + GAP.y) - GAP.y };
}

/** The line of a way, and where its label stands. @param {Spot} from @param {Spot} to */
export function line(from, to) {
  const start = { x: from.x + BOX.width / 2, y: from.y + BOX.height };
  const end = { x: to.x + BOX.width / 2, y: to.y };
  if (from.id === to.id) {
    const x = from.x + BOX.width;
    return { path: `M${x} ${from.y + 12}c26 -8 26 28 0 20`, x: x + 18, y: from.y + 24 };
  }
  if (to.rank > from.rank) {
    const far = to.rank - from.rank > 1;
    const bend = Math.max(24, (end.y - start.y) / 2);
    return { path: `M${start.x} ${start.y}C${start.x} ${start.y + bend} ${end.x} ${end.y - bend} ${end.x} ${end.y - 3}`, x: start.x + (end.x - start.x) * (far ? 0.06 : 0.72), y: start.y + (far ? 22 : (end.y - start.y) * 0.64) };
  }
  const side = end.x >= start.x ? 1 : -1;
  const outX = from.x + (side > 0 ? BOX.width : 0);
  const inX = to.x + (side > 0 ? 0 : BOX.width);
  const midY = from.y + BOX.height / 2;
  const endY = to.y + BOX.height / 2;
  return { path: `M${outX} ${midY}C${outX + side * 40} ${midY} ${inX - side * 40} ${endY} ${inX - side * 3} ${endY}`, x: outX + side * 18, y: midY - 6 };
}
