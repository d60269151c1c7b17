import type { Alert } from "../../model/mod.ts";
import type { QuietHours } from "../preferences.ts";

/** What of the preferences an alert is judged by. */
export interface NotifyWishes {
  readonly notify: boolean;
  readonly text: boolean;
  readonly preview: boolean;
  readonly sound: boolean;
  readonly vibration: boolean;
  readonly whenOpen: boolean;
  readonly whenClosed: boolean;
  readonly keywords: readonly string[];
  readonly quietHours: QuietHours;
}

/** Where the user is when it comes. */
export interface NotifyScene {
  /** The page can be seen. */
  readonly visible: boolean;
  /** The conversation of the alert is the one that the page shows. */
  readonly open: boolean;
  readonly muted: boolean;
  /** Minutes of the local day. */
  readonly minute: number;
  /** Notifications of the desktop are allowed by the browser. */
  readonly permitted: boolean;
}

/** How the user is told. None: all false. */
export interface Notifying {
  readonly desktop: boolean;
  /** Text in the page itself. */
  readonly toast: boolean;
  readonly sound: boolean;
  readonly vibration: boolean;
  /** With what is said, else only by whom. */
  readonly preview: boolean;
}

const NOTHING: Notifying = { desktop: false, toast: false, sound: false, vibration: false, preview: false };

/** How the user is told of an alert (NOT-5 to NOT-9). */
export function howToNotify(alert: Alert, wishes: NotifyWishes, scene: NotifyScene): Notifying {
  if (!wishes.notify || scene.muted) return NOTHING;
  // What the page does not show now is closed, whichever conversation it would show.
  const open = scene.open && scene.visible;
  const wanted = open ? wishes.whenOpen : wishes.whenClosed;
  const quiet = isQuiet(wishes.quietHours, scene.minute);
  if ((!wanted || quiet) && !hasKeyword(`${alert.title}\n${alert.text}`, wishes.keywords)) return NOTHING;
  return {
    desktop: wishes.text && !scene.visible && scene.permitted,
    // Of the open conversation the text is before the user's eyes already.
    toast: wishes.text && !open && (scene.visible || !scene.permitted),
    sound: wishes.sound,
    vibration: wishes.vibration,
    preview: wishes.preview,
  };
}

/** Whether that minute of the day lies in them; hours that begin when they end are none. */
export function isQuiet({ on, from, until }: QuietHours, minute: number): boolean {
  if (!on) return false;
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

/** Whole words, whatever their case; a keyword may be of several. */
export function hasKeyword(text: string, keywords: readonly string[]): boolean {
  const words = folded(text);
  return keywords.some((keyword) => {
    const wanted = folded(keyword).trim();
    return wanted !== "" && words.includes(` ${wanted} `);
  });
}

/** With each run of what is neither letter nor digit as one space, and one at each end. */
function folded(text: string): string {
  return ` ${text.normalize("NFKC").toLowerCase()} `.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
}
