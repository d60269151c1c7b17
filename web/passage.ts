import { connect, type Socket } from "node:net";
import type { Timed, Timer, Timers } from "../foundation/mod.ts";

/** What a passage is opened with. */
export interface PassageOptions {
  readonly outside: Socket;
  /** What was read from outside already. */
  readonly first: Uint8Array;
  /** The loopback port of the server behind. */
  readonly backend: number;
  readonly timers: Timers;
  /** Ended when nothing has moved for so long, at the latest after twice as long. */
  readonly idle_ms: number;
  /** The port on loopback that the server behind sees; called before it can see anything. */
  readonly onPort: (port: number) => void;
  readonly onIdle: () => void;
  /** Called once. */
  readonly onEnd: () => void;
}

/**
 * One connection joined to the server behind, octet for octet, at the pace of the slower side. That server waits for requests
 * and their bodies as long as it takes, so quiet ones are ended here.
 */
export class Passage implements Timed {
  readonly #options: PassageOptions;
  readonly #inside: Socket;
  #timer: Timer;
  #moved = 0;
  #over = false;

  constructor(options: PassageOptions) {
    this.#options = options;
    const { outside, first, backend, onPort } = options;
    outside.pause();
    const inside = this.#inside = connect({ host: "127.0.0.1", port: backend, noDelay: true });
    inside.once("connect", () => {
      if (this.#over) return;
      onPort(inside.localPort!);
      inside.write(first);
      outside.pipe(inside);
      inside.pipe(outside);
    });
    const end = () => this.#end();
    for (const socket of [inside, outside]) socket.on("error", end).on("close", end);
    this.#timer = this.#watch();
  }

  onTimer(): void {
    const { outside, onIdle } = this.#options;
    const moved = outside.bytesRead + this.#inside.bytesRead;
    if (moved === this.#moved) {
      onIdle();
      this.#end();
      return;
    }
    this.#moved = moved;
    this.#timer = this.#watch();
  }

  #watch(): Timer {
    return this.#options.timers.start(this.#options.idle_ms, this, 0);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer.stop();
    this.#inside.destroy();
    this.#options.outside.destroy();
    this.#options.onEnd();
  }
}
