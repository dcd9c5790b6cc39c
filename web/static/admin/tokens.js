// @ts-check
/** Tokens of programs: what each may do, when it was last used, and its end. What a token is, is shown once. */
import { api } from "../shared/api.js";
import { shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { remove, useLoaded } from "./loading.js";
import { Confirm, moment } from "./parts.js";
import { Once } from "./user_access.js";

/** @typedef {import("./types.js").Token} Token */

const SCOPES = ["read", "contacts", "messages", "cases", "calls", "flows", "automation", "operations", "admin"];
const ROLES = ["agent", "supervisor", "admin"];

/** @param {[string, string][]} people @returns {import("./editing.js").Spec[]} */
function specs(people) {
  return [
    { name: "name", kind: "text", isRequired: true, max: 62, placeholder: "crm-import" },
    { name: "role", kind: "select", choices: ROLES.map((role) => [role, t(`adm.role.${role}`)]), start: "supervisor" },
    { name: "agent", kind: "select", choices: [["", t("adm.tokens.machine")], ...people] },
    { name: "days", kind: "number", min: 1, max: 3650, isInteger: true },
    { name: "scopes", kind: "checks", isWide: true, choices: SCOPES.map((one) => [one, t(`adm.scope.${one}`)]) },
  ];
}

/** @param {Token} token */
function isOver(token) {
  return Boolean(token.revoked_at) || Boolean(token.expires_at && Date.parse(token.expires_at) < Date.now());
}

export function TokensPage() {
  const { found, load } = useLoaded(async () => {
    const [tokens, users] = await Promise.all([api.get("/api/tokens"), api.get("/api/users")]);
    const people = users.users.filter((/** @type {any} */ one) => one.active).map((/** @type {any} */ one) => /** @type {[string, string]} */ ([one.id, one.name]));
    return { tokens: /** @type {Token[]} */ (tokens.tokens), people };
  });
  const isOpen = useSignal(false);
  const made = useSignal(/** @type {Token & { token: string } | null} */ (null));
  if (!found) return null;
  const revoke = (/** @type {Token} */ one) =>
    h(Confirm, { label: t("adm.tokens.revoke"), question: t("adm.tokens.sure", { name: one.name }), yes: t("adm.tokens.revoke"), onYes: () => void remove(`/api/tokens/${one.id}`, load) });
  return html`
    ${h(Head, { part: "tokens", actions: h(AddButton, { label: t("adm.tokens.add"), onClick: () => (isOpen.value = true) }) })}
    ${made.value && h(Once, { title: t("adm.once.token", { name: made.value.name }), text: made.value.token, onClose: () => (made.value = null) })}
    ${h(/** @type {typeof List<Token>} */ (List), {
      rows: found.tokens,
      none: t("adm.tokens.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.name,
      words: (one) => `${one.name} ${one.agent?.name ?? ""} ${t(`adm.role.${one.role}`)}`,
      isQuiet: isOver,
      columns: [
        [t("adm.field.token.name"), (one) => html`<strong>${one.name}</strong><span class="muted">${one.agent?.name ?? t("adm.tokens.machine")}</span>`],
        [t("adm.field.token.role"), (one) => t(`adm.role.${one.role}`)],
        [t("adm.field.token.scopes"), (one) => (one.scopes ? one.scopes.map((scope) => t(`adm.scope.${scope}`)).join(", ") : t("adm.tokens.everything"))],
        [t("adm.tokens.used"), (one) => (one.last_used_at ? moment(one.last_used_at) : t("adm.tokens.never"))],
        [t("adm.tokens.until"), (one) => (one.expires_at ? shortDate(one.expires_at) : "–")],
        [t("adm.users.state"), (one) => (isOver(one) ? pill("plain", t("adm.tokens.over")) : revoke(one))],
      ],
    })}
    ${isOpen.value &&
    h(Editor, {
      form: "token",
      title: t("adm.tokens.add"),
      specs: specs(found.people),
      known: null,
      save: async (values) => {
        const days = Number(values.days);
        const expires_at = days ? new Date(Date.now() + days * 86_400_000).toISOString() : null;
        made.value = await api.post("/api/tokens", {
          name: values.name, role: values.role, agent: values.agent || null, ...(values.scopes.length ? { scopes: values.scopes } : {}), ...(expires_at ? { expires_at } : {}),
        });
        await load();
      },
      onDone: () => (isOpen.value = false),
    })}
  `;
}
