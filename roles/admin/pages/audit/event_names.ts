import { en } from "./texts.en.ts";
import { t } from "./texts.ts";

const PREFIX = "event.";
type EventKey = Extract<keyof typeof en, `event.${string}`>;

/** Every event that has a name in words. */
export const KNOWN_EVENTS: readonly string[] = Object.keys(en).filter((key) =>
  key.startsWith(PREFIX) && key !== "event.any"
)
  .map((key) => key.slice(PREFIX.length));

/** An event in words; its code where nobody gave it any. */
export function eventName(event: string): string {
  return KNOWN_EVENTS.includes(event) ? t(PREFIX + event as Exclude<EventKey, "event.any">) : event;
}
