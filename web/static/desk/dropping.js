// @ts-check
/** Files that are dragged onto the page: anywhere on a thread they go into its answer, and nowhere do they replace the page. */
import { bytes } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { say } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { composing, ways } from "./store.js";

/** @type {File[]} */
export const NOTHING = [];
/** What was dropped and is still to be taken into the answer. */
export const dropped = signal(NOTHING);
/** Files are held over the page. */
export const isOver = signal(false);

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") === true;

/** Watches the whole page. Returns how to stop. */
export function watchDrops() {
  const heard = { dragover: over, dragleave: left, drop: drop };
  for (const [kind, hear] of Object.entries(heard)) document.addEventListener(kind, /** @type {EventListener} */ (hear));
  return () => {
    for (const [kind, hear] of Object.entries(heard)) document.removeEventListener(kind, /** @type {EventListener} */ (hear));
  };
}

/** @param {DragEvent} event */
function over(event) {
  if (!hasFiles(event)) return;
  event.preventDefault();
  isOver.value = true;
}

/** @param {DragEvent} event */
function left(event) {
  if (!event.relatedTarget) isOver.value = false;
}

/** @param {DragEvent} event */
function drop(event) {
  isOver.value = false;
  if (!hasFiles(event)) return;
  event.preventDefault();
  if (!ways.value.length) return say("bad", t("reply.file.nobody"));
  composing.value = "reply";
  dropped.value = [...dropped.value, ...(event.dataTransfer?.files ?? [])];
}

/** Whether a file may leave by this way; if not, says why, before it is sent anywhere. @param {File} file @param {import("../shared/types.js").Way} way */
export function isFit(file, { limits }) {
  const isKind = limits.file_types.some((kind) => file.type.startsWith(kind));
  const why = !limits.file_types.length ? "none" : file.size > limits.file_bytes ? "too_large" : file.type && !isKind ? "kind" : file.size ? null : "empty";
  if (why) say("bad", t(`reply.file.${why}`, { name: file.name, most: bytes(limits.file_bytes), size: bytes(file.size) }));
  return !why;
}
