import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Reason } from "../../../client/mod.ts";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import { PRESENCE_STATUSES, type PresenceStatus } from "../../../transport/presence/mod.ts";
import type { LocationPart, Outcome, OwnState, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf, problem } from "../outcomes.ts";
import type { PrivacyDocument } from "../settings/privacy_document.ts";
import { hearTabs } from "./hear_tabs.ts";
import { locationObject } from "./location_object.ts";

/** What others are told, and whether they are told anything. */
interface Kept {
  readonly said: OwnState;
  /** `invisible` at the service, and until when; 0: it stays. */
  readonly hidden: boolean;
  readonly hiddenUntil: number;
}

type Place = Omit<LocationPart, "kind">;

const FREE: OwnState = { status: "available", note: "", until: 0 };
const KEY = "people.own";
/** So long the service's word on a publication is waited for; the client goes on trying after that. */
const ANSWER_MS = 5_000;
const RETRY_MS = 30_000;
const END = 1, LATE = 2;

/**
 * How the user is shown. The status is a publication of each device (RFC 3903), kept over reloads here and over connections by the
 * client. Invisible is a setting at the service (PRI-17), so it holds for all devices and while none is connected.
 */
export class OwnPresence implements Timed {
  readonly own: ReadonlySignal<OwnState>;
  readonly #parts: EngineParts;
  readonly #privacy: PrivacyDocument;
  readonly #kept = signal<Kept>({ said: FREE, hidden: false, hiddenUntil: 0 });
  readonly #problem = signal<Problem | null>(null);
  #place: Place | null = null;
  /** Something has been published by this page. */
  #published = false;
  #waiting: ((refusal: Reason | null) => void)[] = [];
  #end: Timer | null = null;
  #late: Timer | null = null;

