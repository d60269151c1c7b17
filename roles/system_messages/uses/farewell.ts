import { type Clock, type Events, type Log, randomHex, type Timers } from "../../../foundation/mod.ts";
import type { StoreOutcome } from "../../../storage/mod.ts";
import type { DeferredDelivery, DeferredEvents } from "../../deferred/mod.ts";
import { systemMessage } from "../system_message.ts";

export interface FarewellParts {
  readonly deferred: Pick<DeferredDelivery, "post">;
  readonly events: Events<DeferredEvents>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly domain: string;
  /** The service's display name. */
  readonly name: string;
}

/** How many were told, and how many had it when the wait was over. */
export interface FarewellOutcome {
  readonly told: number;
  readonly reached: number;
}

/** One that is being said. */
interface Saying {
  /** What its messages' transactions begin with. */
  readonly prefix: string;
  /** Who has not had it yet. */
  readonly waiting: Set<string>;
  /** Everybody has been written to. */
  whole: boolean;
  readonly over: () => void;
}

/** Messages that are stored at the same time. */
const AT_ONCE = 200;
/** A device may be slower than the wait; who comes later needs no word of it. */
const KEPT_MS = 60_000;

/** Tells those who are here that the service is about to go (SMSG-10). Whoever has not taken it within a minute never gets it. */
export class Farewell {
  readonly #parts: FarewellParts;
  #saying: Saying | null = null;

  constructor(parts: FarewellParts) {
    this.#parts = parts;
    parts.events.on("deferredDelivered", ({ transaction, recipient }) => this.#delivered(transaction, recipient));
  }

  /** Resolves when all of them have it, or after `within_ms`; with null at once where one is being said. Never rejects. */
  async say(users: Iterable<string>, text: string, within_ms: number): Promise<FarewellOutcome | null> {
    if (this.#saying !== null) return null;
    const { timers, log } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const prefix = `system farewell-${randomHex(8)}\n`;
    const saying: Saying = { prefix, waiting: new Set(), whole: false, over: resolve };
    this.#saying = saying;
    const timer = timers.start(within_ms, { onTimer: () => resolve() }, 0);
    let told = 0;
    const counted = (stored: number) => {
      told += stored;
      return this.#saying === saying;
    };
    this.#write(users, text, saying, counted).catch((error) =>
      log.warn("not all users were told that the service goes", { error: String(error) })
    ).finally(() => {
      saying.whole = true;
      if (saying.waiting.size === 0) resolve();
    });
    await promise;
    timer.stop();
    this.#saying = null;
    return { told, reached: told - saying.waiting.size };
  }

  /** `counted` has how many were stored; false ends it. */
  async #write(
    users: Iterable<string>,
    text: string,
    saying: Saying,
    counted: (stored: number) => boolean,
  ): Promise<void> {
    let chunk: Promise<boolean>[] = [];
    const written = async () => counted((await Promise.all(chunk)).filter((stored) => stored).length);
    for (const aor of users) {
      chunk.push(this.#post(aor, text, saying));
      if (chunk.length < AT_ONCE) continue;
      if (!await written()) return;
      chunk = [];
    }
    await written();
  }

  /** False where it could not be stored. */
  async #post(recipient: string, text: string, { prefix, waiting }: Saying): Promise<boolean> {
    const { deferred, clock, domain, name } = this.#parts;
    const at = clock.now();
    const transaction = `${prefix}${recipient}`;
    const message = systemMessage({
      recipient,
      domain,
      name,
      body: text,
      receipt: "",
      transaction,
      at,
      expiresAt: at + KEPT_MS,
      reserve: true,
    });
    waiting.add(recipient);
    const { kind } = await new Promise<StoreOutcome>((resolve) => deferred.post(message, resolve));
    if (kind === "stored" || kind === "duplicate") return true;
    waiting.delete(recipient);
    return false;
  }

  #delivered(transaction: string, recipient: string): void {
    const saying = this.#saying;
    if (saying === null || !transaction.startsWith(saying.prefix)) return;
    saying.waiting.delete(recipient);
    if (saying.whole && saying.waiting.size === 0) saying.over();
  }
}
