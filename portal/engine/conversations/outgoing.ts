import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Timer } from "../../../foundation/mod.ts";
import type { Reason, SentMessage } from "../../../client/mod.ts";
import type { MessageState, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { problemOf } from "./moving_file.ts";
import { OutgoingEntries, type OutgoingEntry } from "./outgoing_entry.ts";

/** Until the next try of one that nobody answered, by the tries so far. */
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
/** Tries while the service answers other things. */
const MOST_TRIES = 8;
/** Times that its record is looked for in vain; then it goes all the same: lost is worse than twice. */
const MOST_LOOKS = 20;

/** What sending asks of the conversations. */
export interface OutgoingUser {
  /** Gives it to the client: null where that takes nothing more at present; `later`: there is no way for it now. */
  give(entry: OutgoingEntry): SentMessage | null | "later";
  /** Whether the service has a record of it; null where that cannot be said now. Never rejects. */
  isRecorded(entry: OutgoingEntry): Promise<boolean | null>;
  changed(entry: OutgoingEntry, state: MessageState, problem: Problem | null): void;
}

/**
 * Messages of ours until the service has them. One at a time for each conversation, in the order in which they were written; what waits
 * outlives reloads. One that may have arrived goes again as the very same request, which the service answers as the first.
 */
export class Outgoing {
  readonly #link: EngineParts["link"];
  readonly #timers: EngineParts["timers"];
  readonly #entries: OutgoingEntries;
  readonly #user: OutgoingUser;
  readonly #tab: string;
  readonly #lines = new Map<string, OutgoingEntry[]>();
  /** Given to the client, or looked for in the history. */
  readonly #busy = new Map<string, OutgoingEntry>();
  /** Those of them that are looked for. */
  readonly #looking = new Set<string>();
  readonly #queued = signal(0);
  /** Lines that wait until it is known who sends what an earlier life has left. */
  readonly #held = new Set<string>();
  /** By message: how often its record was looked for in vain. */
  readonly #looks = new Map<string, number>();
  /** Lines that wait for the next try. */
  readonly #resting = new Map<string, Timer>();

  constructor(
    { link, timers, store }: Pick<EngineParts, "link" | "timers" | "store">,
    tab: string,
    user: OutgoingUser,
  ) {
    this.#link = link;
    this.#timers = timers;
    this.#entries = new OutgoingEntries(store);
    this.#tab = tab;
    this.#user = user;
    link.state.subscribe((state) => {
      if (state === "online") this.flush();
    });
  }

  /** What waits for a way to the service. */
  get queued(): ReadonlySignal<number> {
    return this.#queued;
  }

  /** Of earlier lives, and of other tabs. */
  stored(): OutgoingEntry[] {
    return this.#entries.all();
  }

  /** False where it can neither be sent now nor kept. */
  add(written: Omit<OutgoingEntry, "order" | "tries" | "tab" | "problem">): boolean {
    const order = this.#entries.next(written.at);
    const entry: OutgoingEntry = { ...written, order, tries: 0, tab: this.#tab, problem: null };
    if (!this.#entries.put(entry) && this.#link.state.peek() !== "online") return false;
    this.#push(entry);
    return true;
  }

  /** Takes over what an earlier life of this page, or a tab that is closed now, has left. */
  adopt(entry: OutgoingEntry): void {
    const now = this.#entries.get(entry.id);
    if (now === null || now.tab !== entry.tab || this.#has(entry.id)) return;
    const mine = { ...now, tab: this.#tab };
    this.#entries.put(mine);
    if (mine.problem === null) this.#push(mine);
  }

  /** Nothing of these conversations goes until `release`: it would overtake what has waited for longer. */
  hold(keys: Iterable<string>): void {
    for (const key of keys) this.#held.add(key);
  }

  release(): void {
    this.#held.clear();
    this.flush();
  }

  /** One that failed. False where there is none. */
  retry(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === null || entry.problem === null) return false;
    const again = { ...entry, problem: null, tab: this.#tab };
    this.#entries.put(again);
    this.#push(again);
    return true;
  }

  /** Takes one that failed, or waits, off. What is with the client already goes. */
  discard(id: string): void {
    this.#entries.remove(id);
    if (!this.#busy.has(id) || this.#looking.has(id)) this.#takeOff(id);
  }

  /** The service has it: another tab, or its record, says so. */
  settled(id: string): void {
    if (this.#entries.get(id) !== null) this.#entries.remove(id);
    this.#takeOff(id);
  }

  /** Whatever can go now, goes. */
  flush(): void {
    for (const timer of this.#resting.values()) timer.stop();
    this.#resting.clear();
    for (const key of [...this.#lines.keys()]) this.#pump(key);
  }

  /** For the client's `onMessageState`. True where it is one of these. */
  told(message: SentMessage, reason: Reason | null): boolean {
    const entry = this.#busy.get(message.id);
    if (entry === undefined) return false;
    if (message.state === "waiting") return true;
    this.#busy.delete(message.id);
    if (message.state !== "failed") this.#done(entry, message);
    else this.#failed(entry, message, reason!);
    return true;
  }

  #push(entry: OutgoingEntry): void {
    const line = this.#lines.get(entry.key);
    if (line === undefined) this.#lines.set(entry.key, [entry]);
    else {
      // What an earlier life has left was written before; what is on its way stays in front.
      const at = line.findIndex(({ id, order }) => order > entry.order && !this.#busy.has(id));
      line.splice(at < 0 ? line.length : at, 0, entry);
    }
    this.#tell();
    this.#pump(entry.key);
  }

  #pump(key: string): void {
    const entry = this.#lines.get(key)?.[0];
    if (entry === undefined || this.#busy.has(entry.id) || this.#resting.has(key) || this.#held.has(key)) return;
    if (this.#link.state.peek() !== "online") return;
    if (entry.tries === 0) return this.#give(entry);
    this.#busy.set(entry.id, entry);
    this.#looking.add(entry.id);
    void this.#user.isRecorded(entry).then((isRecorded) => {
      if (!this.#looking.delete(entry.id)) return;
      this.#busy.delete(entry.id);
      if (isRecorded) return this.#over(entry, "sent", null);
      const looks = (this.#looks.get(entry.id) ?? 0) + 1;
      if (isRecorded === null && looks < MOST_LOOKS) {
        this.#looks.set(entry.id, looks);
        this.#rest(key, AGAIN_MS[Math.min(looks, AGAIN_MS.length) - 1]);
      } else if (this.#link.state.peek() === "online") this.#give(entry);
    });
  }

  #give(before: OutgoingEntry): void {
    const entry = this.#put({ ...before, tries: before.tries + 1 });
    // Before it leaves: what is told of it at once finds it.
    this.#busy.set(entry.id, entry);
    const message = this.#user.give(entry);
    if (message === null || message === "later") {
      this.#busy.delete(entry.id);
      this.#put(before);
      if (message === null) this.#rest(entry.key, AGAIN_MS[0]);
      return;
    }
    this.#user.changed(entry, "sending", null);
  }

  #done(entry: OutgoingEntry, message: SentMessage): void {
    const state = message.state === "sent" && message.deferred ? "stored" : message.state;
    this.#over(entry, entry.people === null ? state as MessageState : "sent", null);
  }

  #failed(entry: OutgoingEntry, message: SentMessage, reason: Reason): void {
    const { status, unanswered, retryAfter } = reason;
    const isLost = unanswered === true || message.chat?.state === "over" || status === 408 || status === 481;
    const isAway = this.#link.state.peek() !== "online";
    if ((isLost || isAway) && (isAway || entry.tries < MOST_TRIES)) {
      this.#user.changed(entry, "queued", null);
      const wait = AGAIN_MS[Math.min(entry.tries - 1, AGAIN_MS.length - 1)];
      return this.#rest(entry.key, Math.max(wait, retryAfter * 1000));
    }
    const problem = problemOf(reason);
    this.#entries.put({ ...entry, problem, tries: 0 });
    this.#over(entry, "failed", problem);
  }

  /** It is off the line, and the next goes. */
  #over(entry: OutgoingEntry, state: MessageState, problem: Problem | null): void {
    if (state !== "failed") this.#entries.remove(entry.id);
    this.#looks.delete(entry.id);
    const line = this.#lines.get(entry.key);
    const at = line?.findIndex(({ id }) => id === entry.id) ?? -1;
    if (at >= 0) this.#drop(entry.key, line!, at);
    this.#user.changed(entry, state, problem);
    this.#tell();
    this.#pump(entry.key);
  }

  /** Whatever becomes of it, it is off the line. */
  #takeOff(id: string): void {
    this.#busy.delete(id);
    this.#looking.delete(id);
    this.#looks.delete(id);
    for (const [key, line] of this.#lines) {
      const at = line.findIndex((entry) => entry.id === id);
      if (at < 0) continue;
      this.#drop(key, line, at);
      this.#pump(key);
    }
    this.#tell();
  }

  #put(entry: OutgoingEntry): OutgoingEntry {
    this.#entries.put(entry);
    const line = this.#lines.get(entry.key);
    if (line !== undefined && line[0]?.id === entry.id) line[0] = entry;
    return entry;
  }

  #drop(key: string, line: OutgoingEntry[], at: number): void {
    line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(key);
  }

  #has(id: string): boolean {
    for (const line of this.#lines.values()) if (line.some((entry) => entry.id === id)) return true;
    return false;
  }

  #rest(key: string, ms: number): void {
    this.#resting.get(key)?.stop();
    const onTimer = () => {
      this.#resting.delete(key);
      this.#pump(key);
    };
    this.#resting.set(key, this.#timers.start(ms, { onTimer }, 0));
  }

  #tell(): void {
    let count = 0;
    for (const line of this.#lines.values()) count += line.length;
    this.#queued.value = count;
  }
}
