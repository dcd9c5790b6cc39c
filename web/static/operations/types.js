// @ts-check
/**
 * What `/api/operations` sends.
 *
 * @typedef {{ address: string, since: string, until: string, count: number, reason: string }} Ban
 * @typedef {{ address: string, refused: number, last: string }} Flood
 * @typedef {{ at: string, address: string, reason: string, method: string | null }} Refusal
 * @typedef {{ at: string, payer: string, number: string, reason: string }} Denied
 * @typedef {{ payer: string, calls: number, minutes: number }} Payer
 * @typedef {{ countries: string[], refused: Record<string, number>, recent: Denied[], payers: Payer[] }} Dialling
 * @typedef {{ account: string, transport: string, source: string, agent: string | null, expires_at: string, reach: string | null }} Phone
 * @typedef {{ address: string, reach: string, rtt_ms: number | null }} Way
 * @typedef {{ name: string, host: string | null, transport: string, addresses: string[], registered: boolean | null, ways: Way[] }} Trunk
 * @typedef {{ worker: number, up: boolean, legs: number, late_p50_ms: number | null, late_p99_ms: number | null, late_max_ms: number | null, late_ticks: number }} Worker
 * @typedef {{ at: string, calls: number, loop_lag_ms: number, is_overloaded: boolean, refused: Record<string, number>, bans: Ban[], floods: Flood[], recent: Refusal[], dialling: Dialling, phones: Phone[], trunks: Trunk[], media: Worker[], media_losses: number, rtp_strangers: number }} State
 */
export {};
