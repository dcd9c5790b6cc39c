// @ts-check
/** Whose thread this window shows when it begins. */

/** Where the browser keeps, until the window is closed, whose thread is open: a reload shows it again. */
const OPEN = "threadline.open";

/** Whom a link of another page leads to (`/#contact-ID`), once; else whose thread was open before a reload. */
export function openedBefore() {
  const contact = /^#contact-([\da-f-]+)$/.exec(location.hash)?.[1];
  if (contact) history.replaceState(null, "", location.pathname);
  return contact ?? sessionStorage.getItem(OPEN);
}

/** @param {string | null} contact null: nobody's */
export function keepOpened(contact) {
  if (contact) sessionStorage.setItem(OPEN, contact);
  else sessionStorage.removeItem(OPEN);
}
