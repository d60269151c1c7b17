import { effect, type ReadonlySignal } from "@preact/signals-core";
import type { Preferences } from "../view/preferences.ts";
import { PageIcon } from "./page_icon.ts";

/** Badges of installed pages (W3C Badging API), where there are some. */
interface Badged {
  setAppBadge?(count: number): Promise<void>;
  clearAppBadge?(): Promise<void>;
}

/** Shows at the icon of an installed page how much is unread, and at that of any that something is; unless the user wants no mark (NOT-9). */
export function showBadge(unread: ReadonlySignal<number>, { notify, notifyMark }: Preferences): void {
  const badged = navigator as Badged, icon = new PageIcon(document);
  effect(() => {
    const count = notify.value && notifyMark.value ? unread.value : 0;
    if (count === 0) clearBadge();
    else badged.setAppBadge?.(count).catch(noBadge);
    void icon.mark(count > 0);
  });
}

export function clearBadge(): void {
  (navigator as Badged).clearAppBadge?.().catch(noBadge);
}

/** An icon without a badge is no problem of anybody's. */
function noBadge(error: unknown): void {
  console.debug("no badge", String(error));
}
