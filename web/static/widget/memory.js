// @ts-check
/** What the browser keeps for one chat: the visitor's secret, what is not sent yet, and what was seen. */

/** A store that may be forbidden or full: then the page's life is all the memory there is for what it refused. */
class Drawer {
  constructor() {
    /** @type {Map<string, string>} */
    this.kept = new Map();
  }

  /** @param {string} name @returns {string | null} */
  read(name) {
    if (this.kept.has(name)) return this.kept.get(name) ?? null;
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {string} value */
  write(name, value) {
    try {
      localStorage.setItem(name, value);
      this.kept.delete(name);
    } catch {
      this.kept.set(name, value);
    }
  }

  /** @param {string} name */
  drop(name) {
    this.kept.delete(name);
    try {
      localStorage.removeItem(name);
    } catch {
      // what may not be read may not be dropped either
    }
  }

  /** Every name that begins so. @param {string} start @returns {string[]} */
  names(start) {
    const all = new Set(this.kept.keys());
    try {
      for (let at = 0; at < localStorage.length; at += 1) all.add(localStorage.key(at) ?? "");
    } catch {
      // only what this page keeps
    }
    return [...all].filter((name) => name.startsWith(start));
  }
}

/** For all conversations of this page: what could not be stored is not lost with one of them. */
const DRAWER = new Drawer();
let turns = 0;

export class Memory {
  /** @param {string} key the endpoint @param {string} who the signed-in customer; empty: whoever uses this browser */
  constructor(key, who) {
    this.drawer = DRAWER;
    this.root = `threadline-chat:${key}`;
    this.own = `${this.root}:${who}`;
  }

  /** The browser's secret, made when it is needed first. */
  secret() {
    const name = `${this.root}:visitor`;
    if (!this.drawer.read(name)) this.drawer.write(name, randomSecret());
    return /** @type {string} */ (this.drawer.read(name));
  }

  /** What waits to be sent, in the order it was said. @returns {import("./talk.js").Draft[]} */
  queue() {
    return this.drawer.names(`${this.own}:say:`).sort().flatMap((name) => {
      try {
        return [JSON.parse(this.drawer.read(name) ?? "")];
      } catch {
        return [];
      }
    });
  }

  /**
   * Each draft lies by itself. Other tabs change the same store at the same time and see each other's changes late:
   * of one common list, the tab that writes last would drop what another has just added.
   * @param {import("./talk.js").Draft} draft
   */
  enqueue(draft) {
    const turn = `${String(Date.now()).padStart(15, "0")}${String((turns += 1)).padStart(9, "0")}`;
    this.drawer.write(`${this.own}:say:${turn}:${draft.key}`, JSON.stringify(draft));
  }

  /** @param {string} key */
  dequeue(key) {
    for (const name of this.drawer.names(`${this.own}:say:`)) if (name.endsWith(`:${key}`)) this.drawer.drop(name);
  }

  /** @returns {{ talked?: boolean, seen?: string, name?: string, phone?: string, email?: string, proven?: string, open?: boolean }} */
  facts() {
    try {
      return JSON.parse(this.drawer.read(`${this.own}:facts`) ?? "{}") ?? {};
    } catch {
      return {};
    }
  }

  /** @param {object} changed */
  note(changed) {
    this.drawer.write(`${this.own}:facts`, JSON.stringify({ ...this.facts(), ...changed }));
  }
}

function randomSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** A random UUID also where the page is no secure context. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
