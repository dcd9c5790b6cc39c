// @ts-check
/** The colours of one site: what an admin or the tag asked for, made readable. */

const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
export const DEFAULT = "#0e6a6f";

/** @param {string} colour @returns {[number, number, number]} */
function parts(colour) {
  const hex = colour.length === 4 ? [...colour.slice(1)].map((one) => one + one).join("") : colour.slice(1);
  return /** @type {[number, number, number]} */ ([0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
}

/** WCAG relative luminance. @param {string} colour */
function luminance(colour) {
  const [r, g, b] = parts(colour).map((one) => {
    const part = one / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Custom properties for the host element. @param {...(string | undefined)} asked the first that is a colour counts */
export function themed(...asked) {
  const accent = asked.find((one) => one && COLOUR.test(one)) ?? DEFAULT;
  const ratio = 1.05 / (luminance(accent) + 0.05);
  return { "--tl-accent": accent, "--tl-on-accent": ratio >= 3.5 ? "#ffffff" : "#10201f" };
}
