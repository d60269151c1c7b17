import type { Timed } from "../../../foundation/mod.ts";
import type { Alert } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { isText, storedList } from "../local_json.ts";
import type { Conversation } from "./conversation.ts";
import type { Message } from "./message.ts";
import type { TabTalk } from "./tab_talk.ts";

/** What was told of is remembered, so that no tab tells of it again. */
const REMEMBERED = 50;
const KEY = "alerted";
/** Characters of an alert. */
const TEXT = 200;
const FRESH_MS = 120_000;
/** Tabs take their turns within so long. */
const SLOTS = 4, SLOT_MS = 100;

/** Alerts, once for all tabs: each waits for its turn, and says nothing where another one was first. */
export class Alerting implements Timed {
  readonly #parts: Pick<EngineParts, "alert" | "clock" | "store" | "tabs" | "timers">;
  readonly #talk: TabTalk;
  readonly #asksIn: (text: string) => Promise<boolean>;
  readonly #slot: number;
  readonly #waiting: { readonly id: string; readonly alert: Alert }[] = [];

  /** `asksIn`: whether words of the service are of a request to be a contact, which is told of by itself. */
  constructor(
    parts: Pick<EngineParts, "alert" | "clock" | "store" | "tabs" | "timers">,
    talk: TabTalk,
    asksIn: (text: string) => Promise<boolean>,
  ) {
    this.#parts = parts;
    this.#talk = talk;
    this.#asksIn = asksIn;
    this.#slot = talk.tab.charCodeAt(talk.tab.length - 1) % SLOTS;
  }

  /** A message that nobody had seen before it came. */
  message({ key, kind, isRoom, title }: Conversation, { id, at, fromName, part, read }: Message): void {
    // What has waited for long is counted, and not told of one by one.
    if (at < this.#parts.clock.now() - FRESH_MS) return;
    const text = part.kind === "text" ? part.text : part.kind === "file" ? part.name : "";
    const alert: Alert = {
      kind: part.kind === "file" ? "file" : kind === "service" ? "service" : "message",
      conversation: key,
      title: isRoom ? `${fromName} · ${title.peek()}` : fromName,
      text: text.length > TEXT ? `${text.slice(0, TEXT - 1).toWellFormed()}…` : text,
      at,
    };
    const tell = () => {
      // The tab in which it is before the user's eyes goes first: another one would tell of it as of one that is not seen.
      const { tabs } = this.#parts;
      if (read) this.#tellNow(id, alert);
      else if (tabs.inTurn !== undefined) tabs.inTurn(() => this.#tellNow(id, alert));
      else this.#tell(id, alert);
    };
    if (alert.kind !== "service") tell();
    else void this.#asksIn(text).then((asks) => asks || tell());
  }

  #tellNow(id: string, alert: Alert): void {
    if (this.claim(id)) this.#parts.alert(alert);
  }

  /** Where the browser has no turns for tabs. `id`: of the message, the same in all tabs. */
  #tell(id: string, alert: Alert): void {
    this.#waiting.push({ id, alert });
    this.#parts.timers.start(this.#slot * SLOT_MS, this, 0);
  }

  /** Another tab was first. */
  alerted(id: string): void {
    const at = this.#waiting.findIndex((one) => one.id === id);
    // Its timer finds nothing, or the next one.
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  onTimer(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#tellNow(next.id, next.alert);
  }

  /** True for the first tab that wants to do something about that message. */
  claim(id: string): boolean {
    const { store } = this.#parts;
    const claimed = storedList(store, KEY, isText);
    if (claimed.includes(id)) return false;
    store.set(KEY, JSON.stringify([...claimed, id].slice(-REMEMBERED)));
    this.#talk.say({ kind: "alerted", id });
    return true;
  }
}
