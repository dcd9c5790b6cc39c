// @ts-check
/** An answer to the customer: by which way, until when that way is open, the words and the files. */
import { dayTime } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { tellWriting } from "./actions.js";
import { useSignal, useSignalEffect } from "../vendor/signals.js";
import { ReadyTexts } from "./canned.js";
import { draftOf, keepDraft } from "./drafts.js";
import { NOTHING, dropped, isFit } from "./dropping.js";
import { Articles, inserted } from "./knowledge.js";
import { entries, openThread, serverNowMs, ways } from "./store.js";
import { TemplateForm } from "./template.js";
import { sendMessage, uploadFile } from "./work.js";

/** @typedef {import("../shared/types.js").Way} Way */

const SHUT = new Set(["closed", "template_only"]);

export function ReplyBox() {
  const thread = openThread.value ?? "";
  const draft = draftOf(thread);
  const text = useSignal(draft.text);
  const subject = useSignal(draft.subject);
  const chosen = useSignal(draft.way);
  const files = useSignal(draft.files);
  const isBusy = useSignal(false);
  useSignalEffect(() => {
    const chosenText = inserted.value;
    if (chosenText?.thread !== thread) return;
    inserted.value = null;
    text.value = [text.peek().trimEnd(), chosenText.text].filter(Boolean).join("\n\n");
    keepDraft(thread, { text: text.value });
    document.getElementById("reply")?.focus();
  });
  const begunFor = useSignal(""); // what was begun for one way does not leave by another, though that one closes
  const wanted = chosen.value || begunFor.value;
  const way = ways.value.find((one) => keyOf(one) === wanted) ?? bestWay();
  /** @param {FileList | File[] | null | undefined} picked */
  const add = async (picked) => {
    for (const file of [...(picked ?? [])].filter((one) => way && isFit(one, way))) {
      const kept = await orSay(() => uploadFile(file));
      if (!kept) continue;
      files.value = [...draftOf(thread).files, { id: kept.id, name: kept.name }]; // which he may have left and come back to meanwhile
      keepDraft(thread, { files: files.value });
    }
  };
  useSignalEffect(() => {
    const given = dropped.value;
    dropped.value = NOTHING;
    void add(given);
  });
  if (!way) return null;
  const length = [...text.value.normalize("NFC")].length;
  const canSend = !isBusy.value && !isShut(way) && length <= way.limits.text_max && (text.value.trim() !== "" || files.value.length > 0);

  const keep = () => keepDraft(thread, { text: text.value, subject: subject.value, way: chosen.value || begunFor.value, files: files.value });
  const send = async () => {
    if (!canSend) return;
    isBusy.value = true;
    const message = {
      identity: way.identity,
      endpoint: way.endpoint,
      text: text.value,
      files: files.value.map((file) => file.id),
      ...(way.limits.has_subject && subject.value.trim() ? { subject: subject.value.trim() } : {}),
      ...answering(way),
    };
    if (await sendMessage(thread, message)) {
      text.value = subject.value = begunFor.value = "";
      files.value = [];
      keep();
    }
    isBusy.value = false;
  };
  /** @param {string} words */
  const put = (words) => {
    text.value = words;
    keep();
    document.getElementById("reply")?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
    if (event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
  };

  return html`<form
    class="reply-box"
    onSubmit=${/** @param {Event} event */ (event) => {
      event.preventDefault();
      void send();
    }}
  >
    <div class="reply-way">
      <select
        class="input"
        id="way"
        aria-label=${t("reply.way")}
        value=${keyOf(way)}
        onChange=${/** @param {Event} event */ (event) => {
          chosen.value = /** @type {HTMLSelectElement} */ (event.target).value;
          keep();
        }}
      >
        ${ways.value.map((one) => html`<option key=${keyOf(one)} value=${keyOf(one)}>${nameOf(one)}</option>`)}
      </select>
      ${h(WindowMark, { way })}
    </div>
    ${way.window.opening === "template_only" && !way.do_not_contact && h(TemplateForm, { key: keyOf(way), way, thread })}
    ${way.limits.has_subject &&
    html`<input
      class="input"
      maxlength="200"
      aria-label=${t("reply.subject")}
      placeholder=${t("reply.subject.placeholder")}
      value=${subject.value}
      onInput=${/** @param {Event} event */ (event) => {
        subject.value = /** @type {HTMLInputElement} */ (event.target).value;
        keep();
      }}
    />`}
    <textarea
      id="reply"
      class="input"
      rows="3"
      disabled=${isShut(way)}
      aria-label=${t("reply.label")}
      placeholder=${isShut(way) ? t("reply.shut") : t("reply.placeholder")}
      value=${text.value}
      onInput=${/** @param {Event} event */ (event) => {
        text.value = /** @type {HTMLTextAreaElement} */ (event.target).value;
        begunFor.value ||= keyOf(way);
        keep();
        tellWriting();
      }}
      onKeyDown=${onKey}
      onPaste=${/** @param {ClipboardEvent} event */ (event) => void add(event.clipboardData?.files)}
    ></textarea>
    ${h(ReadyTexts, { typed: text.value, thread, take: put })}
    ${h(Articles, { typed: text.value, take: put })}
    ${files.value.length > 0 &&
    html`<ul class="reply-files">
      ${files.value.map(
        (file) => html`<li key=${file.id}>
          ${h(Icon, { name: "clip", size: 14 })}<span>${file.name}</span>
          <button type="button" class="link-button" aria-label=${t("reply.file.remove", { name: file.name })} onClick=${() => {
            files.value = files.value.filter((one) => one.id !== file.id);
            keep();
          }}>
            ${h(Icon, { name: "close", size: 13 })}
          </button>
        </li>`,
      )}
    </ul>`}
    <div class="note-foot">
      ${way.limits.file_types.length > 0 &&
      html`<label class="button reply-attach">
        ${h(Icon, { name: "clip", size: 16 })}<span>${t("reply.attach")}</span>
        <input
          type="file"
          multiple
          class="sr-only"
          onChange=${/** @param {Event} event */ (event) => {
            const input = /** @type {HTMLInputElement} */ (event.target);
            void add(input.files).then(() => (input.value = ""));
          }}
        />
      </label>`}
      <button type="button" class="button reply-attach" onClick=${() => put(`?${text.value.replace(/^\?/, "")}`)}>${h(Icon, { name: "search", size: 16 })}<span>${t("fitting.article")}</span></button>
      <span class=${length > way.limits.text_max ? "reply-over" : "muted"}>
        ${length > way.limits.text_max * 0.8 ? `${length} / ${way.limits.text_max}` : html`<kbd>Ctrl</kbd> <kbd>Enter</kbd>`}
      </span>
      <button class="button button-primary" disabled=${!canSend}>${t("reply.send", { channel: named("channel", way.channel) })}</button>
    </div>
  </form>`;
}

/** @param {{ way: Way }} props */
function WindowMark({ way }) {
  if (way.do_not_contact) return html`<span class="chip chip-bad">${t("reply.do_not_contact")}</span>`;
  const { opening, until } = way.window;
  if (opening === "open" && !until) return null;
  const isClosing = until !== null && Date.parse(until) - serverNowMs.value < 3_600_000;
  const tone = isShut(way) ? "chip-bad" : isClosing || opening !== "open" ? "chip-bad" : "chip-good";
  return html`<span class=${`chip ${tone}`}>
    ${h(Icon, { name: "clock", size: 13 })}${until ? t(`window.${opening}.until`, { at: dayTime(until) }) : t(`window.${opening}`)}
  </span>`;
}

/** @param {Way} way */
function isShut(way) {
  return way.do_not_contact || SHUT.has(way.window.opening);
}

/** The way the customer used last, else the first that is open. */
function bestWay() {
  return ways.value.find((way) => !isShut(way)) ?? ways.value[0];
}

/** @param {Way} way */
export function keyOf(way) {
  return `${way.identity} ${way.endpoint}`;
}

/** @param {Way} way */
function nameOf(way) {
  const plain = ["phone", "email"].includes(way.kind) ? ` · ${way.value}` : "";
  return `${named("channel", way.channel)}${way.title ? ` · ${way.title}` : ""}${plain}`;
}

/** What is answered: the customer's newest message of the same channel. @param {Way} way */
function answering(way) {
  const asked = entries.peek().findLast((entry) => entry.direction === "in" && entry.channel === way.channel && entry.kind !== "call");
  return asked ? { reply_to: asked.id } : {};
}
