import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { mediaType } from "../../../transport/payload/mod.ts";
import { PIDF_TYPE } from "../../../transport/presence/mod.ts";
import { asProblem } from "../outcomes.ts";
import { sameAddress } from "./conversation_key.ts";
import type { HistoryPages, RecordedConversation, SaidMessage } from "./history_pages.ts";

/** Messages of one page, of the first look at a conversation, and of one step back at least. */
const PAGE = 50, STEP = 30;
/** Recorded conversations of one list. */
const LIST = 50;
/** What was missed is fetched up to so many messages; behind that it is begun anew from the end. */
const MISSED = 500;
/** Steps of one walk back to a certain message. */
const STEPS = 200;

/** Octets of a place. */
const PLACE = 16_384;

/** Of one recording: what is in memory, `low` to `high`. */
interface Loaded {
  readonly reference: string;
  /** Number of its first message in memory; 1: all before it is here, or gone. */
  low: number;
  high: number;
  /** When what is not here yet was said, at the latest. */
  before: number;
}

/** Where recorded messages go: into the conversation. */
export interface PastUser {
  /** Gives how many were new. */
  recorded(messages: readonly SaidMessage[], reference: string): number;
  /** Too much was missed: what is there of the past is let go, and comes again when it is asked for. */
  forgetPast(): void;
}

/**
 * The recorded past of one conversation: one or several recordings at the service, read from their ends backwards as far as somebody asks;
 * what was said since the last look is read forwards. All work of one conversation is done one piece after the other.
 */
export class Past {
  readonly #pages: HistoryPages;
  readonly #address: () => string;
  readonly #user: PastUser;
  readonly #loaded = new Map<string, Loaded>();
  readonly #older: Signal<"some" | "loading" | "none" | "unrecorded" | "failed"> = signal("some");
  /** Recordings of this conversation are listed up to here; "" for all, null for none yet. */
  #next: string | null = null;
  #known = false;
  #line: Promise<unknown> = Promise.resolve();

  /** `address`: how the service calls whom it is with. */
  constructor(pages: HistoryPages, address: () => string, user: PastUser) {
    this.#pages = pages;
    this.#address = address;
    this.#user = user;
  }

  get older(): ReadonlySignal<"some" | "loading" | "none" | "unrecorded" | "failed"> {
    return this.#older;
  }
  /** It has been looked at once. */
  get known(): boolean {
    return this.#known;
  }

  /** Whether this list tells of something that is not here yet. */
  behind(given: readonly RecordedConversation[]): boolean {
    return given.some(({ reference, messages }) => messages > (this.#loaded.get(reference)?.high ?? 0));
  }

  /**
   * Reads what was said since the last look; the first time the latest page. `given`: the latest recordings with this one, where somebody
   * has asked for them already. Rejects with RestProblem.
   */
  catchUp(given?: readonly RecordedConversation[]): Promise<void> {
    return this.#inLine(async () => {
      const latest = given ?? await this.#listed();
      let missed = 0;
      for (const one of latest) missed += one.messages - (this.#loaded.get(one.reference)?.high ?? one.messages);
      if (missed > MISSED) {
        this.#loaded.clear();
        this.#user.forgetPast();
        this.#known = false;
        this.#next = null;
      }
      const first = !this.#known;
      let budget = PAGE;
      for (const one of latest) {
        const known = this.#loaded.get(one.reference);
        if (known !== undefined) {
          if (one.messages > known.high) await this.#forward(known);
          continue;
        }
        // The first look is at the latest; of what began since then all is wanted.
        const entry = this.#entry(one, first ? Math.max(0, budget) : MISSED);
        this.#loaded.set(one.reference, entry);
        budget -= one.messages;
        if (entry.low <= one.messages) await this.#forward(entry);
      }
      this.#known = true;
      this.#tell();
    });
  }

  /** Reads a page of what was said before. Never rejects: `older` says what came of it. */
  async back(): Promise<number> {
    try {
      return await this.#inLine(() => this.#step());
    } catch (error) {
      this.#failed(error);
      return 0;
    }
  }

  /** Goes back until `found`, or to that time. */
  async backTo(at: number, found: () => boolean): Promise<boolean> {
    try {
      return await this.#inLine(async () => {
        for (let steps = 0; !found() && steps < STEPS; steps++) {
          if (this.#latestBound() < at) break;
          if (await this.#step() === 0 && !this.#hasMore) break;
        }
        return found();
      });
    } catch (error) {
      this.#failed(error);
      return found();
    }
  }

  /** What was let go from memory may be read again: from that place on. */
  gone(reference: string, seq: number, at: number): void {
    const entry = this.#loaded.get(reference);
    if (entry === undefined || seq < entry.low) return;
    entry.low = seq + 1;
    entry.before = Math.max(entry.before, at);
    this.#tell();
  }

  #entry({ reference, messages, ended_at }: RecordedConversation, wanted: number): Loaded {
    const low = Math.max(1, messages - wanted + 1);
    return { reference, low, high: low - 1, before: ended_at };
  }

