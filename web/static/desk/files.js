// @ts-check
/** The files of a message: pictures in place, everything else to download. */
import { bytes } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** @param {{ files: import("../shared/types.js").Attachment[] | undefined }} props */
export function Files({ files }) {
  const shown = (files ?? []).filter((file) => !file.content_id || !PICTURES.has(file.mime));
  if (!shown.length) return null;
  return html`<ul class="files">${shown.map((file) => html`<li key=${file.id}>${h(OneFile, { file })}</li>`)}</ul>`;
}

/** @param {{ file: import("../shared/types.js").Attachment }} props */
function OneFile({ file }) {
  if (file.state !== "ready") return html`<span class="file file-off">${h(Icon, { name: "clip", size: 15 })}${file.name} · ${t(`file.${file.state}`)}</span>`;
  const url = `/api/files/${file.id}`;
  if (PICTURES.has(file.mime)) {
    return html`<a class="picture" href=${url} target="_blank" rel="noopener"><img src=${url} alt=${file.name} loading="lazy" /></a>`;
  }
  return html`<a class="file" href=${url} download=${file.name}>${h(Icon, { name: "clip", size: 15 })}<span>${file.name}</span><span class="muted">${bytes(file.bytes)}</span></a>`;
}
