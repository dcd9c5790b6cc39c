// @ts-check
/**
 * The conversation as this page has it: every line once, in the server's order, whatever the network does.
 *
 * What the visitor says gets a key here and stays in the browser's memory until the server has committed it; it is
 * sent again under the same key for as long as that takes. The server tells lines by their keys, at every connection
 * the newest ones again, so a line that was told twice is still one.
 */
import { computed, signal } from "../vendor/signals.js";
import { newKey } from "./memory.js";
import { Refused } from "./server.js";

/** @typedef {{ id: string, name: string, mime: string, bytes: number, url?: string }} FileLine */
/** @typedef {{ key: string, id: string | null, direction: "in" | "out", at: string, text: string, agent: string | null, files: FileLine[], choices?: string[], state?: "sending" | "failed" }} Line */
/** @typedef {{ key: string, text: string, files: FileLine[], name?: string, phone?: string, email?: string, offline?: boolean }} Draft */

/** @typedef {{ kind: "phone" | "email", shown: string, left: number, expires_at: string }} Proof */

const PENDING = "9999";
const LONGEST_PAUSE = 30_000;
const TYPING_MS = 6_000;
const PAGE = 50;
const SILENCE_MS = 75_000; // the server says something every 25 s

export class Talk {
  /**
   * @param {import("./server.js").Server} server @param {import("./memory.js").Memory} memory
   * @param {() => { secret: string, token: string }} who @param {string} language
   */
  constructor(server, memory, who, language) {
    this.server = server;
    this.memory = memory;
    this.who = who;
    this.language = language;
    /** @type {import("../vendor/signals.js").Signal<Map<string, Line>>} */
    this.known = signal(new Map());
    this.lines = computed(() => [...this.known.value.values()].sort(inOrder));
    this.link = signal(/** @type {"off" | "connecting" | "on" | "refused"} */ ("off"));
    this.trouble = signal(false);
    this.typist = signal("");
    /** The one-time code that is on its way. @type {import("../vendor/signals.js").Signal<Proof | null>} */
    this.proof = signal(null);
    this.hasEarlier = signal(false);
    this.seen = signal(memory.facts().seen ?? "");
    this.unread = computed(
      () => this.lines.value.filter((line) => line.direction === "out" && line.at > this.seen.value).length,
    );
    this.isWatched = () => false;
    /** @type {() => void} */
    this.onNews = () => undefined;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.failures = 0;
    this.isFlushing = false;
    this.isWanted = false;
    this.typedAt = 0;
    /** @type {Set<string>} */
    this.got = new Set();
    /** @type {Set<string>} */
    this.shown = new Set();
    for (const draft of memory.queue()) this.put(lineOf(draft));
  }

  /** Begins to listen; called again it changes nothing. */
  connect() {
    if (this.isWanted) return;
    this.isWanted = true;
    this.back = () => {
      clearTimeout(this.timer);
      if (!this.socket) this.dial();
      this.flush();
    };
    window.addEventListener("online", this.back);
    this.dial();
    this.flush();
  }

  /** For good: another customer takes over. */
  end() {
    this.isWanted = false;
    if (this.back) window.removeEventListener("online", this.back);
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.socket?.close();
    this.socket = null;
  }

  dial() {
    if (!this.isWanted || this.socket) return;
    if (this.link.value !== "on") this.link.value = "connecting";
    const socket = this.server.socket();
    this.socket = socket;
    socket.onopen = () => {
      const { secret, token } = this.who();
      socket.send(JSON.stringify({ type: "hello", visitor: secret, identity: token || undefined }));
    };
    socket.onmessage = (event) => {
      this.expect(socket, SILENCE_MS);
      this.hear(JSON.parse(event.data));
    };
    socket.onclose = (event) => socket === this.socket && this.lost(event.code);
    this.expect(socket, 15_000);
  }

