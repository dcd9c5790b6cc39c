// @ts-check
/** What is asked of a trunk, and how it travels: passwords only go in. */
import { t } from "../shared/i18n.js";
import { numberOf } from "./loading.js";

/** @typedef {import("./types.js").Trunk} Trunk */

/** @param {Trunk | null} known @returns {import("./editing.js").Spec[]} */
export function specs(known) {
  const kept = (/** @type {string} */ name) => (known?.secrets.includes(name) ? t("admin.secret.stays") : "");
  const isQuiet = (/** @type {Record<string, any>} */ values) => !String(values.host ?? "").trim();
  return [
    { name: "name", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^[a-z0-9][a-z0-9_-]{0,62}$/ },
    { name: "host", kind: "text", isCode: true, pattern: /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])$/, placeholder: "sip.example.vn", max: 253 },
    { name: "port", kind: "number", min: 1, max: 65_535, isInteger: true, start: 5060, isHidden: isQuiet },
    { name: "transport", kind: "select", choices: [["udp", "UDP"], ["tcp", "TCP"], ["tls", "TLS"]], start: "udp", isHidden: isQuiet },
    { name: "addresses", kind: "area", isWide: true, isCode: true, max: 10_000, placeholder: "203.0.113.7" },
    { name: "user", kind: "text", isCode: true, isHidden: isQuiet },
    { name: "password", kind: "secret", placeholder: kept("password"), isHidden: isQuiet },
    { name: "register", kind: "check", isHidden: isQuiet },
    { name: "region", kind: "text", isCode: true, pattern: /^[A-Z]{2}$/, isFolded: true },
    { name: "qualify_s", kind: "number", min: 0, max: 3600, isInteger: true, start: 60, isFolded: true },
    { name: "expires_s", kind: "number", min: 60, max: 86_400, isInteger: true, start: 3600, isFolded: true },
    { name: "inbound_user", kind: "text", isCode: true, isFolded: true },
    { name: "inbound_password", kind: "secret", placeholder: kept("inbound_password"), isFolded: true },
    { name: "srtp", kind: "select", choices: ["off", "offered", "required"].map((one) => [one, t(`adm.srtp.${one}`)]), start: "off", isFolded: true },
    { name: "trusted", kind: "check", start: true, isFolded: true },
  ];
}

/** @param {Trunk} trunk @returns {Record<string, any>} */
export function flat(trunk) {
  return { ...trunk, addresses: trunk.addresses.join("\n"), host: trunk.host ?? "", user: trunk.user ?? "", region: trunk.region ?? "", inbound_user: trunk.inbound_user ?? "", password: "", inbound_password: "" };
}

/** @param {Record<string, any>} values */
export function bodyOf(values) {
  return {
    addresses: String(values.addresses).split(/[\s,]+/).filter(Boolean),
    host: values.host || null,
    port: numberOf(values.port) ?? 5060,
    transport: values.transport,
    user: values.user || null,
    password: values.password || null,
    register: values.register,
    expires_s: numberOf(values.expires_s) ?? 3600,
    inbound_user: values.inbound_user || null,
    inbound_password: values.inbound_password || null,
    region: values.region || null,
    trusted: values.trusted,
    qualify_s: numberOf(values.qualify_s) ?? 60,
    srtp: values.srtp,
  };
}
