// @ts-check
/**
 * What the server sends to this page.
 *
 * @typedef {{ name: string, is_secret: boolean, is_required: boolean, default: string, example: string }} Field
 * @typedef {{ kind: string, identity_kind: string, is_fetched: boolean, has_sign_in: boolean, fields: Field[] }} Channel
 * @typedef {{ id: string, kind: string, address: string, title: string, state: "on" | "off" | "reconnect", problem: string | null, config: Record<string, string>, secrets: string[], queue: string | null, region: string, language: string | null, hook_url: string, version: string }} Endpoint
 * @typedef {{ name: string, is_ok: boolean, detail: string }} Check
 * @typedef {{ id: string, title?: string }} Queue
 * @typedef {{ id: string, endpoint: string | null, kind: string, title: string, received_at: string, parked_at: string, attempts: number, error: string | null, bytes: number }} Parked
 * @typedef {{ column: string | null, code: string, text: string, mend: string }} Finding
 * @typedef {{ line: number, cells: string[], findings: Finding[], state: string }} Line
 * @typedef {{ id: string, state: string, header: string[], columns: Record<string, string>, counts: Record<string, number>, lines: Line[], refused: Line[] }} Import
 * @typedef {{ id: string, title: string, first_reply_s: number | null, turn_s: number | null, resolve_s: number | null, calendar: string | null, version?: string }} Policy
 * @typedef {{ queue: string, title: string, policy: string | null, reopen_window_s: number, version?: string }} QueuePromise
 * @typedef {{ date: string, name: string, hours: string[][] }} Holiday
 * @typedef {{ id: string, timezone: string, weekly: Record<string, string[][]>, holidays: Holiday[], version?: string }} Calendar
 * @typedef {{ id: string, at: string, actor: { kind: string, id: string | null }, action: string, target: string, detail: Record<string, unknown> }} Note
 * @typedef {{ id: string, login: string, name: string, role: string, locale: string, extension: string | null, wrap_up_s: number, device: string, mobile: string | null, active: boolean, has_password: boolean, phone: { srtp: "off" | "offered" | "required", md5: boolean, is_registered: boolean } | null, version: string }} User
 * @typedef {{ id: string, title: string, need: Record<string, number>, ring_timeout_s: number, max_waiting: number | null, calendar: string | null, strategy: string, target_s: number, overflow_queue: string | null, version: string }} QueueSettings
 * @typedef {{ skills: { id: string, title: string, people: number }[], people: { id: string, login: string, name: string, role: string, skills: Record<string, number> }[] }} SkillGrid
 * @typedef {{ id: string, titles: Record<string, string>, queues: string[], place: number, is_active: boolean, version: string }} WrapUpCode
 * @typedef {{ id: string, titles: Record<string, string>, most: number, criteria: Record<string, string>[], queues: string[], place: number, is_active: boolean, version: string }} Scorecard
 * @typedef {{ number: string, title: string, flow: string, revision: number | null, region: string, record: boolean, is_answered: boolean, version: string }} PublishedNumber
 * @typedef {{ name: string, addresses: string[], host: string | null, port: number, transport: string, user: string | null, register: boolean, region: string | null, inbound_user: string | null, secrets: string[], is_running: boolean, is_registered: boolean | null, ways: { address: string, reach: string, rtt_ms: number | null }[], version: string }} Trunk
 * @typedef {{ id: string, shortcut: string, title: string, texts: Record<string, string>, queue: string | null, version?: string }} Canned
 * @typedef {{ do: string, tags?: string[], queue?: string, priority?: number, to?: string, status?: string, texts?: Record<string, string>, webhook?: string, every_s?: number }} Action
 * @typedef {{ id: string, title: string, actions: Action[], texts: Record<string, string>, queue: string | null, version?: string }} Macro
 * @typedef {{ id: string, title: string, when: string, if: string, then: Action[], on: boolean, place: number, last: boolean, applied: number, findings: { where: string, what: string, mend: string }[], version?: string }} Rule
 * @typedef {{ id: string, at: string, channel: string, direction: string, contact: string | null, words: string | null, applies: boolean, why: string | null }} Rehearsed
 * @typedef {{ at: string, outcome: string, done: any[] | null, when: string }} Run
 * @typedef {{ id: string, title: string, url: string, events: string[], state: string, waiting: number, version?: string }} Webhook
 * @typedef {{ id: string, kind: string, contact: string, state: string, asked_at: string, due_at: string, ended_at: string | null, bytes: number | null, problem: string | null }} PrivacyRequest
 * @typedef {{ id: string, name: string, role: string, scopes: string[] | null, agent: { id: string, name: string } | null, created_at: string, expires_at: string | null, last_used_at: string | null, revoked_at: string | null }} Token
 */
export {};
