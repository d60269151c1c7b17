import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { DurableStates } from "./durable_states.ts";
import type { HeldPublication, PublicationState } from "./held_publication.ts";
import { LazySaves } from "./lazy_saves.ts";
import { readStored, stateOf, toStored } from "./stored_publication.ts";
import { Trickle } from "./trickle.ts";

/** A publication as it was found. */
export interface FoundPublication {
  readonly number: number;
  readonly resource: string;
  readonly publisher: string;
  readonly state: PublicationState;
  /** Of its time; 0 or less: it is over. */
  readonly left_ms: number;
}

export interface StoredPublicationsParts {
  readonly event: string;
  readonly states: DurableStates;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** All that are held. */
  readonly all: () => Iterable<HeldPublication>;
}

/** After the clock was set, all are written anew within this. */
const REWRITE_MS = 60_000;

/** The publications of one event package in their log, each under the package's name and its number. */
export class StoredPublications {
  readonly #parts: StoredPublicationsParts;
  readonly #lazily: LazySaves;
  /** For what the clock says of all of them; nothing else needs it. */
  readonly #trickle: Trickle<HeldPublication>;
  #last = 0;

  constructor(parts: StoredPublicationsParts) {
    this.#parts = parts;
    const { clock, timers, log, all } = parts;
    this.#lazily = new LazySaves(log, "publications");
    const write = (held: HeldPublication) => {
      // What is being written says the time of now already; so will what is written next.
      if (held.waiting !== null || held.gone) return;
      this.writeLazily(held, clock.now() + held.until - clock.monotonic());
    };
    this.#trickle = new Trickle({ clock, timers, period_ms: REWRITE_MS, write, all });
  }

  /** `done` is told once it is safe, or why it is not; never inside the call. */
  write(held: HeldPublication, next: PublicationState, expiresAt: number, done: (error: Error | null) => void): void {
    this.#save(held, next, expiresAt, false, done);
  }

  /** Within a second; nobody waits. */
  writeLazily(held: HeldPublication, expiresAt: number): void {
    this.#save(held, held, expiresAt, true, this.#lazily.done);
  }

  /** With `done` null nobody waits. */
  remove({ number }: HeldPublication, done: ((error: Error | null) => void) | null): void {
    this.#parts.states.save(this.#name(number), null, done === null, done ?? this.#lazily.done);
  }

  /** One that was found, and not taken. */
  forget(number: number): void {
    this.#parts.states.save(this.#name(number), null, true, this.#lazily.done);
  }

  /** The greatest number that is taken, of what cannot be read too: once all was loaded. */
  get last(): number {
    return this.#last;
  }

  /** Once. What cannot be read is left alone. */
  *load(): Iterable<FoundPublication> {
    const { event, states, clock, log } = this.#parts;
    const now = clock.now();
    let bad = 0;
    for (const [name, value, body] of states.load()) {
      if (!name.startsWith(`${event} `)) continue;
      const number = Number(name.slice(event.length + 1));
      if (Number.isSafeInteger(number)) this.#last = Math.max(this.#last, number);
      const found = this.#found(number, value, body, now);
      if (found === null) bad++;
      else yield found;
    }
    if (bad > 0) log.error("stored publications that cannot be read were left alone", { event, count: bad });
  }

  #found(number: number, value: unknown, body: Uint8Array | undefined, now: number): FoundPublication | null {
    const stored = readStored(value);
    if (stored === null || body === undefined || !Number.isSafeInteger(number)) return null;
    const [, resource, publisher, , , , , expiresAt] = stored;
    return {
      number,
      resource,
      publisher: publisher || resource,
      state: stateOf(stored, body),
      left_ms: expiresAt - now,
    };
  }

  #save(
    held: HeldPublication,
    next: PublicationState,
    expiresAt: number,
    lazily: boolean,
    done: (error: Error | null) => void,
  ): void {
    const { states } = this.#parts;
    states.save(this.#name(held.number), toStored(held, next, expiresAt), lazily, done, next.body);
  }

  #name(number: number): string {
    return `${this.#parts.event} ${number}`;
  }
}
