// @ts-check
/** The script tag: notes what it was given and loads the rest as modules from beside itself, once the page is there. */
(() => {
  const tag = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!tag || !tag.src || !tag.dataset.key || document.querySelector("threadline-chat")) return;
  const options = { ...tag.dataset };
  const home = new URL("../static/widget/", tag.src);
  /** @type {any} */
  const page = window;
  /** @type {[string, any[]][]} */
  const waiting = [];
  const later = (/** @type {string} */ name) => (/** @type {any[]} */ ...given) => void waiting.push([name, given]);
  page.Threadline = { open: later("open"), close: later("close"), identify: later("identify"), forget: later("forget") };
  const start = () =>
    import(new URL("main.js", home).href)
      .then((main) => main.start(options))
      .then((api) => {
        if (!api) return;
        page.Threadline = api;
        for (const [name, given] of waiting) api[name](...given);
      })
      .catch(() => undefined);
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