  /** A dead network tells nobody: a socket that says nothing in time is given up. @param {WebSocket} socket @param {number} within ms */
  expect(socket, within) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (socket !== this.socket) return;
      socket.close();
      this.lost(0);
    }, within);
  }

  /** @param {number} code */
  lost(code) {
    clearTimeout(this.silence);
    this.socket = null;
    if (!this.isWanted) return;
    if (code === 4403) {
      this.link.value = "refused";
      return;
    }
    this.failures += 1;
    this.link.value = "connecting";
    if (this.failures > 1) this.trouble.value = true;
    if (this.failures > 2) this.fetch();
    const pause = Math.min(LONGEST_PAUSE, 400 * 2 ** Math.min(this.failures, 8)) * (0.75 + Math.random() / 4);
    this.timer = setTimeout(() => this.dial(), pause);
  }

  /** Where no socket gets through, asking does. */
  async fetch() {
    try {
      this.take((await this.server.messages()).items);
    } catch (failed) {
      if (failed instanceof Refused && failed.status === 422) this.link.value = "refused";
    }
  }

  /** @param {{ type: string, items?: Line[], agent?: string, proof?: Proof | null }} said */
  hear(said) {
    if (said.type === "items") {
      this.failures = 0;
      this.link.value = "on";
      this.trouble.value = false;
      this.take(said.items ?? []);
      this.flush();
    } else if (said.type === "proof") {
      this.proof.value = said.proof ?? null;
    } else if (said.type === "typing") {
      this.typist.value = said.agent ?? "";
      clearTimeout(this.typingTimer);
      this.typingTimer = setTimeout(() => (this.typist.value = ""), TYPING_MS);
    }
  }

  /** @param {Line[]} lines */
  take(lines) {
    if (!lines.length) return;
    const before = this.known.value;
    const isFirst = ![...before.values()].some((line) => line.id);
    const next = new Map(before);
    for (const line of lines) next.set(line.key, { ...line, at: before.get(line.key)?.id ? (before.get(line.key)?.at ?? line.at) : line.at });
    this.known.value = next;
    for (const line of lines) this.memory.dequeue(line.key);
    const ours = lines.filter((line) => line.direction === "out");
    if (ours.length) this.typist.value = "";
    if (isFirst) this.hasEarlier.value = lines.length >= PAGE;
    this.memory.note({ talked: true });
    this.mark("got", ours, this.got);
    this.look();
    if (!isFirst && ours.some((line) => !before.has(line.key))) this.onNews();
  }

  async earlier() {
    const first = this.lines.value.find((line) => line.id);
    if (!first?.id) return;
    const { items } = await this.server.messages(first.id);
    this.hasEarlier.value = items.length >= PAGE;
    this.known.value = new Map([...items.map((/** @type {Line} */ line) => [line.key, line]), ...this.known.value]);
  }

  /** The visitor sees the conversation now. */
  look() {
    if (!this.isWatched()) return;
    const ours = this.lines.value.filter((line) => line.direction === "out");
    const last = ours.at(-1);
    if (!last) return;
    if (last.at > this.seen.value) {
      this.seen.value = last.at;
      this.memory.note({ seen: last.at });
    }
    this.mark("seen", ours, this.shown);
  }

  /** @param {"got" | "seen"} type @param {Line[]} lines @param {Set<string>} told */
  mark(type, lines, told) {
    const keys = lines.map((line) => line.key).filter((key) => !told.has(key)).slice(-100);
    if (!keys.length || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type, keys }));
    for (const key of keys) told.add(key);
  }

  typing() {
    if (Date.now() - this.typedAt < 3_000 || this.socket?.readyState !== WebSocket.OPEN) return;
    this.typedAt = Date.now();
    this.socket.send(JSON.stringify({ type: "typing" }));
  }

  /** @param {Omit<Draft, "key">} said */
  say(said) {
    const facts = this.memory.facts();
    const draft = { key: newKey(), name: facts.name, phone: facts.phone, email: facts.email, ...said };
    this.memory.enqueue(draft);
    this.memory.note({ talked: true });
    this.put(lineOf(draft));
    this.connect();
    this.flush();
  }

  /** @param {Line} line */
  again(line) {
    const draft = { key: line.key, text: line.text, files: line.files };
    this.memory.enqueue(draft);
    this.put(lineOf(draft));
    this.flush();
  }

  /** Sends what waits, one after the other, until all is committed or the network is gone. */
  async flush() {
    if (this.isFlushing) return;
    this.isFlushing = true;
    try {
      for (let draft = this.memory.queue()[0]; draft; draft = this.memory.queue()[0]) await this.deliver(draft);
    } catch (failed) {
      const pause = failed instanceof Refused && failed.retryAfter ? failed.retryAfter * 1000 : 3_000;
      clearTimeout(this.flushTimer);
      this.flushTimer = setTimeout(() => this.flush(), pause);
      this.trouble.value = true;
    } finally {
      this.isFlushing = false;
    }
  }

  /** @param {Draft} draft */
  async deliver(draft) {
    const { files, ...rest } = draft;
    const page = location.origin + location.pathname;
    try {
      const taken = await this.server.say({ ...rest, files: files.map((file) => file.id), page, language: this.language });
      this.memory.dequeue(draft.key);
      const line = this.known.value.get(draft.key) ?? lineOf(draft);
      this.put({ ...line, at: taken.at, state: undefined });
      if (this.link.value === "on") this.trouble.value = false;
    } catch (failed) {
      if (!(failed instanceof Refused) || failed.isPassing) throw failed;
      this.memory.dequeue(draft.key);
      this.put({ ...lineOf(draft), state: "failed" });
    }
  }

  /** @param {Line} line */
  put(line) {
    this.known.value = new Map(this.known.value).set(line.key, line);
  }
}

/** @param {Draft} draft @returns {Line} */
function lineOf(draft) {
  return {
    key: draft.key, id: null, direction: "in", at: PENDING, text: draft.text, agent: null, files: draft.files,
    state: "sending",
  };
}

/** By the server's time; what it has not taken yet comes last, in the order it was said. @param {Line} a @param {Line} b */
function inOrder(a, b) {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return Number(a.id ?? 0) - Number(b.id ?? 0);
}
