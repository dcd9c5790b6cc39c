// @ts-check
/** A question in front of the page, and what is done when it is answered. */
import { html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { asked, readBoard } from "./floor.js";

export function close() {
  asked.value = null;
}

/** Does it, says so, and shows the floor as it is then. @param {() => Promise<unknown>} work @param {string} done */
export async function perform(work, done) {
  const went = await orSay(async () => {
    await work();
    return true;
  });
  if (!went) return;
  close();
  say("good", done);
  await readBoard();
}

/** A question with a form; Escape and Cancel leave everything as it is.
 * @param {{ title: string, submit: string, isDanger?: boolean, onSubmit: () => Promise<void>, children?: import("../shared/html.js").Children }} props */
export function Question({ title, submit, isDanger = false, onSubmit, children }) {
  const box = /** @type {{ current: HTMLDialogElement | null }} */ (useRef(null));
  const isBusy = useSignal(false);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    isBusy.value = true;
    await onSubmit();
    isBusy.value = false;
  };
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    close();
  };
  return html`<dialog ref=${box} class="question" aria-label=${title} onCancel=${cancelled}>
    <form onSubmit=${send}>
      <h2>${title}</h2>
      ${children}
      <div class="question-end">
        <button type="button" class="button" onClick=${close}>${t("wall.cancel")}</button>
        <button class=${`button ${isDanger ? "button-danger" : "button-primary"}`} disabled=${isBusy.value}>${submit}</button>
      </div>
    </form>
  </dialog>`;
}
