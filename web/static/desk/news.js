// @ts-check
/** What each live message changes on the page. */
import { phone } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { say } from "../shared/toasts.js";
import { batch } from "../vendor/signals.js";
import { hearControl, role } from "./controls.js";
import { hearLine, hearStanding } from "./captions.js";
import { notify } from "./notify.js";
import { announce, hearPhone } from "./phone.js";
import { sayWhy } from "./phone_dial.js";
import * as store from "./store.js";

/** @typedef {import("../shared/types.js").LiveMessage} LiveMessage */
/** @typedef {import("../shared/types.js").Offer} Offer */
/** @typedef {{ openPop: (pop: import("../shared/types.js").Pop) => void, loadCall: (id: string) => Promise<void>, isReading: (id: string) => boolean, stopReading: () => void, reload: () => Promise<void>, lookAgain: () => void }} Hands */

const TYPING_MS = 6_000;

/** @type {Record<string, (data: any, hands: Hands) => void>} */
const EFFECTS = {
  hello: greet,
  reset: (_data, hands) => void hands.reload(),
  offer: takeOffer,
  "offer.closed": closeOffer,
  "agent.state": changeState,
  "thread.delta": addEntry,
  "thread.moved": follow,
  "thread.typing": (data) => (store.typing.value = { thread: data.thread, until: Date.now() + TYPING_MS }),
  "thread.readers": (data) => (store.readers.value = data),
  "thread.writing": (data) => (store.writing.value = { ...data, until: Date.now() + TYPING_MS }),
  "phone.ring": ringInside,
  mention: hearMyName,
  recording: (data) => (store.recordingNews.value = data),
  "call.connected": connect,
  "call.held": (data, hands) => hold(data.call, data.at, hands),
  "call.resumed": (data, hands) => hold(data.call, null, hands),
  "call.party": joinCall,
  "call.agent_left": leaveCall,
  "call.parked": (data) => endPart(data.call),
  "call.ended": endCall,
  "call.caption": hearLine,
  "call.captions": hearStanding,
};

/** @param {LiveMessage} message @param {Hands} hands */
export function receive(message, hands) {
  batch(() => EFFECTS[message.type]?.(message.data, hands));
  hearControl(message.type, message.data);
  if (message.type === "hello") announce();
  else hearPhone(message.type, message.data);
  const mine = message.type === "phone.state" ? message.data.leg : null;
  if (mine?.is_answered && !store.call.value) void hands.loadCall(mine.call);
}

/** @param {any} data @param {Hands} hands */
function greet(data, hands) {
  store.skewMs.value = Date.parse(data.now) - Date.now();
  store.presence.value = data.state;
  const open = data.offers[0];
  if (open && open.reservation !== store.offer.value?.reservation) takeOffer(open, hands);
  if (!open) store.offer.value = null;
  const isTalking = data.state?.state === "talking" || (data.state?.reason === "calling" && store.call.value !== null);
  if (!isTalking) store.call.value = null;
  if (isTalking && data.state.call && data.state.call !== store.call.value?.id) void hands.loadCall(data.state.call);
}

/** @param {Offer} offer @param {Hands} hands */
function takeOffer(offer, hands) {
  store.offer.value = offer;
  hands.openPop(offer.pop);
  const { call, contact } = offer.pop;
  notify("offer", contact?.name ?? phone(call.from), t("notify.rings", { queue: store.queueTitle(call.queue ?? offer.queue) }));
}

/** A call that is no queue's offer: a colleague's, say, or one that he asks me into. @param {import("./phone.js").PhoneCall} data */
function ringInside(data) {
  if (!data.takes_itself && store.offer.value?.call !== data.call) notify("offer", data.name ?? phone(data.from), t("strip.ringing"));
}

/** @param {{ reservation: string, reason: string }} data */
function closeOffer(data) {
  if (store.offer.value?.reservation !== data.reservation) return;
  if (data.reason !== "answered") store.offer.value = null;
}

