// @ts-check
/** The live socket: reconnects by itself and continues after the last message it saw. */
import { batch, signal } from "../vendor/signals.js";

/** @typedef {import("./types.js").LiveMessage} LiveMessage */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const SIGNED_OUT = 4401;

/** @type {import("../vendor/signals.js").Signal<"connecting" | "online" | "offline">} */
export const connection = signal("connecting");

export class Live {
  /**
   * @param {(message: LiveMessage) => void} onMessage
   * @param {() => void} onRefused called when the server closes for good, or keeps refusing us
   */
  constructor(onMessage, onRefused) {
    this.onMessage = onMessage;
    this.onRefused = onRefused;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {number | null} */
    this.seen = null;
    this.pauseMs = FIRST_PAUSE_MS;
    this.stopped = false;
    /** @type {Set<string>} */
    this.watched = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  start() {
    this.stopped = false;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const since = this.seen === null ? "" : `&since=${this.seen}`;
    const socket = new WebSocket(`${scheme}://${location.host}/api/live?arrays=true${since}`);
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** The page shows this thread and wants its news. @param {string} thread */
  watch(thread) {
    this.watched.add(thread);
    this.send({ type: "watch", thread });
  }

  /** @param {string} thread */
  unwatch(thread) {
    this.watched.delete(thread);
    this.send({ type: "unwatch", thread });
  }

  /** @param {object} data */
  send(data) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(data));
  }

  opened() {
    this.pauseMs = FIRST_PAUSE_MS;
    connection.value = "online";
    for (const thread of this.watched) this.send({ type: "watch", thread });
  }

  /** What came together changes the page once; what one message breaks, the others do not suffer from. @param {LiveMessage[]} messages */
  received(messages) {
    batch(() => {
      for (const message of messages) {
        this.seen = message.seq;
        try {
          this.onMessage(message);
        } catch (error) {
          reportError(error);
        }
      }
    });
  }

  /** @param {number} code */
  closed(code) {
    if (this.stopped) return;
    connection.value = "offline";
    if (code === SIGNED_OUT) {
      this.onRefused();
      return;
    }
    const jitter = 0.75 + Math.random() / 2;
    this.timer = setTimeout(() => this.start(), this.pauseMs * jitter);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
