// @ts-check
/**
 * What `/api/flows` sends.
 *
 * @typedef {{ number: string, title: string, revision: number | null, canary: number | null, percent: number | null, is_trial: boolean }} NumberRow
 * @typedef {{ id: string, title: string, kind: string, newest: number, published: number | null, author: string, message: string, saved_at: string, numbers: NumberRow[] }} FlowRow
 * @typedef {{ id: string, n: number, author: string, message: string, saved_at: string, yaml: string, published: number | null, numbers: NumberRow[] }} FlowText
 * @typedef {{ n: number, author: string, message: string, saved_at: string, is_published: boolean }} Revision
 * @typedef {{ code: string, facts: { [name: string]: string | number | Said } }} Said a sentence of ivr_flows/wording
 * @typedef {{ severity: "error" | "warning", line: number, column: number, step: string | null, message: string, hint: string, words?: Said, advice?: Said | null }} Finding the browser's own have no `words`
 * @typedef {{ id: string, type: string, line: number, end_line: number, label: string, fields: Record<string, any> }} Step
 * @typedef {{ from: string, to: string, label: string, kind: string }} Way
 * @typedef {{ id: string, line: number, said: Record<string, { text: string, audio: string, parts: number }>, missing: string[] }} PromptRow
 * @typedef {{ is_readable: boolean, id: string, title: string, kind: string, entry: string, languages: string[], voices: Record<string, string>, steps: Step[], ways: Way[], prompts: PromptRow[], tests: { name: string, line: number }[] }} Outline
 * @typedef {{ findings: Finding[], outline: Outline }} Checked
 * @typedef {{ name: string, passed: boolean, failures: string[], visited: string[], lines: string[] }} TestRun
 * @typedef {{ tests: TestRun[], coverage: { percent: number, missed_steps: string[], missed_ways: [string, string][] } }} TestsRun
 * @typedef {{ n: number, author: string, message: string, yaml: string, saved_at: string }} Theirs
 * @typedef {{ lines: { at_s: number, kind: string, text: string, act: number }[], visited: string[], vars: Record<string, unknown>, step: string, language: string, over: boolean, waits: string, listens: boolean, written: boolean }} Walk
 * @typedef {{ ways: { from: string, to: string | null, calls: number, seconds: number, hung_up: number }[], keys: { step: string, outcome: string, keys: string | null, times: number }[] }} Paths
 * @typedef {{ id: string, from: string | null, started_at: string, ended_at: string | null, revision: number, result: string | null, reason: string | null, last_step: string | null }} CallRow
 */
export {};
