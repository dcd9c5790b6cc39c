// @ts-check
/** Line icons on a 20-unit grid. Decorative: the button's label speaks. */
import { html } from "./html.js";

/** @type {Record<string, string>} */
const PATHS = {
  chat: "M10 3.2c4.1 0 7.2 2.6 7.2 6s-3.1 6-7.2 6c-.8 0-1.6-.1-2.3-.3L4 16.8l.6-3.1C3.500 12.600 2.800 11 2.800 9.200c0-3.400 3.100-6 7.200-6z",
  close: "m5.5 5.5 9 9m0-9-9 9",
  down: "m5 7.500 5 5 5-5",
  send: "M3.200 10 16.800 3.600 13 16.800l-3-5.400zM10 11.400l6.800-7.800",
  clip: "m15.600 9.400-5.700 5.700a3.600 3.600 0 0 1-5.100-5.100l6-6a2.400 2.400 0 0 1 3.400 3.400l-5.800 5.800a1.200 1.200 0 0 1-1.700-1.700l5.300-5.300",
  file: "M5 3h6.500L15.500 7v10H5zM11.500 3v4h4",
  phone: "M6.2 3.2 7.8 6.6 6.1 8.2c.9 2.3 3 4.5 5.6 5.7l1.8-1.8 3.3 1.6v2.4c0 .6-.5 1.1-1.1 1A13.6 13.6 0 0 1 3 4.4c0-.7.5-1.2 1.1-1.2z",
  tick: "m4.500 10.500 3.700 3.700 7.300-8.200",
};

/** @param {{ name: string, size?: number }} props */
export function Icon({ name, size = 20 }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.7"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
