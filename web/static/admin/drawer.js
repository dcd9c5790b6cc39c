// @ts-check
/** A panel at the right edge over a dimmed page: focus stays in it, Escape closes it, nothing typed is lost unasked. */
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";

/** @param {{ title: string, isDirty?: boolean, onClose: () => void, children?: import("../shared/html.js").Children, isWide?: boolean }} props */
export function Drawer({ title, isDirty = false, onClose, children, isWide = false }) {
  const box = /** @type {{ current: HTMLDialogElement | null }} */ (useRef(null));
  const isAsking = useSignal(false);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    const first = dialog?.querySelector(".drawer-body input:not([disabled]), .drawer-body select, .drawer-body textarea, .drawer-body button");
    /** @type {HTMLElement | null | undefined} */ (first)?.focus();
    return () => dialog?.close();
  }, []);
  const leave = () => {
    if (isDirty) isAsking.value = true;
    else onClose();
  };
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    leave();
  };
  return html`<dialog ref=${box} class=${`drawer ${isWide ? "drawer-wide" : ""}`} aria-label=${title} onCancel=${cancelled}>
    <header class="drawer-head">
      <h2>${title}</h2>
      <button type="button" class="icon-button" aria-label=${t("adm.close")} title=${t("adm.close")} onClick=${leave}>${h(Icon, { name: "close" })}</button>
    </header>
    ${isAsking.value &&
    html`<div class="bar bar-warn" role="alertdialog" aria-label=${t("adm.unsaved")}>
      <span>${t("adm.unsaved")}</span>
      <button type="button" class="button" onClick=${() => (isAsking.value = false)}>${t("adm.unsaved.stay")}</button>
      <button type="button" class="button button-danger" onClick=${onClose}>${t("adm.unsaved.leave")}</button>
    </div>`}
    <div class="drawer-body">${children}</div>
  </dialog>`;
}
