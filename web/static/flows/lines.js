// @ts-check
/** Texts compared line by line, and two changes of one text put together. Pure. */

/** @typedef {{ kind: "same" | "mine" | "theirs" | "clash", mine: string[], theirs: string[] }} Piece of two texts that came from one */

const MOST_CHANGES = 600;
const AROUND = 3;

let split = { text: "", lines: [""] };

/** The lines of a text; those of the last one asked for are known. @param {string} text */
export function linesOf(text) {
  if (text !== split.text) split = { text, lines: text.split("\n") };
  return split.lines;
}

/** How many lines two texts begin and end with alike. @param {string[]} old @param {string[]} now */
export function sameEnds(old, now) {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return { head, tail };
}

/**
 * For each line of `old` the line of `now` that it is, -1 for none: a longest common subsequence by Myers' greedy
 * algorithm (An O(ND) difference algorithm, 1986). Where nearly everything differs the middle has no partners.
 * @param {string[]} old
 * @param {string[]} now
 * @returns {number[]}
 */
export function partners(old, now) {
  const { head, tail } = sameEnds(old, now);
  const found = old.map((_, at) => (at < head ? at : at >= old.length - tail ? at + now.length - old.length : -1));
  const between = shortest(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  for (const [one, other] of between) found[head + one] = head + other;
  return found;
}

/** @param {string[]} old @param {string[]} now @returns {[number, number][]} */
function shortest(old, now) {
  /** How far each diagonal reached, after each number of changes. @type {Map<number, number>[]} */
  const reached = [];
  let ends = new Map([[1, 0]]);
  for (let changes = 0; changes <= Math.min(MOST_CHANGES, old.length + now.length); changes++) {
    reached.push(ends);
    ends = new Map(ends);
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let row = isDown(ends, diagonal, changes) ? reach(ends, diagonal + 1) : reach(ends, diagonal - 1) + 1;
      while (row < old.length && row - diagonal < now.length && old[row] === now[row - diagonal]) row++;
      ends.set(diagonal, row);
      if (row >= old.length && row - diagonal >= now.length) return walkedBack(reached, old.length, now.length);
    }
  }
  return [];
}

/** @param {Map<number, number>[]} reached @param {number} row @param {number} column @returns {[number, number][]} */
function walkedBack(reached, row, column) {
  /** @type {[number, number][]} */
  const found = [];
  for (let changes = reached.length - 1; changes >= 0; changes--) {
    const ends = reached[changes];
    const diagonal = row - column;
    const before = isDown(ends, diagonal, changes) ? diagonal + 1 : diagonal - 1;
    const from = changes === 0 ? 0 : reach(ends, before);
    const start = changes === 0 ? 0 : from + Number(before < diagonal);
    while (row > start) found.unshift([--row, --column]);
    row = from;
    column = from - before;
  }
  return found;
}

/** Whether the best way onto a diagonal is an added line, not a removed one. @param {Map<number, number>} ends @param {number} diagonal @param {number} changes */
function isDown(ends, diagonal, changes) {
  return diagonal === -changes || (diagonal !== changes && reach(ends, diagonal - 1) < reach(ends, diagonal + 1));
}

/** @param {Map<number, number>} ends @param {number} diagonal */
function reach(ends, diagonal) {
  return ends.get(diagonal) ?? -1;
}

/** As lines of a unified diff, with a few lines around each change. @param {string} before @param {string} after @returns {string[]} */
export function difference(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  /** @type {string[]} */
  const rows = [];
  let next = 0;
  for (const [at, partner] of partners(old, now).entries()) {
    if (partner < 0) rows.push(`-${old[at]}`);
    else {
      rows.push(...now.slice(next, partner).map((one) => `+${one}`), ` ${old[at]}`);
      next = partner + 1;
    }
  }
  rows.push(...now.slice(next).map((one) => `+${one}`));
  return shortened(rows);
}

/** @param {string[]} rows @returns {string[]} */
function shortened(rows) {
  const isNear = rows.map((_, at) => rows.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((one) => one[0] !== " "));
  return rows.flatMap((row, at) => (isNear[at] ? [...(isNear[at - 1] ? [] : ["@@"]), row] : []));
}

/**
 * What became of a text in two hands, in order. A clash is where both changed the same lines, each in his own way.
 * @param {string} base
 * @param {string} mine
 * @param {string} theirs
 * @returns {Piece[]}
 */
export function together(base, mine, theirs) {
  const [old, own, other] = [base, mine, theirs].map((text) => text.split("\n"));
  const [ofMine, ofTheirs] = [partners(old, own), partners(old, other)];
  /** @type {Piece[]} */
  const pieces = [];
  const done = { base: 0, mine: 0, theirs: 0 };
  for (let at = 0; at <= old.length; at++) {
    const isEnd = at === old.length;
    const here = { base: at, mine: isEnd ? own.length : ofMine[at], theirs: isEnd ? other.length : ofTheirs[at] };
    if (here.mine < 0 || here.theirs < 0) continue;
    add(pieces, changed(old.slice(done.base, at), own.slice(done.mine, here.mine), other.slice(done.theirs, here.theirs)));
    if (!isEnd) add(pieces, { kind: "same", mine: [old[at]], theirs: [old[at]] });
    Object.assign(done, { base: at + 1, mine: here.mine + 1, theirs: here.theirs + 1 });
  }
  return pieces;
}

/** @param {string[]} base @param {string[]} mine @param {string[]} theirs @returns {Piece} */
function changed(base, mine, theirs) {
  const [old, own, other] = [base, mine, theirs].map((lines) => JSON.stringify(lines));
  if (own === other) return { kind: "same", mine, theirs };
  if (own === old) return { kind: "theirs", mine, theirs };
  return { kind: other === old ? "mine" : "clash", mine, theirs };
}

/** @param {Piece[]} pieces @param {Piece} piece */
function add(pieces, piece) {
  const last = pieces[pieces.length - 1];
  if (last && last.kind === "same" && piece.kind === "same") {
    last.mine.push(...piece.mine);
    last.theirs.push(...piece.theirs);
  } else if (piece.mine.length || piece.theirs.length) pieces.push({ ...piece, mine: [...piece.mine], theirs: [...piece.theirs] });
}
