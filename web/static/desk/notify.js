// @ts-check
/** What the system tells the agent while he looks at something else: who rings, and who names him. */

/** Asks the browser once, at a moment when the agent did something. */
export function askToNotify() {
  if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
}

/** Only while the page is out of sight; `tag` replaces what was told of the same thing. @param {string} tag @param {string} title @param {string} body */
export function notify(tag, title, body) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const told = new Notification(title, { tag, body, icon: "/static/shared/icon.svg" });
  told.onclick = () => {
    window.focus();
    told.close();
  };
}
