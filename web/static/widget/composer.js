// @ts-check
/** Where the visitor writes: text, files by button, drop and paste. */
import { useRef, useState } from "../vendor/hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { newKey } from "./memory.js";
import { Refused } from "./server.js";

const FILE_MAX = 25 * 1024 * 1024;

/** @typedef {{ key: string, name: string, state: "coming" | "ready", file: import("./talk.js").FileLine | null }} Chip */

/** The files being attached; a drop anywhere on the panel lands here. @param {import("./panel.js").Room} room */
export function useFiles(room) {
  const [chips, setChips] = useState(/** @type {Chip[]} */ ([]));
  const [problem, setProblem] = useState("");
  /** @param {File} file */
  const add = async (file) => {
    if (file.size > FILE_MAX) return setProblem(room.t("tooLarge", { name: file.name }));
    const key = newKey();
    const chip = /** @type {Chip} */ ({ key, name: file.name, state: "coming", file: null });
    setChips((all) => [...all, chip].slice(0, 10));
    try {
      const kept = await room.server.upload(file);
      setChips((all) => all.map((one) => (one.key === key ? { key, name: kept.name, state: /** @type {const} */ ("ready"), file: kept } : one)));
    } catch (failed) {
      setChips((all) => all.filter((one) => one.key !== key));
      const isPassing = failed instanceof Refused && failed.isPassing;
      const isLarge = failed instanceof Refused && failed.status === 413;
      setProblem(room.t(isLarge ? "tooLarge" : isPassing ? "noUpload" : "refused", { name: file.name }));
    }
  };
  return {
    chips,
    problem,
    isComing: chips.some((one) => one.state === "coming"),
    /** @param {Iterable<File>} files */
    take: (files) => {
      setProblem("");
      for (const file of files) add(file);
    },
    /** @param {string} key */
    drop: (key) => setChips((all) => all.filter((one) => one.key !== key)),
    empty: () => setChips([]),
  };
}

/** @param {{ room: import("./panel.js").Room, files: ReturnType<typeof useFiles>, onTyped: (text: string) => void }} props */
export function Composer({ room, files, onTyped }) {
  const { t, talk } = room;
  const [text, setText] = useState("");
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const canSend = !files.isComing && (text.trim() !== "" || files.chips.length > 0);
  const send = () => {
    if (!canSend) return;
    talk.say({ text: text.trim(), files: files.chips.flatMap((one) => one.file ?? []) });
    setText("");
    onTyped("");
    files.empty();
    if (box.current) box.current.style.height = "";
    box.current?.focus();
  };
  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), send())}>
    ${files.problem && html`<p class="problem" role="alert">${files.problem}</p>`}
    ${files.chips.length > 0 &&
    html`<ul class="chips">
      ${files.chips.map(
        (one) => html`<li key=${one.key} class=${one.state}>
          <${Icon} name="file" size=${16} /><span class="file-name" dir="auto">${one.state === "coming" ? t("uploading") : one.name}</span>
          <button type="button" aria-label=${t("remove", { name: one.name })} onClick=${() => files.drop(one.key)}><${Icon} name="close" size=${14} /></button>
        </li>`,
      )}
    </ul>`}
    <div class="row">
      <button type="button" class="round quiet" aria-label=${t("attach")} title=${t("attach")} onClick=${() => picker.current?.click()}>
        <${Icon} name="clip" />
      </button>
      <input ref=${picker} type="file" multiple hidden tabindex="-1" aria-hidden="true"
        onChange=${(/** @type {any} */ event) => (files.take([...event.target.files]), (event.target.value = ""))} />
      <textarea ref=${box} class="box" rows="1" maxlength="8000" dir="auto" placeholder=${t("placeholder")} aria-label=${t("placeholder")}
        value=${text} data-focus
        onInput=${(/** @type {any} */ event) => {
          setText(event.target.value);
          onTyped(event.target.value);
          event.target.style.height = "";
          event.target.style.height = `${Math.min(event.target.scrollHeight, 132)}px`;
          talk.typing();
        }}
        onPaste=${(/** @type {ClipboardEvent} */ event) => {
          const pasted = [...(event.clipboardData?.files ?? [])];
          if (pasted.length) (event.preventDefault(), files.take(pasted));
        }}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), send());
        }}></textarea>
      <button type="submit" class="round send" aria-label=${t("send")} title=${t("send")} disabled=${!canSend}><${Icon} name="send" /></button>
    </div>
  </form>`;
}
