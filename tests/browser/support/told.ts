/** How a page calls its user: counted by a script that runs in it before its own. */
import type { Page } from "playwright-core";

/** What a page has done so far to be noticed. */
export interface Told {
  /** Notifications of the desktop, in their order. */
  readonly desktop: readonly { readonly title: string; readonly body: string }[];
  /** Tones that were begun, and media that were played. */
  readonly tones: number;
  readonly vibrations: number;
  /** The count at the icon of the installed page; 0: none. */
  readonly badge: number;
}

/** Headless browsers have neither a desktop nor anything that shakes: what the page asks of them is taken down. */
export const HOOKS = `{
  const told = globalThis.told = { desktop: [], tones: 0, vibrations: 0, badge: 0 };
  const { start } = AudioScheduledSourceNode.prototype;
  AudioScheduledSourceNode.prototype.start = function (...when) {
    told.tones++;
    return start.apply(this, when);
  };
  HTMLMediaElement.prototype.play = function () {
    told.tones++;
    return Promise.resolve();
  };
  const vibrate = () => (told.vibrations++, true);
  const setAppBadge = async (count) => void (told.badge = count);
  const clearAppBadge = async () => void (told.badge = 0);
  for (const [name, value] of Object.entries({ vibrate, setAppBadge, clearAppBadge })) {
    Object.defineProperty(navigator, name, { value, configurable: true });
  }
  globalThis.Notification = class {
    static permission = "granted";
    constructor(title, { body }) {
      told.desktop.push({ title, body });
    }
    close() {}
  };
}`;

/** Has a page counted from its beginning. */
export async function countTold(page: Page): Promise<void> {
  await page.addInitScript(HOOKS);
}

export async function toldBy(page: Page): Promise<Told> {
  return await page.evaluate("globalThis.told") as Told;
}
