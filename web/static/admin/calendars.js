// @ts-check
/** Opening hours and holidays: when somebody answers, and when promises count. */
import { NEW, api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal, useSignal } from "../vendor/signals.js";
import { Card, Field, Table, said, useForm } from "./parts.js";

/** @typedef {import("./types.js").Calendar} Calendar */
/** @typedef {import("./types.js").Holiday} Holiday */

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const ZONE = "Asia/Ho_Chi_Minh";
const HOURS = "08:00-17:30";
const TIME = "(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)";
const SPANS = `\\s*(${TIME}\\s*[\\-–]\\s*${TIME}\\s*(,\\s*|$))*`;

/** @type {import("../vendor/signals.js").Signal<Calendar[] | null>} */
const calendars = signal(null);
const isAdding = signal(false);

async function load() {
  await orSay(async () => (calendars.value = (await api.get("/api/calendars")).calendars));
}

/** What is typed stays where a colleague was first; the next saving is over what he wrote. @param {string} name @param {string | undefined} version @param {unknown} body */
async function store(name, version, body) {
  try {
    await api.put(`/api/calendars/${encodeURIComponent(name)}`, body, version);
  } catch (error) {
    await load();
    throw error;
  }
  say("good", t("admin.saved"));
  await load();
}

export function CalendarsPage() {
  useEffect(() => void load(), []);
  if (!calendars.value) return null;
  return html`
    ${calendars.value.map((one) => h(Shown, { key: one.id, one }))}
    ${isAdding.value
      ? h(Card, { title: t("admin.calendar.add") }, h(HoursForm, { known: null }))
      : html`<button class="button" onClick=${() => (isAdding.value = true)}>${t("admin.calendar.add")}</button>`}
  `;
}

/** @param {{ one: Calendar, key?: string }} props */
function Shown({ one }) {
  return h(Card, { title: one.id }, h(HoursForm, { known: one }), h(Holidays, { one }));
}

/** @param {{ known: Calendar | null }} props */
function HoursForm({ known }) {
  const form = useForm(async (given) => {
    const weekly = Object.fromEntries(DAYS.map((day) => [day, spans(said(given, day))]));
    await store(known?.id ?? said(given, "name"), known ? known.version : NEW, { timezone: said(given, "timezone"), weekly, holidays: known?.holidays ?? [] });
    isAdding.value = false;
  });
  return html`<form class="form" novalidate onSubmit=${form.onSubmit} aria-label=${t("admin.calendar.hours")}>
    <div class="form-grid">
      ${!known && h(Field, { label: t("admin.calendar.name"), isRequired: true, help: t("admin.promise.name.help"), problem: form.wrong.name }, html`<input class="input" name="name" pattern="[a-z][a-z0-9_]*" maxlength="60" required />`)}
      ${h(Field, { label: t("admin.calendar.zone"), isRequired: true, problem: form.wrong.timezone }, html`<input class="input" name="timezone" defaultValue=${known?.timezone ?? ZONE} required spellcheck=${false} />`)}
    </div>
    <fieldset class="week">
      <legend>${t("admin.calendar.week")}</legend>
      ${DAYS.map((day, at) => {
        const value = known ? written(known.weekly[day] ?? []) : at < 6 ? HOURS : "";
        return h(Field, { key: day, label: dayName(at), problem: form.wrong[day] }, h(OpenHours, { name: day, value }));
      })}
    </fieldset>
    <small class="help">${t("admin.calendar.week.help")}</small>
    <p class="wrong" role="alert">${form.problem}</p>
    <div class="form-end">
      <button class="button button-primary" disabled=${form.isBusy}>${t("admin.save")}</button>
      ${!known && html`<button type="button" class="button" onClick=${() => (isAdding.value = false)}>${t("admin.cancel")}</button>`}
    </div>
  </form>`;
}

/** @param {{ one: Calendar }} props */
function Holidays({ one }) {
  const year = useSignal(new Date().getFullYear());
  const change = (/** @type {Holiday[]} */ holidays) => orSay(() => store(one.id, one.version, { timezone: one.timezone, weekly: one.weekly, holidays }));
  const addYear = () =>
    orSay(async () => {
      await api.post(`/api/calendars/${encodeURIComponent(one.id)}/holidays`, { year: year.value });
      await load();
    });
  const form = useForm(async (given) => {
    const day = { date: said(given, "date"), name: said(given, "what"), hours: spans(said(given, "hours")) };
    await store(one.id, one.version, { timezone: one.timezone, weekly: one.weekly, holidays: [...one.holidays.filter((other) => other.date !== day.date), day].sort(byDate) });
  });
  return html`<h3>${t("admin.holidays")}</h3>
    ${h(Table, {
      none: t("admin.holidays.none"),
      heads: [t("admin.holiday.date"), t("admin.holiday.name"), t("admin.holiday.hours"), ""],
      rows: one.holidays.toSorted(byDate).map((day) => [
        fullDate(day.date),
        day.name,
        written(day.hours) || t("admin.calendar.closed"),
        html`<button class="link-button" onClick=${() => change(one.holidays.filter((other) => other !== day))}>${t("admin.remove")}</button>`,
      ]),
    })}
    <div class="holiday-end">
      <label class="field"><span>${t("admin.holiday.year")}</span>
        <input class="input" type="number" min="1995" max="2099" value=${year.value} onInput=${(/** @type {Event} */ event) => (year.value = Number(/** @type {HTMLInputElement} */ (event.target).value))} />
      </label>
      <button class="button" onClick=${addYear}>${t("admin.holiday.vietnam", { year: year.value })}</button>
    </div>
    <form class="holiday-end" novalidate onSubmit=${form.onSubmit} aria-label=${t("admin.holiday.add")}>
      ${h(Field, { label: t("admin.holiday.date"), problem: form.wrong.date }, html`<input class="input" type="date" name="date" required />`)}
      ${h(Field, { label: t("admin.holiday.name"), problem: form.wrong.what }, html`<input class="input" name="what" maxlength="200" required />`)}
      ${h(Field, { label: t("admin.holiday.hours"), problem: form.wrong.hours }, h(OpenHours, { name: "hours", value: "" }))}
      <button class="button" disabled=${form.isBusy}>${t("admin.holiday.add")}</button>
      ${form.problem && html`<p class="wrong" role="alert">${form.problem}</p>`}
    </form>`;
}

/** @param {Holiday} one @param {Holiday} other */
function byDate(one, other) {
  return one.date.localeCompare(other.date);
}

/** @param {{ name: string, value: string }} props */
function OpenHours({ name, value }) {
  return html`<input class="input" name=${name} defaultValue=${value} pattern=${SPANS} title=${t("admin.calendar.week.help")} placeholder=${t("admin.calendar.closed")} spellcheck=${false} />`;
}

/** `08:00-12:00, 13:00-17:30` as the server has it. @param {string} text */
function spans(text) {
  return text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => part.split(/\s*[-–]\s*/).map((time) => time.padStart(5, "0")));
}

/** @param {string[][]} hours */
function written(hours) {
  return hours.map((span) => span.join("-")).join(", ");
}

/** @param {number} at Monday is 0 */
function dayName(at) {
  return new Intl.DateTimeFormat(locale.value, { weekday: "long", timeZone: "UTC" }).format(new Date(MONDAY + at * DAY_MS));
}

/** @param {string} date */
function fullDate(date) {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: "full", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}
