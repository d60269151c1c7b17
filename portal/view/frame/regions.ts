/** The regions of the page in their order: F6 goes to the next, with Shift to the one before (four, and what waits for an answer, UX.md §2). */
const ORDER = ["pages", "list", "content", "asks", "status"];

/** Listens for F6 until what it gives is called. */
export function followRegions(): () => void {
  const follow = (event: KeyboardEvent) => {
    if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
    // A dialog keeps the focus.
    if (document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    const shown = ORDER.map((name) => document.querySelector<HTMLElement>(`[data-region=${name}]`))
      .filter((region) => region !== null && region.checkVisibility()) as HTMLElement[];
    const from = shown.findIndex((region) => region.contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    const to = from < 0 ? 0 : (from + step + shown.length) % shown.length;
    if (shown[to] !== undefined) enterRegion(shown[to]);
  };
  addEventListener("keydown", follow);
  return () => removeEventListener("keydown", follow);
}

const TAKES_FOCUS =
  "a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select, [tabindex='0']";

/** Into a region: to what it begins with (`data-entry`), the place where one is, its first element, else itself. */
export function enterRegion(region: HTMLElement): void {
  const entry = region.querySelector<HTMLElement>("[data-entry]:not([disabled])") ??
    region.querySelector<HTMLElement>("[aria-current=page]") ??
    [...region.querySelectorAll<HTMLElement>(TAKES_FOCUS)].find((one) => one.tabIndex >= 0 && one.checkVisibility());
  (entry ?? region).focus();
}
