// @ts-check
/** The server's side as the widget asks it. Nothing here remembers anything. */

const HOME = new URL("../../", import.meta.url);

/** The server said no. `status` 0: it was not reached. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {number} [retryAfter] seconds */
  constructor(status, code, retryAfter = 0) {
    super(code);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same may be asked again later. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** @param {string} url of a file, as the server gave it */
export const absolute = (url) => new URL(url, HOME).href;

export class Server {
  /** @param {string} key the endpoint @param {() => { secret: string, token: string }} who */
  constructor(key, who) {
    this.root = new URL(`api/chat/${encodeURIComponent(key)}/`, HOME);
    this.who = who;
  }

  site() {
    return this.ask("GET", "site", undefined, {});
  }

  /** @param {string} [before] */
  messages(before) {
    return this.ask("GET", before ? `messages?before=${before}` : "messages", undefined, this.names());
  }

  /** @param {object} said */
  say(said) {
    return this.tell("messages", said);
  }

  /** A one-time code is sent there. @param {"phone" | "email"} kind @param {string} value @param {string} language */
  prove(kind, value, language) {
    return this.tell("proofs", { kind, value, language });
  }

  /** @param {string} code @returns {Promise<{ state: "proven" | "wrong" | "over", left: number }>} */
  code(code) {
    return this.tell("proof-code", { code });
  }

  /** @param {string} path @param {object} said */
  tell(path, said) {
    return this.ask("POST", path, JSON.stringify(said), { ...this.names(), "Content-Type": "application/json" });
  }

  /** @param {File} file */
  upload(file) {
    const headers = { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name) };
    return this.ask("POST", "files", file, { ...this.names(), ...headers }, 120_000);
  }

  /** What may answer a question that is being typed. @param {string} question @param {string} language */
  articles(question, language) {
    return this.ask("GET", `articles?q=${encodeURIComponent(question.slice(-400))}&language=${language}`, undefined, {});
  }

  /** @param {string} slug @param {string} language */
  article(slug, language) {
    return this.ask("GET", `article?slug=${encodeURIComponent(slug)}&language=${language}`, undefined, {});
  }

  /** @param {string} article @param {"helped" | "person"} verdict */
  judge(article, verdict) {
    return this.tell("verdicts", { article, verdict });
  }

  socket() {
    const url = new URL("live", this.root);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url);
  }

  /** @returns {Record<string, string>} */
  names() {
    const { secret, token } = this.who();
    return { "X-Chat-Visitor": secret, ...(token ? { "X-Chat-Identity": token } : {}) };
  }

  /**
   * @param {string} method @param {string} path @param {BodyInit | undefined} body
   * @param {Record<string, string>} headers @param {number} [patience] milliseconds
   */
  async ask(method, path, body, headers, patience = 20_000) {
    /** @type {Response} */
    let reply;
    try {
      const signal = AbortSignal.timeout(patience);
      reply = await fetch(new URL(path, this.root), { method, body, headers, signal, credentials: "omit" });
    } catch {
      throw new Refused(0, "unreachable");
    }
    const answer = await reply.json().catch(() => ({}));
    if (reply.ok) return answer;
    throw new Refused(reply.status, answer?.error?.code ?? "", Number(reply.headers.get("Retry-After")) || 0);
  }
}
