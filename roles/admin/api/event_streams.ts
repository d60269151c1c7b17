import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Access, Permission, Principal } from "../services/mod.ts";
import type { Call } from "./declaration.ts";
import { Problem } from "./problems.ts";

const MAX_STREAMS = 20;
const HEARTBEAT_MS = 10_000;
/** Events that wait for a slow reader; beyond it the oldest go, and `lost` says how many. */
const MAX_WAITING = 500;

/** One event. `id` comes back as Last-Event-ID when the reader connects again. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string;
}

/** Starts to push; gives what ends it. */
export type Feed = (push: (event: StreamEvent) => void) => () => void;

/** Server-sent events, a bounded number of them. Each ends with its session or its permission, and when its reader goes. */
export class EventStreams {
  readonly #access: Access;
  readonly #timers: Timers;
  readonly #streams = new Set<EventStream>();
  #closed = false;

  constructor(access: Access, timers: Timers) {
    this.#access = access;
    this.#timers = timers;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Ends all of them, for good: the service restarts, and readers come again. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.end();
  }

  /** Throws the Problem "unavailable" where there are too many. */
  open({ context, token }: Pick<Call, "context" | "token">, permission: Permission, feed: Feed): Response {
    if (this.#closed) throw new Problem("unavailable", "The service restarts.", { headers: { "retry-after": "2" } });
    if (this.#streams.size >= MAX_STREAMS) {
      throw new Problem("unavailable", `There are ${MAX_STREAMS} event streams already; close one.`, {
        headers: { "retry-after": "30" },
      });
    }
    const may = () => {
      // An open page is no sign of life: else a session would never be idle.
      const principal: Principal | null = this.#access.principalOf(token, true);
      return principal !== null && this.#access.may(principal, permission);
    };
    return streamSSE(context, async (out) => {
      const stream = new EventStream(out, this.#timers, may);
      this.#streams.add(stream);
      const stop = feed((event) => stream.push(event));
      try {
        await stream.run();
      } finally {
        stop();
        this.#streams.delete(stream);
      }
    });
  }
}

class EventStream implements Timed {
  readonly #out: SSEStreamingApi;
  readonly #timers: Timers;
  readonly #may: () => boolean;
  #waiting: StreamEvent[] = [];
  #lost = 0;
  #beat = false;
  #closed = false;
  #wake: () => void = () => {};
  #timer: Timer;

  constructor(out: SSEStreamingApi, timers: Timers, may: () => boolean) {
    this.#out = out;
    this.#timers = timers;
    this.#may = may;
    this.#timer = timers.start(HEARTBEAT_MS, this, 0);
    out.onAbort(() => this.#close());
  }

  push(event: StreamEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      this.#lost++;
    }
    this.#waiting.push(event);
    this.#wake();
  }

  onTimer(): void {
    this.#timer = this.#timers.start(HEARTBEAT_MS, this, 0);
    this.#beat = true;
    if (this.#may()) this.#wake();
    else this.end();
  }

  /** Now, also where it waits for a reader that does not read. */
  end(): void {
    this.#close();
    this.#out.abort();
  }

  async run(): Promise<void> {
    try {
      while (!this.#closed) {
        // Asked before each event: nothing goes out after the session's end.
        if (!this.#may()) return;
        await this.#writeNext();
      }
    } finally {
      this.#closed = true;
      this.#timer.stop();
    }
  }

  async #writeNext(): Promise<void> {
    if (this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      return await this.#out.writeSSE({ event: "lost", data: String(lost) });
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      const { event, data, id } = next;
      return await this.#out.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
    }
    if (this.#beat) {
      this.#beat = false;
      await this.#out.write(": still here\n\n");
      return;
    }
    await new Promise<void>((resolve) => this.#wake = resolve);
  }

  #close(): void {
    this.#closed = true;
    this.#wake();
  }
}
