// @ts-check
/** Who can do what: a grid worked with the keyboard, saved all at once; a colleague's other cells are never in the way. */
import { ApiError, api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { explain, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Head } from "./list.js";
import { useLoaded } from "./loading.js";
import { Grid } from "./skill_grid.js";
import { SkillEditor } from "./skill_form.js";

/** @typedef {import("./types.js").SkillGrid} SkillGrid */
/** Levels typed and not saved yet, by `person skill`; null takes the skill away. @typedef {Record<string, number | null>} Typed */

/** @param {string} person @param {string} skill */
export function cellKey(person, skill) {
  return `${person} ${skill}`;
}

export function SkillsPage() {
  const { found: grid, load } = useLoaded(async () => /** @type {SkillGrid} */ (await api.get("/api/skills")));
  const typed = useSignal(/** @type {Typed} */ ({}));
  const seen = useSignal(/** @type {SkillGrid | null} */ (null));
  const isInTheWay = useSignal(false);
  const isBusy = useSignal(false);
  const asked = useSignal("");
  const open = useSignal("");
  if (!grid) return null;
  const base = seen.value ?? grid;
  const count = Object.keys(typed.value).length;

  const reload = async () => {
    seen.value = null;
    await load();
  };
  const save = async () => {
    isBusy.value = true;
    try {
      await api.put("/api/skills", { cells: cellsOf(base, typed.value) });
      typed.value = {};
      isInTheWay.value = false;
      say("good", t("admin.saved"));
      await reload();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "outdated") {
        isInTheWay.value = true;
        await reload();
      } else say("bad", explain(error));
    } finally {
      isBusy.value = false;
    }
  };
  const drop = () => {
    typed.value = {};
    isInTheWay.value = false;
  };

  const add = html`<button class="button" onClick=${() => (open.value = "*new")}>${t("adm.skills.add")}</button>`;
  return html`
    ${h(Head, { part: "skills", actions: add })}
    ${isInTheWay.value && html`<p class="bar bar-warn" role="alert">${t("adm.skills.conflict")}</p>`}
    ${grid.skills.length === 0
      ? html`<p class="part-empty">${t("adm.skills.none")}</p>`
      : h(Grid, { grid: base, typed, asked, onSkill: (/** @type {string} */ id) => (open.value = id) })}
    <div class="save-bar" role="region" aria-label=${t("adm.skills.unsaved")}>
      <span class=${count ? "" : "muted"}>${count ? t("adm.skills.changed", { n: count }) : t("adm.skills.unchanged")}</span>
      <span class="gap"></span>
      <button class="button" disabled=${!count} onClick=${drop}>${t("adm.skills.drop")}</button>
      <button class="button button-primary" disabled=${!count || isBusy.value} onClick=${save}>${t("admin.save")}</button>
    </div>
    ${open.value && h(SkillEditor, { key: open.value, known: grid.skills.find((one) => one.id === open.value) ?? null, load: reload, onDone: () => (open.value = "") })}
  `;
}

/** @param {SkillGrid} grid @param {Typed} typed */
function cellsOf(grid, typed) {
  return Object.entries(typed).map(([key, level]) => {
    const [person, skill] = key.split(" ");
    return { person, skill, was: grid.people.find((one) => one.id === person)?.skills[skill] ?? null, level };
  });
}
