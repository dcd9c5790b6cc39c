// @ts-check
/** Who signs in: made, changed, disabled; passwords and phone accounts, each shown once. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { LOCALES, t } from "../shared/i18n.js";
import { me } from "../shared/session.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { numberOf, useLoaded } from "./loading.js";
import { Access, Once } from "./user_access.js";

/** @typedef {import("./types.js").User} User */
/** @typedef {import("./editing.js").Spec} Spec */

const ROLES = ["agent", "supervisor", "admin"];

/** @returns {Spec[]} */
function specs() {
  return [
    { name: "name", kind: "text", isRequired: true, max: 100 },
    { name: "login", kind: "text", isRequired: true, isCode: true, pattern: /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/ },
    { name: "role", kind: "select", choices: ROLES.map((role) => [role, t(`adm.role.${role}`)]) },
    { name: "locale", kind: "select", choices: Object.entries(LOCALES) },
    { name: "extension", kind: "text", isCode: true, pattern: /^[A-Za-z0-9._-]{1,64}$/ },
    { name: "wrap_up_s", kind: "number", min: 0, max: 3600, isInteger: true, isRequired: true, start: 30 },
    { name: "device", kind: "select", choices: ["sip", "browser", "mobile"].map((one) => [one, t(`adm.device.${one}`)]), start: "sip" },
    { name: "mobile", kind: "text", isCode: true, pattern: /^\+[1-9][0-9]{5,14}$/ },
    { name: "chats_at_once", kind: "number", min: 0, max: 20, isInteger: true, isFolded: true },
    { name: "mails_at_once", kind: "number", min: 0, max: 100, isInteger: true, isFolded: true },
  ];
}

export function UsersPage() {
  const { found: users, load } = useLoaded(async () => /** @type {User[]} */ ((await api.get("/api/users")).users));
  const open = useSignal(/** @type {string} */ (""));
  const made = useSignal(/** @type {{ name: string, password: string } | null} */ (null));
  if (!users) return null;
  const known = users.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "users", actions: h(AddButton, { label: t("adm.users.add"), onClick: () => (open.value = "new") }) })}
    ${made.value && h(Once, { title: t("adm.once.password", { name: made.value.name }), text: made.value.password, onClose: () => (made.value = null) })}
    ${h(Everybody, { users, onOpen: (/** @type {User} */ one) => (open.value = one.id) })}
    ${open.value && h(UserForm, { key: open.value, known, load, onMade: (/** @type {any} */ one) => (made.value = one), onDone: () => (open.value = "") })}
  `;
}

/** @param {{ users: User[], onOpen: (user: User) => void }} props */
function Everybody({ users, onOpen }) {
  return h(/** @type {typeof List<User>} */ (List), {
    rows: users,
    none: "",
    keyOf: (one) => one.id,
    nameOf: (one) => one.name,
    words: (one) => `${one.name} ${one.login} ${one.extension ?? ""} ${t(`adm.role.${one.role}`)}`,
    isQuiet: (one) => !one.active,
    onOpen,
    columns: [
      [t("adm.field.user.name"), (one) => html`<strong>${one.name}</strong><span class="muted" translate="no">${one.login}</span>`],
      [t("adm.field.user.role"), (one) => t(`adm.role.${one.role}`)],
      [t("adm.field.user.extension"), (one) => (one.extension ? html`<code translate="no">${one.extension}</code>` : "–")],
      [t("adm.users.phone"), phoneState],
      [t("adm.users.state"), (one) => (one.active ? pill("good", t("adm.users.active")) : pill("plain", t("adm.users.disabled")))],
    ],
  });
}

/** @param {User} user */
function phoneState({ phone }) {
  if (!phone) return html`<span class="muted">${t("adm.users.phone.none")}</span>`;
  return phone.is_registered ? pill("good", t("adm.users.phone.here")) : pill("plain", t("adm.users.phone.away"));
}

/** @param {{ known: User | null, load: () => Promise<User[] | null>, onMade: (made: { name: string, password: string }) => void, onDone: () => void, key?: string }} props */
function UserForm({ known, load, onMade, onDone }) {
  return h(Editor, {
    form: "user",
    title: known ? known.name : t("adm.users.add"),
    specs: specs(),
    known: known ?? null,
    fresh: async () => (await load())?.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      const body = { ...values, extension: values.extension || null, mobile: values.mobile || null, wrap_up_s: numberOf(values.wrap_up_s) ?? 30, chats_at_once: numberOf(values.chats_at_once), mails_at_once: numberOf(values.mails_at_once) };
      if (known) await api.put(`/api/users/${known.id}`, body, version);
      else onMade(await api.post("/api/users", body));
      await load();
    },
    onDone,
    below: known && h(Access, { user: known, isMe: known.id === me.value?.id, load }),
  });
}
