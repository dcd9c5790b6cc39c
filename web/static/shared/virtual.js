// @ts-check
/** A list of which only the rows in sight are in the page, however long it is; the keyboard goes through all of it. */
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { html } from "./html.js";

/** Rows kept ready above and below those in sight. */
const SPARE = 6;

/**
 * The rows that belong into the page: from `first` until before `end`.
 * @param {number} scrollPx @param {number} heightPx @param {number} rowPx @param {number} count
 */
export function inSight(scrollPx, heightPx, rowPx, count) {
  const first = Math.max(0, Math.floor(scrollPx / rowPx) - SPARE);
  const end = Math.min(count, Math.ceil((scrollPx + heightPx) / rowPx) + SPARE);
  return { first, end };
}

/**
 * `at` is the row the keyboard is on; `row` draws one, null while it is not known yet; `onSight` hears what is in sight.
 * `onKey` says whether it took the key; what it leaves moves `at`.
 * @typedef {{
 *   id: string, label: string, count: number, rowPx: number, at: number,
 *   row: (index: number) => unknown, isSelected: (index: number) => boolean,
 *   onMove: (to: number, event: KeyboardEvent) => void, onKey: (event: KeyboardEvent) => boolean,
 *   onClick: (index: number, event: MouseEvent) => void, onSight: (first: number, end: number) => void,
 * }} VirtualProps
 * @param {VirtualProps} props
 */
export function VirtualList({ id, label, count, rowPx, at, row, isSelected, onMove, onKey, onClick, onSight }) {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const place = useSignal({ scroll: 0, height: 0 });

  const look = () => {
    const list = box.current;
    if (list) place.value = { scroll: list.scrollTop, height: list.clientHeight };
  };
  useLayoutEffect(() => {
    const watch = new ResizeObserver(look);
    if (box.current) watch.observe(box.current);
    look();
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => reveal(box.current, at, rowPx), [at]);

  const { first, end } = inSight(place.value.scroll, place.value.height, rowPx, count);
  useLayoutEffect(() => onSight(first, end), [first, end, count]);

  /** @param {KeyboardEvent} event */
  const steer = (event) => {
    if (event.altKey) return;
    const page = Math.max(1, Math.floor(place.value.height / rowPx) - 1);
    const to = onKey(event) ? at : stepTo(event.key, at, page, count);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== at) onMove(to, event);
  };

  const shown = Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
  return html`<div
    class="virtual"
    ref=${box}
    role="listbox"
    id=${id}
    tabindex="0"
    aria-label=${label}
    aria-multiselectable="true"
    aria-activedescendant=${at >= first && at < end ? `${id}-${at}` : undefined}
    onScroll=${look}
    onKeyDown=${steer}
  >
    <div class="virtual-all" role="presentation" style=${{ height: `${count * rowPx}px` }}>
      ${shown.map(
        (index) => html`<div
          key=${index}
          id=${`${id}-${index}`}
          class=${`virtual-row ${index === at ? "virtual-at" : ""}`}
          role="option"
          aria-selected=${isSelected(index)}
          aria-setsize=${count}
          aria-posinset=${index + 1}
          style=${{ height: `${rowPx}px`, transform: `translateY(${index * rowPx}px)` }}
          onClick=${/** @param {MouseEvent} event */ (event) => onClick(index, event)}
        >
          ${row(index)}
        </div>`,
      )}
    </div>
  </div>`;
}

/** Scrolls as little as it takes. @param {HTMLElement | null} list @param {number} at @param {number} rowPx */
function reveal(list, at, rowPx) {
  if (!list) return;
  const top = at * rowPx;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowPx > list.scrollTop + list.clientHeight) list.scrollTop = top + rowPx - list.clientHeight;
}

/** Where a key leads; null where it is none of ours. @param {string} key @param {number} at @param {number} page @param {number} count */
function stepTo(key, at, page, count) {
  const to = { ArrowDown: at + 1, j: at + 1, J: at + 1, ArrowUp: at - 1, k: at - 1, K: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(to, count - 1));
}
