// @ts-check
/** What the browser keeps for one chat: the visitor's secret, what is not sent yet, and what was seen. */

/** A store that may be forbidden: then the page's life is all the memory there is. */
class Drawer {
  constructor() {
    /** @type {Map<string, string>} */
    this.kept = new Map();
  }

  /** @param {string} name @returns {string | null} */
  read(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return this.kept.get(name) ?? null;
    }
  }

  /** @param {string} name @param {string} value */
  write(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      this.kept.set(name, value);
    }
  }
}

export class Memory {
  /** @param {string} key the endpoint @param {string} who the signed-in customer; empty: whoever uses this browser */
  constructor(key, who) {
    this.drawer = new Drawer();
    this.root = `threadline-chat:${key}`;
    this.own = `${this.root}:${who}`;
  }

  /** The browser's secret, made when it is needed first. */
  secret() {
    const name = `${this.root}:visitor`;
    if (!this.drawer.read(name)) this.drawer.write(name, randomSecret());
    return /** @type {string} */ (this.drawer.read(name));
  }

  /** @returns {import("./talk.js").Draft[]} */
  queue() {
    try {
      const found = JSON.parse(this.drawer.read(`${this.own}:queue`) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  /** Other tabs have the same queue: each change begins from what is there. @param {import("./talk.js").Draft} draft */
  enqueue(draft) {
    this.drawer.write(`${this.own}:queue`, JSON.stringify([...this.queue(), draft]));
  }

  /** @param {string} key */
  dequeue(key) {
    this.drawer.write(`${this.own}:queue`, JSON.stringify(this.queue().filter((one) => one.key !== key)));
  }

  /** @returns {{ talked?: boolean, seen?: string, name?: string, phone?: string, email?: string, open?: boolean }} */
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
