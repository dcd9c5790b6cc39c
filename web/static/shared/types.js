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
 * @typedef {{ contact: Contact, identities: Identity[], work_items: WorkItem[], kin: Kin }} Customer
 * @typedef {{ id?: string | null, direction?: string, number?: string | null, language?: string | null, started_at?: string, answered_at?: string | null, ended_at?: string | null, outcome?: { result: string, reason: string } | null, path?: PathStep[], queue?: string | null, queue_title?: string | null, wait_s?: number | null, agent?: string | null, agent_name?: string | null, talk_s?: number | null, recordings?: string[], tags?: string[], wrap_up?: { code: string, titles: Record<string, string> } | null }} CallFacts
 * @typedef {{ id: string, thread: string, kind: string, channel: string, direction: "in" | "out" | "none", actor: { kind: string, id: string | null, name: string | null }, at: string, preview: string | null, text: string | null, subject: string | null, status: string | null, call: CallFacts | null, endpoint?: string | null, html?: boolean, delivery?: Delivery | null, reply_to?: string | null, attachments?: Attachment[], meta?: Record<string, any> }} Entry
 * @typedef {{ status: string, code: string | null, detail: string | null, at: string }} Delivery
 * @typedef {{ id: string, name: string, mime: string, bytes: number, state: string, content_id: string | null }} Attachment
 * @typedef {{ identity: number, kind: string, value: string, trust: string, endpoint: string, channel: string, title: string, window: { opening: string, until: string | null }, limits: { text_max: number, file_bytes: number, file_types: string[], has_html: boolean, has_subject: boolean }, do_not_contact: boolean, last_inbound: string | null }} Way
 * @typedef {{ contact: string, name: string | null, last_seen: string, kind: string, value: string }} Candidate
 * @typedef {{ id: string, contact: string | null, name: string | null, reason: string, code: string, kind: string, value: string, own: boolean }} Suggestion
 * @typedef {{ id: string, at: string, loser: { contact: string, name: string | null }, state: string }} MergeFacts
 * @typedef {{ candidates: Candidate[], suggestions: Suggestion[], merges: MergeFacts[] }} Kin
 * @typedef {{ number: number, thread: string, contact: { id: string, name: string | null }, status: string, owner: { id: string, name: string } | null, queue: string | null, priority: number, subject: string | null, opened_at: string, next_due_at: string | null, snoozed_until: string | null, overdue: boolean, turn_at?: string | null, tags?: string[] }} CaseCard
 * @typedef {{ entry: string, thread: string, contact: { id: string, name: string | null }, by: string | null, preview: string | null, at: string }} Mention
 * @typedef {{ panels: { source: string, title: string, rows: { label: string, value: string }[], links: { label: string, url: string }[], problem: string | null }[], orders: { number: string, value: string, currency: string, placed_at: string }[], worth: { currency: string, value: string }[] }} Panel
 * @typedef {{ id: string, shortcut: string, title: string, text?: string }} ReadyText
 * @typedef {{ id: string, slug: string, language: string, title: string, url: string, snippet: [string, boolean][] }} Article
 * @typedef {{ contacts: { contact: string, thread: string, name: string | null, matched: string | null }[], cases: { number: number, subject: string | null, contact: { id: string, name: string | null } }[], entries: { id: string, channel: string, at: string, contact: { id: string, name: string | null }, snippet: [string, boolean][] }[], spoken: { recording: string, t0: number, at: string, contact: { id: string, name: string | null }, snippet: [string, boolean][] }[] }} Found
 * @typedef {{ id: string, from: string | null, queue: string | null, language: string | null, path?: PathStep[], wait_s?: number | null, started_at?: string, vouched?: string | null }} PopCall
 * @typedef {{ contact: Contact | null, identities: Identity[], work_items: WorkItem[], timeline: Entry[], call: PopCall }} Pop
 * @typedef {{ reservation: string, call: string, queue: string, at: string, lease_until: string, ring_timeout_s: number, pop: Pop }} Offer
 * @typedef {{ word: string, t0: number, t1: number }} SpokenWord
 * @typedef {{ speaker: string, t0: number, t1: number, text: string, words: SpokenWord[] }} Segment
 * @typedef {{ seconds: number, lanes: number[][], masked: { from_s: number, to_s: number }[] }} Waveform
 * @typedef {{ state: string, engine: string | null, language: string | null, detail: string | null, segments: Segment[] }} Transcript
 * @typedef {{ id: number, agent: string, agent_name: string, scorecard: string, titles: Record<string, string>, most: number, criteria: Record<string, string>[], points: (number | null)[], percent: number, comment: string, by: string, by_name: string, at: string }} Evaluation `percent`: of the points to be had; a criterion without points does not apply
 * @typedef {{ seq: number, type: string, data: any }} LiveMessage
 */
export {};