  /** From what is there to the end. */
  async #forward(entry: Loaded): Promise<void> {
    for (;;) {
      const { messages, next } = await this.#pages.messages(entry.reference, entry.high, PAGE);
      // Nothing new: an answer that goes in circles has no end either.
      if (messages.length === 0 || messages[messages.length - 1].seq <= entry.high) return;
      if (entry.high < entry.low) entry.before = messages[0].at;
      this.#user.recorded(await this.#withPlaces(messages, entry.reference), entry.reference);
      entry.high = messages[messages.length - 1].seq;
      if (next === 0) return;
    }
  }

  /** One step back: pages of whichever recording goes on last. Gives how many were new. */
  async #step(): Promise<number> {
    this.#older.value = "loading";
    let added = 0;
    while (added < STEP) {
      // What else there is of it may go on later than what is known.
      if (this.#next === null || (this.#next !== "" && this.#latest() === null)) await this.#listMore();
      const entry = this.#latest();
      if (entry === null) {
        if (this.#next === "") break;
        continue;
      }
      const after = Math.max(0, entry.low - 1 - PAGE);
      const { messages } = await this.#pages.messages(entry.reference, after, entry.low - 1 - after);
      const before = messages.filter(({ seq }) => seq < entry.low);
      added += this.#user.recorded(await this.#withPlaces(before, entry.reference), entry.reference);
      entry.low = before.length === 0 ? 1 : after + 1;
      entry.high = Math.max(entry.high, entry.low - 1 + before.length);
      if (before.length > 0) entry.before = before[0].at;
    }
    this.#tell();
    return added;
  }

  /** Places are no text to the service, and short: they are fetched, since what a message is does not change later. */
  async #withPlaces(messages: readonly SaidMessage[], reference: string): Promise<readonly SaidMessage[]> {
    return await Promise.all(messages.map(async (one) => {
      if (mediaType(one.content_type) !== PIDF_TYPE || one.octets > PLACE) return one;
      return { ...one, text: await (await this.#pages.content(reference, one.seq)).text() };
    }));
  }

  async #listed(): Promise<readonly RecordedConversation[]> {
    const { conversations, next } = await this.#pages.conversations(LIST, this.#address());
    this.#next ??= next;
    return conversations.filter((one) => sameAddress(one.with, this.#address()));
  }

  async #listMore(): Promise<void> {
    const { conversations, next } = await this.#pages.conversations(LIST, this.#address(), this.#next ?? "");
    this.#next = next === this.#next ? "" : next;
    this.#known = true;
    for (const one of conversations) {
      if (!sameAddress(one.with, this.#address()) || this.#loaded.has(one.reference)) continue;
      this.#loaded.set(one.reference, this.#entry(one, 0));
    }
  }

  /** The recording whose missing part was said last; null for none. */
  #latest(): Loaded | null {
    let latest: Loaded | null = null;
    for (const entry of this.#loaded.values()) {
      if (entry.low > 1 && (latest === null || entry.before > latest.before)) latest = entry;
    }
    return latest;
  }

  #latestBound(): number {
    return this.#latest()?.before ?? (this.#next === "" ? -Infinity : Infinity);
  }

  get #hasMore(): boolean {
    return this.#latest() !== null || this.#next !== "";
  }

  #tell(): void {
    this.#older.value = this.#hasMore ? "some" : this.#loaded.size === 0 ? "unrecorded" : "none";
  }

  #failed(error: unknown): void {
    asProblem(error);
    this.#older.value = "failed";
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work);
    // Whoever is next does not care what became of this one.
    this.#line = mine.catch(() => {});
    return mine;
  }
}
