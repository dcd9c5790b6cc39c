// @ts-check
/** The admins' page: what the role may see of it, one part at a time. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { begin, enter, me } from "../shared/session.js";
import { Shell } from "../shared/shell.js";
import { Refusal, SignIn } from "../shared/sign_in.js";
import { Toasts } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { Head } from "./list.js";
import { groupsFor } from "./nav.js";

const asked = signal(location.hash.slice(1));
addEventListener("hashchange", () => (asked.value = location.hash.slice(1)));

function Page() {
  const self = me.value;
  if (!self) return html`${h(SignIn, { title: t("admin.title"), onSession: enter })}${h(Toasts, {})}`;
  const groups = groupsFor(self.role);
  const parts = groups.flatMap((group) => group.parts);
  const current = parts.find((part) => part.id === asked.value) ?? parts[0];
  if (!current) return h(Refusal, { title: t("admin.refused"), why: t("admin.refused.why") });
  const shown = groups.map((group) => ({
    label: t(`adm.group.${group.id}`),
    parts: group.parts.map((part) => ({ href: `#${part.id}`, icon: part.icon, label: t(`admin.part.${part.id}`), isCurrent: part === current })),
  }));
  return h(
    Shell,
    { here: "admin", groups: shown },
    html`<div class="admin-main">${current.isBare && h(Head, { part: current.id })}${h(current.page, { key: current.id, canChange: self.role === "admin" })}</div>`,
  );
}

await begin("admin.page", Page);
