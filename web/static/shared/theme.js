// @ts-check
/** Light, dark, or as the system has it. Loaded first, so that no page flashes in the wrong colours. */
import { signal } from "../vendor/signals.js";

const KEY = "threadline.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark"} */
function chosen() {
  const stored = localStorage.getItem(KEY);
  if (stored === "light" || stored === "dark") return stored;
  return system.matches ? "dark" : "light";
}

export const theme = signal(chosen());

function show() {
  theme.value = chosen();
  document.documentElement.dataset.theme = theme.value;
}

export function toggleTheme() {
  localStorage.setItem(KEY, theme.value === "dark" ? "light" : "dark");
  show();
}

system.addEventListener("change", show);
show();
