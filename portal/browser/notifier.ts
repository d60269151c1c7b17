import type { Alert, PortalModel } from "../model/mod.ts";
import { t as askText } from "../view/asks/texts.ts";
import { t as peopleText } from "../view/people/texts.ts";
import { hrefOf, type Route, route } from "../view/route.ts";
import type { Preferences } from "../view/preferences.ts";
import { howToNotify, type NotifyWishes } from "../view/settings/notify_rules.ts";
import { beep } from "./beep.ts";
import { Toasts } from "./toasts.ts";

/** Milliseconds on, off, on. */
const VIBRATION = [120, 60, 120];

/**
 * Tells the user of alerts as they prefer: by the desktop, in the page, by sound, by vibration. An alert comes to one tab of a browser alone, so
 * it is told once. Ends with what it gives. The browser's leave is asked for in the settings, on a press, never here.
 */
export function startNotifier({ model, preferences }: { model: PortalModel; preferences: Preferences }): () => void {
  const toasts = new Toasts(document);
  const told: Told = new Map();
  const end = model.onAlert((alert) => {
    const now = new Date();
    const permitted = typeof Notification === "function" && Notification.permission === "granted";
    const how = howToNotify(alert, wishesOf(preferences), {
      visible: document.visibilityState === "visible",
      open: isOpen(alert.conversation),
      muted: model.conversations.find(alert.conversation)?.muted.peek() ?? false,
      minute: now.getHours() * 60 + now.getMinutes(),
      permitted,
    });
    const text = how.preview ? wordsOf(alert) : "";
    if (how.desktop) void tellDesktop(alert, text, told, () => toasts.show(alert.title, text, hrefOfAlert(alert)));
    if (how.toast) toasts.show(alert.title, text, hrefOfAlert(alert));
    if (how.sound) void beep();
    // False where there is nothing that shakes, or the page was not touched yet: then there is nothing else to do.
    if (how.vibration && "vibrate" in navigator) navigator.vibrate(VIBRATION);
  });
  return () => {
    end();
    toasts.close();
    for (const notification of told.values()) notification.close();
    void closeOfWorker();
  };
}

/** What is said; where that may be nothing, what they want. */
function wordsOf({ kind, text }: Alert): string {
  if (kind === "request") return `${peopleText("wants")} ${text}`.trim();
  return text === "" && kind === "invitation" ? askText("waiting") : text;
}

function isOpen(conversation: string): boolean {
  const shown = route.peek();
  return conversation !== "" && shown.page === "with" && shown.key === conversation;
}

function hrefOfAlert({ kind, conversation }: Alert): string {
  const to: Route = conversation !== ""
    ? { page: "with", key: conversation, message: "" }
    : { page: kind === "request" || kind === "presence" ? "people" : "list" };
  return hrefOf(to);
}

/** What is preferred now. */
export function wishesOf(preferences: Preferences): NotifyWishes {
  return {
    notify: preferences.notify.peek(),
    text: preferences.notifyText.peek(),
    preview: preferences.notifyPreview.peek(),
    sound: preferences.notifySound.peek(),
    vibration: preferences.notifyVibration.peek(),
    whenOpen: preferences.notifyWhenOpen.peek(),
    whenClosed: preferences.notifyWhenClosed.peek(),
    keywords: preferences.keywords.peek(),
    quietHours: preferences.quietHours.peek(),
  };
}

/** What the desktop may still show, by tag; it outlasts the page. */
type Told = Map<string, Notification>;
/** So many are taken back when the page ends. */
const MOST_TOLD = 100;

/** By the desktop; a press leads to the conversation. `otherwise`: where the browser will not after all. */
async function tellDesktop(alert: Alert, body: string, told: Told, otherwise: () => void): Promise<void> {
  const href = hrefOfAlert(alert);
  // The same conversation replaces what was told of it before; the page makes the sound, by its own switch.
  const options = { body, tag: alert.conversation || alert.kind, timestamp: alert.at, silent: true, data: { href } };
  try {
    const notification = new Notification(alert.title, options);
    told.delete(options.tag);
    told.set(options.tag, notification);
    if (told.size > MOST_TOLD) told.delete(told.keys().next().value!);
    notification.onclick = () => {
      notification.close();
      globalThis.focus();
      location.hash = href;
    };
  } catch (error) {
    // Phones allow it to service workers alone; theirs opens `data.href` when it is pressed.
    if (!(error instanceof TypeError)) throw error;
    const worker = await navigator.serviceWorker?.getRegistration();
    if (worker?.active) await worker.showNotification(alert.title, options);
    else otherwise();
  }
}

async function closeOfWorker(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const notification of await worker?.getNotifications() ?? []) notification.close();
}
