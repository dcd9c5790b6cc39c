// @ts-check
/** Line icons on a 20-unit grid, drawn with the text colour. Decorative: the text beside them speaks. */
import { html } from "./html.js";

/** @type {Record<string, string>} */
const PATHS = {
  phone: "M6.2 3.2 7.8 6.6 6.1 8.2c.9 2.3 3 4.5 5.6 5.7l1.8-1.8 3.3 1.6v2.4c0 .6-.5 1.1-1.1 1A13.6 13.6 0 0 1 3 4.4c0-.7.5-1.2 1.1-1.2z",
  "phone-in": "M6.2 3.2 7.8 6.6 6.1 8.2c.9 2.3 3 4.5 5.6 5.7l1.8-1.8 3.3 1.6v2.4c0 .6-.5 1.1-1.1 1A13.6 13.6 0 0 1 3 4.4c0-.7.5-1.2 1.1-1.2zM17 3l-5 5m0-3.6V8h3.6",
  "phone-out": "M6.2 3.2 7.8 6.6 6.1 8.2c.9 2.3 3 4.5 5.6 5.7l1.8-1.8 3.3 1.6v2.4c0 .6-.5 1.1-1.1 1A13.6 13.6 0 0 1 3 4.4c0-.7.5-1.2 1.1-1.2zM12 8l5-5m-3.6 0H17v3.6",
  "hang-up": "M2.6 11.8c-.5-2.9 3-5 7.4-5s7.9 2.1 7.4 5l-.3 1.3c-.1.4-.5.6-.9.6l-2.8-.5a.9.9 0 0 1-.7-.8l-.1-1.9a9 9 0 0 0-5.2 0l-.1 1.9c0 .4-.3.7-.7.8l-2.8.5c-.4 0-.8-.2-.9-.6z",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4.2v11.6L15.8 10z",
  chat: "M3.5 4.5h13v9h-7l-3.5 3v-3H3.5z",
  mail: "M3 5h14v10.5H3zM3.4 5.5 10 11l6.6-5.5",
  note: "M4.5 3.5h11v9l-3.5 4h-7.5zM12 16.2V12.5h3.3M7 7h6M7 9.8h4",
  search: "M8.8 3.5a5.3 5.3 0 1 1 0 10.6 5.3 5.3 0 0 1 0-10.6zM12.8 12.8 17 17",
  close: "m5.5 5.5 9 9m0-9-9 9",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  "chevron-right": "m8 5.5 4.5 4.5L8 14.5",
  check: "m4.5 10.5 3.7 3.7 7.3-8.2",
  sun: "M10 6.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3",
  moon: "M16.2 12.3A6.8 6.8 0 0 1 7.7 3.8a6.8 6.8 0 1 0 8.5 8.5z",
  exit: "M8 3.5H4v13h4M8.5 10h8m-3-3 3 3-3 3",
  coffee: "M4 7.5h9.5v4.2a3.8 3.8 0 0 1-3.8 3.8H7.8A3.8 3.8 0 0 1 4 11.7zM13.5 8.5h1.2a2.1 2.1 0 0 1 0 4.2h-1.4M6.7 5V3M10.2 5V3",
  clock: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6v4.2l2.8 1.7",
  globe: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM3.2 10h13.6M10 3c2.3 2 3 4.4 3 7s-.7 5-3 7c-2.3-2-3-4.4-3-7s.7-5 3-7z",
  person: "M10 3.5a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4zM3.8 16.8c.5-3 3-4.8 6.2-4.8s5.7 1.8 6.2 4.8",
  case: "M3.5 6.8h13v9h-13zM7.5 6.5v-2h5v2M3.5 10.8h13",
  queue: "M4 5.5h12M4 10h12M4 14.5h7",
  text: "M4 5h12M4 8.4h12M4 11.8h9M4 15.2h6",
  warning: "M10 3.6 17.2 16H2.8zM10 8v4M10 13.9v.2",
  mic: "M10 3a2.2 2.2 0 0 1 2.2 2.2v4.2a2.2 2.2 0 1 1-4.4 0V5.2A2.2 2.2 0 0 1 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.6V17",
  clip: "M14.8 9.4 9.6 14.6a3.2 3.2 0 0 1-4.5-4.5l5.8-5.8a2.1 2.1 0 0 1 3 3l-5.7 5.7a1 1 0 0 1-1.5-1.5l5.1-5.1",
  event: "M10 8.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8z",
};

/** @param {{ name: string, size?: number }} props */
export function Icon({ name, size = 18 }) {
  return html`<svg
    class="icon"
    width=${size}
    height=${size}
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.6"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d=${PATHS[name] ?? PATHS.event} />
  </svg>`;
}
