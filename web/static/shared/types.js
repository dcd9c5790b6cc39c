// @ts-check
/**
 * Shapes the server sends, as `/api/openapi.json` describes them.
 *
 * @typedef {"logged_out" | "ready" | "offered" | "talking" | "wrap_up" | "missed" | "away"} StateName
 * @typedef {{ id: string, login: string, name: string, role: string, locale: string, extension: string | null, wrap_up_s: number }} Me
 * @typedef {{ agent: Me | null, csrf: string | null, locale: string }} Session
 * @typedef {{ agent: string, login?: string, name?: string, state: StateName, reason: string | null, since: string | null, until: string | null, call?: string | null }} AgentRow
 * @typedef {{ id: string, title?: string, waiting?: number, longest_wait_s?: number | null, ready?: number }} QueueRow
 * @typedef {{ at?: string, step: string, type: string, label: string | null, keys: string | null }} PathStep
 * @typedef {{ kind: string, value: string, trust: string, shared?: boolean }} Identity
 * @typedef {{ number: number, status: string, queue: string | null, subject: string | null, opened_at: string }} WorkItem
 * @typedef {{ id: string, thread: string, name: string | null, language: string | null, vip?: boolean, tags?: string[] }} Contact
 * @typedef {{ contact: Contact, identities: Identity[], work_items: WorkItem[] }} Customer
 * @typedef {{ id?: string | null, direction?: string, number?: string | null, language?: string | null, started_at?: string, answered_at?: string | null, ended_at?: string | null, outcome?: { result: string, reason: string } | null, path?: PathStep[], queue?: string | null, queue_title?: string | null, wait_s?: number | null, agent?: string | null, agent_name?: string | null, talk_s?: number | null, recordings?: string[], tags?: string[] }} CallFacts
 * @typedef {{ id: string, thread: string, kind: string, channel: string, direction: "in" | "out" | "none", actor: { kind: string, id: string | null, name: string | null }, at: string, preview: string | null, text: string | null, subject: string | null, status: string | null, call: CallFacts | null }} Entry
 * @typedef {{ id: string, from: string | null, queue: string | null, language: string | null, path?: PathStep[], wait_s?: number | null, started_at?: string }} PopCall
 * @typedef {{ contact: Contact | null, identities: Identity[], work_items: WorkItem[], timeline: Entry[], call: PopCall }} Pop
 * @typedef {{ reservation: string, call: string, queue: string, at: string, lease_until: string, ring_timeout_s: number, pop: Pop }} Offer
 * @typedef {{ speaker: string, t0: number, t1: number, text: string }} Segment
 * @typedef {{ state: string, engine: string | null, language: string | null, detail: string | null, segments: Segment[] }} Transcript
 * @typedef {{ seq: number, type: string, data: any }} LiveMessage
 */
export {};
