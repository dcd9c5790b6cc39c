// @ts-check
/** The page of flows: a list, and one flow opened by the address after `#`. */
import { Refusal, SignIn } from "../admin/sign_in.js";
import { h, html } from "../shared/html.js";
import { begin, enter, me } from "../shared/session.js";
import { Shell } from "../shared/shell.js";
import { Toasts } from "../shared/toasts.js";
import { effect, signal } from "../vendor/signals.js";
import { List } from "./list.js";
import { Room } from "./room.js";
import { loadSchema } from "./schema.js";

const asked = signal(location.hash.slice(1));
addEventListener("hashchange", () => (asked.value = location.hash.slice(1)));

function Page() {
  const self = me.value;
  if (!self) return html`${h(SignIn, { onSession: enter })}${h(Toasts, {})}`;
  if (self.role === "agent") return h(Refusal, {});
  const canWrite = self.role === "admin";
  return h(Shell, { here: "flows" }, asked.value ? h(Room, { key: asked.value, id: asked.value, canWrite }) : h(List, { canWrite }));
}

await begin("flows.page", Page);
let isLoaded = false;
effect(() => {
  if (me.value && me.value.role !== "agent" && !isLoaded) {
    isLoaded = true;
    void loadSchema();
  }
});
