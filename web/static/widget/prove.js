// @ts-check
/** A one-time code: asked for by the visitor or by an agent, typed here. */
import { useEffect, useState } from "../vendor/hooks.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Refused } from "./server.js";

/** @typedef {import("./panel.js").Room} Room */

/** What he left and could prove: the number first. @param {Room} room */
function claimed({ talk, site }) {
  const facts = talk.memory.facts();
  for (const kind of site.proves ?? []) {
    const value = facts[kind];
    if (value && facts.proven !== value) return { kind, value };
  }
  return null;
}

/** Offers to prove what the visitor left. @param {{ room: Room }} props */
export function ProveOffer({ room }) {
  const { t, talk, server, language } = room;
  const [problem, setProblem] = useState("");
  const thing = claimed(room);
  if (!thing || talk.proof.value) return null;
  const ask = async () => {
    setProblem("");
    try {
      talk.proof.value = await server.prove(thing.kind, thing.value, language);
    } catch (failed) {
      setProblem(t(failed instanceof Refused && failed.status === 429 ? "proveLater" : "proveNo"));
    }
  };
  return html`<button class="number prove" onClick=${ask}><${Icon} name="tick" size=${15} />${t("proveOffer", { value: thing.value })}</button>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}`;
}

/** Asks for the code that was sent. @param {{ room: Room }} props */
export function Prove({ room }) {
  const { t, talk, server } = room;
  const [said, setSaid] = useState("");
  const proof = talk.proof.value;
  useEffect(() => {
    if (proof) setSaid("");
  }, [proof?.shown]);
  useEffect(room.settle, [said]);
  if (!proof) return said && html`<p class="said" role="status">${said}</p>`;
  /** @param {Event} event */
  const check = async (event) => {
    event.preventDefault();
    const typed = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("code") ?? "");
    try {
      const { state, left } = await server.code(typed);
      if (state === "proven") remember(talk, proof.kind);
      if (state === "proven" || left === 0) talk.proof.value = null;
      setSaid(state === "proven" ? t("proveDone") : left ? t("proveWrong", { n: left }) : t("proveOver"));
    } catch {
      setSaid(t("proveLater"));
    }
  };
  return html`<form class="form inline" onSubmit=${check}>
    <p>${t("proveSent", { shown: proof.shown })}</p>
    <label class="field"><span>${t("code")}</span>
      <input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="9" required data-focus /></label>
    ${said && html`<p class="problem" role="alert">${said}</p>`}
    <div class="pair"><button class="wide" type="submit">${t("proveOk")}</button></div>
  </form>`;
}

/** @param {import("./talk.js").Talk} talk @param {"phone" | "email"} kind */
function remember(talk, kind) {
  const value = talk.memory.facts()[kind];
  if (value) talk.memory.note({ proven: value });
}
