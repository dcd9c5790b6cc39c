// @ts-check
/**
 * What the server sends to this page.
 *
 * @typedef {{ name: string, is_secret: boolean, is_required: boolean, default: string, example: string }} Field
 * @typedef {{ kind: string, identity_kind: string, is_fetched: boolean, fields: Field[] }} Channel
 * @typedef {{ id: string, kind: string, address: string, title: string, state: "on" | "off" | "reconnect", problem: string | null, config: Record<string, string>, secrets: string[], queue: string | null, region: string, language: string | null, hook_url: string }} Endpoint
 * @typedef {{ name: string, is_ok: boolean, detail: string }} Check
 * @typedef {{ id: string, title?: string }} Queue
 * @typedef {{ id: string, endpoint: string | null, kind: string, title: string, received_at: string, parked_at: string, attempts: number, error: string | null, bytes: number }} Parked
 * @typedef {{ column: string | null, code: string, text: string, mend: string }} Finding
 * @typedef {{ line: number, cells: string[], findings: Finding[], state: string }} Line
 * @typedef {{ id: string, state: string, header: string[], columns: Record<string, string>, counts: Record<string, number>, lines: Line[], refused: Line[] }} Import
 * @typedef {{ id: string, title: string, first_reply_s: number | null, turn_s: number | null, resolve_s: number | null, calendar: string | null }} Policy
 * @typedef {{ queue: string, title: string, policy: string | null, reopen_window_s: number }} QueuePromise
 * @typedef {{ date: string, name: string, hours: string[][] }} Holiday
 * @typedef {{ id: string, timezone: string, weekly: Record<string, string[][]>, holidays: Holiday[] }} Calendar
 * @typedef {{ id: string, at: string, actor: { kind: string, id: string | null }, action: string, target: string, detail: Record<string, unknown> }} Note
 */
export {};