/** @param {any} data @param {Hands} hands */
function connect(data, hands) {
  if (data.agent !== store.me.value?.id) {
    hold(data.call, null, hands); // whoever has her now talks with her
    return;
  }
  const offered = store.offer.value;
  if (store.call.value?.id === data.call) changeCall(data.call, { connectedAt: data.at, heldSince: null, isRinging: false });
  else if (offered?.call !== data.call) void hands.loadCall(data.call);
  if (!offered || offered.call !== data.call) return;
  const { call, contact } = offered.pop;
  store.call.value = {
    id: offered.call,
    number: call.from,
    name: contact?.name ?? null,
    queue: call.queue ?? offered.queue,
    language: call.language,
    path: call.path ?? [],
    thread: contact?.thread ?? null,
    waitS: data.wait_s ?? call.wait_s ?? null,
    connectedAt: data.at,
    heldSince: null,
  };
  store.offer.value = null;
}

/** @param {string} id @param {Partial<store.ActiveCall>} change */
function changeCall(id, change) {
  if (store.call.value?.id === id) store.call.value = { ...store.call.value, ...change };
}

/** A call that is being read may have been read before this. @param {string} id @param {string | null} since @param {Hands} hands */
function hold(id, since, hands) {
  changeCall(id, { heldSince: since });
  if (hands.isReading(id)) void hands.loadCall(id);
}

/** Somebody asked me into a call, or I am out of it again. @param {{ call: string, agent: string | null, state: string }} data @param {Hands} hands */
function joinCall(data, hands) {
  if (data.agent !== store.me.value?.id) return;
  if (data.state === "joined" && !store.call.value) void hands.loadCall(data.call);
  if (data.state === "left" && role.value !== "agent") endPart(data.call);
}

/** The call goes on without me. @param {{ call: string, agent: string }} data */
function leaveCall(data) {
  if (data.agent === store.me.value?.id && role.value === "agent") endPart(data.call);
}

/** @param {string} id */
function endPart(id) {
  if (store.call.value?.id !== id) return;
  if (role.value === "agent") store.lastCall.value = store.call.value; // a colleague's is not what I wrap up
  store.call.value = null;
}

/** @param {{ call: string, result: string, reason: string }} data @param {Hands} hands */
function endCall(data, hands) {
  if (hands.isReading(data.call)) hands.stopReading();
  if (store.call.value?.id !== data.call) return;
  endPart(data.call);
  sayWhy(data);
}

/** @param {import("../shared/types.js").AgentRow} data */
function changeState(data) {
  store.team.value = store.team.value.map((row) => (row.agent === data.agent ? { ...row, ...data } : row));
  if (data.agent !== store.me.value?.id) return;
  store.presence.value = { ...store.presence.value, ...data };
  if (data.state !== "talking" && data.reason !== "calling" && role.value === "agent" && store.call.value) endPart(store.call.value.id);
  if (data.state !== "offered" && data.state !== "talking") store.offer.value = null;
}

/** @param {{ thread: string, entry: import("../shared/types.js").Entry }} data @param {Hands} hands */
function addEntry(data, hands) {
  if (data.thread !== store.openThread.value) return;
  if (store.writing.value?.agent === data.entry.actor?.id) store.writing.value = null; // there it is
  const only = store.onlyChannel.value;
  if (!only || data.entry.channel === only || store.entries.value.some((one) => one.id === data.entry.id)) store.mergeEntries([data.entry]);
  hands.lookAgain();
}

/** A colleague's note names me. @param {{ thread: string, entry: import("../shared/types.js").Entry }} data @param {Hands} hands */
function hearMyName(data, hands) {
  if (data.thread !== store.openThread.value) {
    const told = t("inbox.named", { who: data.entry.actor?.name ?? "", text: data.entry.preview ?? "" });
    say("plain", told);
    notify("mention", "Threadline", told);
  }
  hands.lookAgain();
}

/** What is open became part of another thread, or another part of it: read it anew. @param {{ thread: string, to: string, reason: string }} data @param {Hands} hands */
function follow(data, hands) {
  if (data.reason === "merged") store.visits.value = store.visits.value.filter((one) => one.thread !== data.thread);
  if ([data.thread, data.to].includes(store.openThread.value ?? "")) void hands.reload();
}