  constructor(parts: EngineParts, privacy: PrivacyDocument) {
    this.#parts = parts;
    this.#privacy = privacy;
    this.own = computed(() => {
      const { said, hidden, hiddenUntil } = this.#kept.value;
      return hidden ? { status: "invisible", note: said.note, until: hiddenUntil } : said;
    });
    this.#kept.value = readKept(parts.store.get(KEY)) ?? this.#kept.peek();
    privacy.flags.subscribe((flags) => {
      if (flags !== null) this.#hide(flags.invisible);
    });
    parts.link.listen({ onPublished: (ok, reason) => this.#answered(ok ? null : reason) });
    parts.link.state.subscribe((state) => {
      // Whoever has nothing to say is there by being registered.
      const { status, note } = this.#kept.peek().said;
      if (state === "online" && !this.#published && (status !== FREE.status || note !== "")) this.#publish();
    });
    hearTabs(parts.tabs, (value) => this.#fromTab(value));
    this.#ended();
  }

  /** The service refuses what was published. */
  get problem(): ReadonlySignal<Problem | null> {
    return this.#problem;
  }

  set({ status, note, until }: OwnState): Outcome {
    if (status === "invisible") return outcomeOf(() => this.#invisible(until));
    if (!isStatus(status)) return Promise.resolve(problem(400));
    return outcomeOf(() => this.#visible({ status, note, until }));
  }

  async share(place: Place | null): Outcome {
    const before = this.#place;
    this.#publishPlace(place);
    const refusal = await this.#answer();
    if (refusal !== null) this.#publishPlace(before);
    return refusal;
  }

  onTimer(kind: number): void {
    if (kind === LATE) {
      this.#late = null;
      // Kept by the client, which tries again.
      this.#answered(null);
    } else {
      this.#end = null;
      this.#ended();
    }
  }

  async #invisible(until: number): Promise<void> {
    await this.#privacy.change({ invisible: true });
    this.#keep({ ...this.#kept.peek(), hidden: true, hiddenUntil: until });
    this.#post();
  }

  async #visible(said: OwnState): Promise<Problem | null> {
    const before = this.#kept.peek();
    // First what is to be seen, then that it is seen: nobody sees the status of before.
    this.#keep({ ...before, said });
    this.#publish();
    const refusal = await this.#answer();
    if (refusal !== null) {
      this.#keep({ ...this.#kept.peek(), said: before.said });
      this.#publish();
      return refusal;
    }
    if (before.hidden) {
      await this.#privacy.change({ invisible: false });
      this.#keep({ ...this.#kept.peek(), hidden: false, hiddenUntil: 0 });
    }
    this.#post();
    return null;
  }

  #publish(): void {
    const { status, note, until } = this.#kept.peek().said;
    this.#published = true;
    this.#parts.link.client.publishStatus(status as PresenceStatus, { note, until: until === 0 ? null : until });
  }

  #publishPlace(place: Place | null): void {
    this.#place = place;
    this.#published = true;
    this.#parts.link.client.publishLocation(place === null ? null : locationObject(place));
  }

  /** The service's word on what has been published just now; null where it has it, or gets it when the link is back. */
  #answer(): Outcome {
    const { link, timers } = this.#parts;
    if (link.state.peek() !== "online") return Promise.resolve(null);
    this.#late ??= timers.start(ANSWER_MS, this, LATE);
    return new Promise((resolve) =>
      this.#waiting.push((refusal) => {
        resolve(refusal === null ? null : { ...refusal, fields: {} });
      })
    );
  }

  #answered(reason: Reason | null): void {
    // Silence and overload pass: the client tries again.
    const refusal = reason === null || reason.status === 408 || reason.status >= 500 ? null : reason;
    this.#problem.value = refusal === null ? null : { ...refusal, fields: {} };
    this.#late?.stop();
    this.#late = null;
    for (const tell of this.#waiting.splice(0)) tell(refusal);
  }

  /** What the service says, wherever it was set. */
  #hide(hidden: boolean): void {
    const kept = this.#kept.peek();
    if (kept.hidden !== hidden) this.#keep({ ...kept, hidden, hiddenUntil: 0 });
  }

  #keep(kept: Kept): void {
    this.#kept.value = kept;
    // Where there is no room it is forgotten with the page.
    this.#parts.store.set(KEY, JSON.stringify(kept));
    this.#startEnd();
  }

  #startEnd(wait_ms?: number): void {
    this.#end?.stop();
    this.#end = null;
    const { said, hidden, hiddenUntil } = this.#kept.peek();
    const first = Math.min(said.until || Infinity, (hidden && hiddenUntil) || Infinity);
    const { clock, timers } = this.#parts;
    if (first < Infinity) this.#end = timers.start(wait_ms ?? Math.max(0, first - clock.now()), this, END);
  }

  /** What has come to its end by now is over. */
  #ended(): void {
    const now = this.#parts.clock.now();
    const { said, hidden, hiddenUntil } = this.#kept.peek();
    if (said.until > 0 && said.until <= now) {
      this.#keep({ ...this.#kept.peek(), said: FREE });
      if (this.#published) this.#publish();
    }
    if (!hidden || hiddenUntil === 0 || hiddenUntil > now) return this.#startEnd();
    void outcomeOf(() => this.#privacy.change({ invisible: false })).then((refusal) => {
      if (refusal !== null) return this.#startEnd(RETRY_MS);
      this.#keep({ ...this.#kept.peek(), hidden: false, hiddenUntil: 0 });
    });
  }

  /** Each tab is a device of its own at the service: what one says, all say. */
  #post(): void {
    this.#parts.tabs.post({ what: KEY, kept: JSON.stringify(this.#kept.peek()) });
  }

  #fromTab(value: unknown): void {
    const { what, kept: text } = (value ?? {}) as { what?: unknown; kept?: unknown };
    const kept = what === KEY && typeof text === "string" ? readKept(text) : null;
    if (kept === null) return;
    const before = JSON.stringify(this.#kept.peek().said);
    this.#keep(kept);
    if (JSON.stringify(kept.said) !== before) this.#publish();
  }
}

function isStatus(status: unknown): status is PresenceStatus {
  return PRESENCE_STATUSES.some((one) => one === status);
}

/** Null for what is none. */
function readKept(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const { said, hidden, hiddenUntil } = JSON.parse(text) as Partial<Kept>;
    const isSaid = isStatus(said?.status) && typeof said.note === "string" && typeof said.until === "number";
    return isSaid && typeof hidden === "boolean" && typeof hiddenUntil === "number"
      ? { said, hidden, hiddenUntil }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
