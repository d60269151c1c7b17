import { effect, type ReadonlySignal } from "@preact/signals-core";

/** Badges of installed pages (W3C Badging API), where there are some. */
interface Badged {
  setAppBadge?(count: number): Promise<void>;
  clearAppBadge?(): Promise<void>;
}

/** Shows at the icon of an installed page how much is unread. */
export function showBadge(unread: ReadonlySignal<number>): void {
  const badged = navigator as Badged;
  effect(() => {
    const count = unread.value;
    if (count === 0) clearBadge();
    else badged.setAppBadge?.(count).catch(noBadge);
  });
}

export function clearBadge(): void {
  (navigator as Badged).clearAppBadge?.().catch(noBadge);
}

/** An icon without a badge is no problem of anybody's. */
function noBadge(error: unknown): void {
  console.debug("no badge", String(error));
}
