// @ts-check
/** The pages of the house, and who may open which: one list for every top bar. */

/** @typedef {{ id: string, href: string, icon: string, roles: string[] }} Room */

export const STAFF = ["agent", "supervisor", "admin"];
export const LEADS = ["supervisor", "admin"];
export const ADMINS = ["admin"];

/** Named by the text `place.ID`. @type {Room[]} */
const ROOMS = [
  { id: "desk", href: "/", icon: "chat", roles: STAFF },
  { id: "wallboard", href: "/wallboard", icon: "queue", roles: LEADS },
  { id: "operations", href: "/operations", icon: "phone", roles: LEADS },
  { id: "flows", href: "/flows", icon: "flow", roles: LEADS },
  { id: "admin", href: "/admin", icon: "case", roles: LEADS },
];

/** @param {string | undefined} role */
export function roomsOf(role) {
  return ROOMS.filter((room) => role && room.roles.includes(role));
}
