// @ts-check
/** Prompts by language: what is said, what is missing, how it sounds, and a recording in its place. */
import { ApiError, csrf } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { say } from "../shared/toasts.js";
import { signal, useSignal } from "../vendor/signals.js";
import { asWave } from "./wave.js";
import { patch, picture, wanted } from "./state.js";

/** @typedef {import("./types.js").PromptRow} PromptRow */

const ANY = "any";
const player = new Audio();
/** The prompt that is being recorded. @type {import("../vendor/signals.js").Signal<{ id: string, recorder: MediaRecorder } | null>} */
const recording = signal(null);

/** @param {{ canWrite: boolean }} props */
export function Prompts({ canWrite }) {
  const outline = picture.value;
  const rows = outline?.prompts ?? [];
  const gaps = rows.reduce((sum, one) => sum + one.missing.length, 0);
  return html`<div class="flow-side">
    <p class=${gaps ? "flow-wrong" : "muted"} role="status">${gaps ? t("flows.prompts.missing", { n: gaps }) : t("flows.prompts.complete", { n: rows.length })}</p>
    ${rows.map((row) => h(Prompt, { key: row.id, row, languages: outline?.languages ?? [], canWrite }))}
  </div>`;
}

/** @param {{ row: PromptRow, languages: string[], canWrite: boolean, key?: string }} props */
function Prompt({ row, languages, canWrite }) {
  const spoken = ANY in row.said ? [ANY] : languages;
  return html`<section class="flow-prompt" aria-label=${row.id}>
    <button class="link-button" onClick=${() => (wanted.value = { line: row.line, column: 1 })}>${row.id}</button>
    ${spoken.map((language) => h(Said, { key: language, prompt: row.id, language, said: row.said[language], canWrite, fallback: languages[0] ?? "vi-VN" }))}
  </section>`;
}

/** @param {{ prompt: string, language: string, said: { text: string, audio: string, parts: number } | undefined, canWrite: boolean, fallback: string, key?: string }} props */
function Said({ prompt, language, said, canWrite, fallback }) {
  const given = useSignal(said?.text ?? "");
  const isOne = !said || said.parts === 1;
  const id = `${prompt} ${language}`;
  const isRecording = recording.value?.id === id;
  const store = async () => {
    if (given.value === (said?.text ?? "") || !given.value.trim()) return;
    await patch(["prompts", prompt, language, "text"], given.value);
  };
  const hear = () => {
    const tag = language === ANY ? fallback : language;
    const spoken = `/api/flows/-/speech?language=${picture.value?.voices[tag] ?? tag}&text=${encodeURIComponent(given.value)}`;
    player.src = said?.audio ? `/api/flows/-/recording?audio=${encodeURIComponent(said.audio)}` : spoken;
    player.play().catch(() => say("bad", t("flows.prompts.silent")));
  };
  return html`<div class=${`flow-saying ${said ? "" : "flow-missing"}`}>
    <span class="flow-badge">${language}</span>
    <textarea class="input" rows="2" aria-label=${`${prompt} ${language}`} readonly=${!canWrite || !isOne} value=${given.value} placeholder=${t("flows.prompts.none")} onInput=${(/** @type {any} */ event) => (given.value = event.target.value)} onChange=${() => void store()}></textarea>
    <span class="flow-prompt-tools">
      <button class="icon-button" aria-label=${t("flows.prompts.hear")} title=${t("flows.prompts.hear")} disabled=${!given.value && !said?.audio} onClick=${hear}>${h(Icon, { name: "play", size: 16 })}</button>
      ${canWrite &&
      isOne &&
      html`<label class="icon-button" title=${t("flows.prompts.upload")}>${h(Icon, { name: "clip", size: 16 })}<input class="flow-file" type="file" accept="audio/*" aria-label=${t("flows.prompts.upload")} onChange=${(/** @type {any} */ event) => void (event.target.files[0] && upload(prompt, language, event.target.files[0]))} /></label>
        <button class="icon-button" aria-pressed=${isRecording} aria-label=${isRecording ? t("flows.prompts.stop") : t("flows.prompts.record")} title=${isRecording ? t("flows.prompts.stop") : t("flows.prompts.record")} onClick=${() => void (isRecording ? recording.value?.recorder.stop() : record(id, prompt, language))}>${h(Icon, { name: isRecording ? "pause" : "mic", size: 16 })}</button>`}
    </span>
    ${said?.audio && html`<span class="muted">${said.audio}</span>`}
  </div>`;
}

/** What this browser can't decode goes up as it is: the server reads other formats. @param {string} prompt @param {string} language @param {Blob} sound */
async function upload(prompt, language, sound) {
  try {
    const body = await asWave(sound).catch(() => sound);
    const headers = new Headers({ "Content-Type": "audio/wav", Accept: "application/json" });
    if (csrf.value) headers.set("X-CSRF-Token", csrf.value);
    const response = await fetch(`/api/flows/-/recordings?prompt=${encodeURIComponent(prompt)}&language=${language}`, { method: "POST", headers, body });
    const answer = await response.json();
    if (!response.ok) throw new ApiError(response.status, answer.error.code, answer.error.message);
    await patch(["prompts", prompt, language, "audio"], answer.audio);
    say("good", t("flows.prompts.kept"));
  } catch {
    say("bad", t("flows.prompts.unreadable"));
  }
}

/** @param {string} id @param {string} prompt @param {string} language */
async function record(id, prompt, language) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
  if (!stream) return say("bad", t("flows.prompts.no_mic"));
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    stream.getTracks().forEach((track) => track.stop());
    recording.value = null;
    void upload(prompt, language, new Blob(parts, { type: recorder.mimeType }));
  });
  recorder.start();
  recording.value = { id, recorder };
}
