// @ts-check
/** The page of flows: a list, and one flow opened by the address after `#`: `FLOW`, or `FLOW/CALL` for what a call did in it. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { begin, enter, me } from "../shared/session.js";
import { Shell } from "../shared/shell.js";
import { Refusal, SignIn } from "../shared/sign_in.js";
import { Toasts } from "../shared/toasts.js";
import { effect, signal } from "../vendor/signals.js";
import { List } from "./list.js";
import { Room } from "./room.js";
import { loadSchema } from "./schema.js";

const asked = signal(location.hash.slice(1));
addEventListener("hashchange", () => (asked.value = location.hash.slice(1)));

function Page() {
  const self = me.value;
  if (!self) return html`${h(SignIn, { title: t("admin.title"), onSession: enter })}${h(Toasts, {})}`;
  if (self.role === "agent") return h(Refusal, { title: t("admin.refused"), why: t("admin.refused.why") });
  const canWrite = self.role === "admin";
  const [id, call] = asked.value.split("/");
  return h(Shell, { here: "flows" }, id ? h(Room, { key: id, id, call, canWrite }) : h(List, { canWrite }));
}

await begin("flows.page", Page);
let isLoaded = false;
effect(() => {
  if (me.value && me.value.role !== "agent" && !isLoaded) {
    isLoaded = true;
    void loadSchema();
  }
});
