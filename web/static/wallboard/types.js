// @ts-check
/**
 * What `/api/wallboard`, `/api/waiting`, `/api/waiting/ID/why` and `/api/what-if` send.
 *
 * @typedef {{ of_offered: number | null, of_patient: number | null, of_answered: number | null }} Levels
 * @typedef {{ offered: number, entered: number, answered: number, abandoned: number, short_abandoned: number, abandoned_share: number | null, asa_s: number | null, service_level: Levels }} Figures
 * @typedef {{ id: string, title: string, waiting: number, offered: number, talking: number, ready: number, longest_wait_s: number | null, need: Record<string, number>, target_s: number, short_abandon_s: number, figures: Figures }} Queue
 * @typedef {{ contact: string, queue: string | null, kind: string, state: string, number: string | null, since: string, part: "agent" | "consulted" | "guest" | "supervisor" | "inside", name: string | null }} Held
 * @typedef {{ agent: string, login: string, name: string, role: string, state: string, reason: string | null, since: string | null, until: string | null, occupancy: number, contacts: number, skills: Record<string, number>, holding: Held[] }} Agent
 * @typedef {{ at: string, since: string, queues: Queue[], agents: Agent[], totals: Figures & { occupancy: number | null }, callbacks: number }} Board
 * @typedef {{ contact: string, queue: string, position: number, kind: string, state: string, priority: number, entered_at: string, number: string | null, agent: string | null, agent_name: string | null }} Waiting
 * @typedef {{ agent: string, name: string | null, reason: string }} Lost
 * @typedef {{ at: string, agent: string | null, agent_name: string | null, queue: string, waited_s: number, step: number, need: Record<string, number>, lost: Lost[] }} Decision
 * @typedef {{ at: string, queue: string, kind: string, wait_s: number | null, reason: string | null, agent: string | null, agent_name: string | null }} Way
 * @typedef {{ decisions: Decision[], way: Way[] }} Why
 * @typedef {{ mean: number, half: number }} Estimate
 * @typedef {{ service_level: Estimate, abandoned: Estimate, asa: Estimate, p95: Estimate, longest: Estimate, occupancy: Estimate }} Predicted
 * @typedef {{ service_level: number, abandoned: number, occupancy: number }} Textbook
 * @typedef {Predicted & { queue: string, title: string, need: Record<string, number>, contacts: number, load: number, agents: number, erlang_a: Textbook | null }} Class
 * @typedef {Predicted & { agents: number, erlang_a: Textbook | null }} Staffed
 * @typedef {{ kind: string, queue: string | null, class: number | null, text: string }} Caution
 * @typedef {{ basis: { arrivals: string, contacts: number, hours: number, agents: number, days: number }, all: Predicted | null, cross_trained: Predicted | null, erlang_a: Textbook | null, classes: Class[], warnings: Caution[], staffing: Staffed[] }} Prediction
 * @typedef {{ call: string, at: string, thread: string | null, customer: string | null, queue: string | null, agent: string, agent_name: string, talk_s: number | null, recordings: string[], percent: number | null }} Heard
 * @typedef {{ id: string, name: string, calls: number, evaluated: number, percent: number | null }} Average
 * @typedef {{ calls: Heard[], next: string | null, agents: Average[] }} Quality
 * @typedef {{ id: string, titles: Record<string, string>, most: number, criteria: Record<string, string>[] }} Card
 * @typedef {{ agents: { id: string, name: string }[], scorecards: Card[], evaluations: import("../shared/types.js").Evaluation[] }} Given
 * @typedef {{ id: string, from: string | null, to: string | null, direction: string, contact: string | null, queue: string | null, wait_s: number | null, talk_s: number | null, language: string | null, started_at: string, recordings: string[] }} CallFacts
 * @typedef {{ kind: "force", agent: Agent, state: "ready" | "away" | "logged_out" } | { kind: "take_over", name: string, call: string } | { kind: "skills", agent: Agent } | { kind: "move", contact: Waiting } | { kind: "why", contact: string, label: string }} Asked
 */
export {};
