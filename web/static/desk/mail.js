// @ts-check
/** An e-mail's words: what is new in front, history folded, its own looks on request in a frame where nothing runs. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Words } from "./words.js";

/** @param {{ entry: import("../shared/types.js").Entry }} props */
export function MailBody({ entry }) {
  const isUnfolded = useSignal(false);
  const isFramed = useSignal(false);
  const hasPictures = useSignal(false);
  const letters = [...(entry.text ?? entry.preview ?? "")];
  const fold = entry.meta?.quote_from ?? entry.meta?.signature_from ?? null;
  const fresh = fold === null ? letters.join("") : letters.slice(0, fold).join("").trimEnd();
  return html`<div>
    ${isFramed.value
      ? html`<iframe class="mail-frame" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" title=${entry.subject ?? t("entry.email")} src=${`/api/entries/${entry.id}/html${hasPictures.value ? "?pictures=true" : ""}`}></iframe>`
      : html`<p class="body">${h(Words, { text: isUnfolded.value ? letters.join("") : fresh })}</p>`}
    <div class="mail-foot">
      ${fold !== null && !isFramed.value && html`<button class="link-button" aria-expanded=${isUnfolded.value} onClick=${() => (isUnfolded.value = !isUnfolded.value)}>${isUnfolded.value ? t("mail.fold") : t("mail.unfold")}</button>`}
      ${entry.meta?.has_pictures && isFramed.value && html`<button class="link-button" aria-pressed=${hasPictures.value} title=${t("mail.pictures_help")} onClick=${() => (hasPictures.value = !hasPictures.value)}>${hasPictures.value ? t("mail.no_pictures") : t("mail.pictures")}</button>`}
      ${entry.html && html`<button class="link-button" aria-pressed=${isFramed.value} onClick=${() => (isFramed.value = !isFramed.value)}>${isFramed.value ? t("mail.as_text") : t("mail.as_sent")}</button>`}
    </div>
  </div>`;
}
