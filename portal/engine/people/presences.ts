import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { WatchedUser } from "../../../client/mod.ts";
import { firstLocation } from "../../../transport/presence/mod.ts";
import type { LinkState, PresenceModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { locationPart } from "./location_object.ts";

const UNKNOWN: PresenceModel = { status: "unknown", note: "", location: null, reason: "" };
/** So many are asked for at a time: a long contact list must not hold up messages. */
const BATCH = 20;
const BATCH_MS = 200;
/** As many are watched as may be: once more after this. */
const FULL_MS = 30_000;
/** A short break of the link says nothing of others. */
const GRACE_MS = 10_000;
const NEXT = 1, END = 2, DOWN = 3;

/** What becomes of a watch: something is told, the service does not work, or nothing yet. */
type Outcome = "told" | "broken" | "waiting";

/** How contacts are: each is watched (RFC 3856), some at a time. */
export class Presences implements Timed {
  readonly #parts: EngineParts;
  readonly #state = signal<"loading" | "ready" | "failed">("loading");
  readonly #shown = new Map<string, Signal<PresenceModel>>();
  readonly #watches = new Map<string, WatchedUser>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #counts: Record<Outcome, number> = { told: 0, broken: 0, waiting: 0 };
  /** When what somebody said ends by itself. */
  readonly #ends = new Map<string, number>();
  #wanted: readonly string[] = [];
  #next: Timer | null = null;
  #end: Timer | null = null;
  #down: Timer | null = null;
  #link: "new" | "up" | "down" = "new";

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { link } = parts;
    link.listen({ onPresence: (watched) => this.#told(watched) });
    link.state.subscribe((state) => this.#linked(state));
  }

  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#state;
  }

  /** The same signal for as long as they are wanted. */
  of(uri: string): ReadonlySignal<PresenceModel> {
    let shown = this.#shown.get(uri);
    if (shown === undefined) {
      const watched = this.#watches.get(uri);
      this.#shown.set(uri, shown = signal(watched === undefined ? UNKNOWN : this.#model(watched)));
    }
    return shown;
  }

  /** Watches these and nobody else. */
  want(uris: readonly string[]): void {
    this.#wanted = uris.filter((uri) => /^sips?:/i.test(uri));
    const wanted = new Set(this.#wanted);
    for (const uri of this.#watches.keys()) if (!wanted.has(uri)) this.#leave(uri);
    const all = new Set(uris);
    for (const uri of this.#shown.keys()) if (!all.has(uri)) this.#shown.delete(uri);
    this.#tell();
    this.#begin();
  }

  onTimer(kind: number): void {
    switch (kind) {
      case NEXT:
        this.#next = null;
        return this.#begin();
      case END:
        this.#end = null;
        return this.#ended();
      case DOWN:
        this.#down = null;
        this.#link = "down";
        return this.#showAll();
    }
  }

  #linked(state: LinkState): void {
    if (state === "online") {
      this.#down?.stop();
      this.#down = null;
      const wasDown = this.#link === "down";
      this.#link = "up";
      if (wasDown) this.#showAll();
      this.#tell();
      return this.#begin();
    }
    if (this.#link !== "down") this.#down ??= this.#parts.timers.start(GRACE_MS, this, DOWN);
  }

  #begin(): void {
    if (this.#link !== "up" || this.#next !== null) return;
    const { link, timers } = this.#parts;
    let begun = 0;
    for (const uri of this.#wanted) {
      if (this.#watches.has(uri)) continue;
      if (begun++ === BATCH) {
        this.#next = timers.start(BATCH_MS, this, NEXT);
        return;
      }
      const watched = link.client.watch(uri);
      if (watched === null) {
        this.#next = timers.start(FULL_MS, this, NEXT);
        return;
      }
      this.#watches.set(uri, watched);
      this.#told(watched);
    }
  }

  #leave(uri: string): void {
    this.#parts.link.client.unwatch(uri);
    this.#watches.delete(uri);
    this.#ends.delete(uri);
    const outcome = this.#outcomes.get(uri);
    this.#outcomes.delete(uri);
    if (outcome !== undefined) this.#counts[outcome]--;
  }

  #told(watched: WatchedUser): void {
    const { uri } = watched;
    // Somebody else of the page may watch, too.
    if (this.#watches.get(uri) !== watched) return;
    const before = this.#outcomes.get(uri);
    const outcome = outcomeOf(watched);
    if (before !== outcome) {
      if (before !== undefined) this.#counts[before]--;
      this.#counts[outcome]++;
      this.#outcomes.set(uri, outcome);
      this.#tell();
    }
    this.#show(watched);
  }

  #show(watched: WatchedUser): void {
    const shown = this.#shown.get(watched.uri);
    const next = this.#model(watched);
    if (shown !== undefined && JSON.stringify(next) !== JSON.stringify(shown.peek())) shown.value = next;
  }

  #model(watched: WatchedUser): PresenceModel {
    const { uri, state, document, reason } = watched;
    const status = state === "active" ? watched.status : null;
    this.#ends.delete(uri);
    if (this.#link === "down" || status === null || document === null) {
      return reason === "" ? UNKNOWN : { ...UNKNOWN, reason };
    }
    const place = firstLocation(document);
    const location = place === null ? null : locationPart(place);
    if (status.until !== null) this.#endsAt(uri, status.until);
    return { status: status.status, note: status.note, location, reason };
  }

  #showAll(): void {
    this.#tell();
    for (const watched of this.#watches.values()) this.#show(watched);
  }

  #endsAt(uri: string, until: number): void {
    this.#ends.set(uri, until);
    if (this.#end === null || this.#end.due > this.#dueAt(until)) this.#startEnd(until);
  }

  #startEnd(until: number): void {
    this.#end?.stop();
    const { clock, timers } = this.#parts;
    this.#end = timers.start(Math.max(0, until - clock.now()), this, END);
  }

  #dueAt(until: number): number {
    const { clock } = this.#parts;
    return clock.monotonic() + Math.max(0, until - clock.now());
  }

  #ended(): void {
    const now = this.#parts.clock.now();
    for (const [uri, until] of [...this.#ends]) {
      const watched = this.#watches.get(uri);
      if (until <= now && watched !== undefined) this.#show(watched);
    }
    let first = Infinity;
    for (const until of this.#ends.values()) first = Math.min(first, until);
    if (this.#end === null && first < Infinity) this.#startEnd(first);
  }

  #tell(): void {
    const { told, broken } = this.#counts;
    if (this.#link === "down") this.#state.value = "failed";
    else if (told > 0 || (this.#link === "up" && this.#wanted.length === 0)) this.#state.value = "ready";
    else this.#state.value = broken > 0 ? "failed" : "loading";
  }
}

function outcomeOf({ state, reason }: WatchedUser): Outcome {
  if (state === "active" || state === "pending") return "told";
  // Whoever may not watch one person learns that presence works; without the event package (RFC 6665 §4.2.1.2) it does not.
  if (state === "ended") return reason.startsWith("489") ? "broken" : "told";
  return reason === "" ? "waiting" : "broken";
}
