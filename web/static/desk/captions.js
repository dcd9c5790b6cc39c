// @ts-check
/** The captions of the desk are those of the call under way with the customer whose thread is open, whoever talks to him. */
import { followed } from "../shared/captions.js";
import { effect } from "../vendor/signals.js";
import * as store from "./store.js";

effect(() => {
  const mine = store.call.value;
  const isMine = mine !== null && mine.thread === store.openThread.value;
  const entry = store.entries.value.findLast((one) => one.kind === "call" && one.call?.id && !one.call.ended_at && !one.call.outcome);
  followed.value = isMine ? mine.id : (entry?.call?.id ?? null);
});

export { Captions, hearLine, hearStanding, lastSpoken } from "../shared/captions.js";
