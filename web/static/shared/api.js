// @ts-check
/** Requests to the server. Every failure is an ApiError with a code the catalogues can translate. */
import { signal } from "../vendor/signals.js";

/** @type {import("../vendor/signals.js").Signal<string | null>} */
export const csrf = signal(null);

/** Told when the server no longer knows us. @type {{ current: () => void }} */
export const onSignedOut = { current: () => {} };

/** Instead of a version: the thing is new, and the server refuses to write over one that is there. */
export const NEW = "*new";

const TIMEOUT_MS = 15_000;
const UPLOAD_MS = 120_000;

export class ApiError extends Error {
  /**
   * @param {number} status 0 when the server could not be reached
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [facts]
   */
  constructor(status, code, message, facts = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [version] what was seen: the server refuses to write over something newer
 * @param {number} [timeoutMs]
 * @returns {Promise<any>}
 */
async function request(method, path, body, version, timeoutMs = TIMEOUT_MS) {
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (version === NEW) headers.set("If-None-Match", "*");
  else if (version) headers.set("If-Match", `"${version}"`);
  if (csrf.value && method !== "GET") headers.set("X-CSRF-Token", csrf.value);
  const response = await reach(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return read(response);
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const error = answer.error ?? {};
  if (error.code === "not_signed_in") onSignedOut.current();
  throw new ApiError(response.status, error.code ?? "internal", error.message ?? response.statusText, error);
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new ApiError(0, "unreachable", "unreachable");
  }
}

/** Uploads a file of a message. @param {File} file @returns {Promise<any>} */
export async function upload(file) {
  const headers = new Headers({ Accept: "application/json", "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name) });
  if (csrf.value) headers.set("X-CSRF-Token", csrf.value);
  return read(await reach("/api/files", { method: "POST", headers, body: file, signal: AbortSignal.timeout(UPLOAD_MS) }));
}

export const api = {
  /** @param {string} path */
  get: (path) => request("GET", path),
  /** @param {string} path @param {unknown} [body] */
  post: (path, body) => request("POST", path, body),
  /** For what takes minutes. @param {string} path @param {unknown} body @param {number} timeoutMs */
  postSlow: (path, body, timeoutMs) => request("POST", path, body, undefined, timeoutMs),
  /** @param {string} path @param {unknown} body @param {string} [version] */
  put: (path, body, version) => request("PUT", path, body, version),
  /** @param {string} path @param {unknown} body @param {string} [version] */
  patch: (path, body, version) => request("PATCH", path, body, version),
  /** @param {string} path */
  delete: (path) => request("DELETE", path),
};
