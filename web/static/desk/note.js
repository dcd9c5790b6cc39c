// @ts-check
/** The box for notes that only colleagues see. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { addNote, tellWriting } from "./actions.js";
import { draftOf, keepDraft } from "./drafts.js";
import { openThread } from "./store.js";

export function NoteBox() {
  const thread = openThread.value ?? "";
  const text = useSignal(draftOf(thread).note);
  const isBusy = useSignal(false);

  /** @param {string} value */
  const write = (value) => {
    text.value = value;
    keepDraft(thread, { note: value });
  };
  const save = async () => {
    if (!text.value.trim() || isBusy.value) return;
    isBusy.value = true;
    if (await addNote(text.value)) write("");
    isBusy.value = false;
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
    if (event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
  };

  return html`<form
    class="note-box"
    onSubmit=${/** @param {Event} event */ (event) => {
      event.preventDefault();
      void save();
    }}
  >
    <label class="note-label" for="note">${h(Icon, { name: "note", size: 15 })}<span>${t("note.label")}</span></label>
    <textarea
      id="note"
      class="input"
      rows="2"
      maxlength="20000"
      placeholder=${t("note.placeholder")}
      value=${text.value}
      onInput=${/** @param {Event} event */ (event) => {
        write(/** @type {HTMLTextAreaElement} */ (event.target).value);
        tellWriting();
      }}
      onKeyDown=${onKey}
    ></textarea>
    <div class="note-foot">
      <span class="muted"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
      <button class="button button-primary" disabled=${isBusy.value || !text.value.trim()}>${t("note.save")}</button>
    </div>
  </form>`;
}
