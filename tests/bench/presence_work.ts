/** The work of the presence bench: one presentity with many watchers, many with a few each, and publications that nobody watches. */
import { addressOf, FULL_STATE, type SubscribeText } from "./presence_texts.ts";
import type { PresenceLoad, Watched } from "./presence_load.ts";
import { calm, meter, type PresenceServer, rest, until } from "./presence_servers.ts";

/** Timers of the box have steps of 100 ms, and what is sent when they are over takes its time to come. */
const PACE_TOLERANCE_MS = 250;
const LAST_STATE_MS = 60_000;

/** How often was told, to whom, in how long. */
export interface Told {
  readonly us: number;
  readonly seconds: number;
  readonly notifies: number;
  readonly publishes: number;
}

/** Presentities with their watchers, on one server. */
export class Watching {
  readonly server: PresenceServer;
  readonly load: PresenceLoad;
  readonly #names: readonly string[];
  readonly #watched: Watched[];
  /** The number of the newest state of each. */
  readonly #states = new Map<string, number>();

  private constructor(server: PresenceServer, load: PresenceLoad, names: readonly string[], watched: Watched[]) {
    this.server = server;
    this.load = load;
    this.#names = names;
    this.#watched = watched;
    for (const name of names) this.#states.set(addressOf(name), 1);
  }

  /** Each of them has `each` of the watchers, no watcher twice. All have been told the first state when it resolves. */
  static async open(
    server: PresenceServer,
    load: PresenceLoad,
    names: readonly string[],
    watchers: readonly string[],
    each: number,
    lines = FULL_STATE,
  ): Promise<Watching> {
    await load.many(names.length, 40, (n, done) => load.publish(names[n], 1, done));
    const texts: SubscribeText[] = [];
    names.forEach((name, n) => {
      for (let i = 0; i < each; i++) {
        texts.push({ watcher: watchers[(n * each + i) % watchers.length], target: addressOf(name), lines });
      }
    });
    const watched = await load.subscribe(texts);
    const watching = new Watching(server, load, names, watched);
    await watching.#all(LAST_STATE_MS);
    await calm(load);
    return watching;
  }

  get size(): number {
    return this.#watched.length;
  }

  /** All change at once, with nothing else to do; until everybody has been told. */
  async change(): Promise<Told> {
    const read = meter(this.server);
    const before = this.load.notifies;
    for (const name of this.#names) this.#publish(name);
    await this.#all(LAST_STATE_MS);
    const { seconds } = read();
    await calm(this.load);
    return { us: read().us, seconds, notifies: this.load.notifies - before, publishes: this.#names.length };
  }

  /** Each changes every `period_s` for so long, one after the other; until everybody has been told the last of it. */
  async keepChanging(period_s: number, duration_s: number): Promise<Told> {
    const read = meter(this.server);
    const before = this.load.notifies;
    const began = performance.now();
    const total = Math.round(this.#names.length * duration_s / period_s);
    let publishes = 0;
    while (publishes < total) {
      const due = Math.min(total, (performance.now() - began) / 1000 * this.#names.length / period_s);
      while (publishes < due) this.#publish(this.#names[publishes++ % this.#names.length]);
      await rest(5);
    }
    const notifies = this.load.notifies - before;
    const { us, seconds } = read();
    await this.#all(LAST_STATE_MS);
    await calm(this.load);
    return { us, seconds, notifies, publishes };
  }

  /** Waits until nobody's turn is still to come. */
  async quiet(interval_s: number): Promise<void> {
    await rest(interval_s * 1000 + PACE_TOLERANCE_MS);
  }

  /** What is wrong with what the watchers were told since the last `load.watchPace`; "" for nothing. */
  wrong(interval_s: number): string {
    const least = this.#watched.reduce((gap, { leastGap }) => Math.min(gap, leastGap), Infinity);
    const { astray, repeated, again } = this.load;
    const all: string[] = [];
    if (interval_s > 0 && least < interval_s * 1000 - PACE_TOLERANCE_MS) {
      all.push(`a watcher was told again after ${least.toFixed(0)} ms`);
    }
    if (astray > 0) all.push(`${astray} NOTIFYs in no dialog or out of order`);
    if (repeated > 0) all.push(`${repeated} NOTIFYs came again`);
    if (again > 0) all.push(`${again} requests were sent again`);
    for (const [what, times] of this.load.refused) all.push(`${times} answers ${what}`);
    return all.join(", ");
  }

  #publish(name: string): void {
    const aor = addressOf(name);
    const state = this.#states.get(aor)! + 1;
    this.#states.set(aor, state);
    this.load.publish(name, state);
  }

  /** Waits until every watcher has the newest state. */
  async #all(within_ms: number): Promise<void> {
    let at = 0;
    const told = (): boolean => {
      while (at < this.#watched.length && this.#watched[at].state === this.#states.get(this.#watched[at].target)) at++;
      return at === this.#watched.length;
    };
    try {
      await until("the last state", told, within_ms);
    } catch (error) {
      const behind = this.#watched.filter(({ state, target }) => state !== this.#states.get(target)).length;
      throw new Error(`${this.server.kind}: ${behind} of ${this.size} watchers lack the last state`, { cause: error });
    }
  }
}

/** CPU of a PUBLISH that nobody watches: a change each, or a refresh each. */
export async function publishAlone(
  server: PresenceServer,
  load: PresenceLoad,
  names: readonly string[],
  count: number,
  window: number,
  what: "change" | "refresh",
): Promise<Told> {
  const read = meter(server);
  await load.many(count, window, (n, done) => {
    load.publish(names[n % names.length], what === "refresh" ? -1 : 2 + Math.floor(n / names.length), done);
  });
  const { seconds } = read();
  await calm(load);
  return { us: read().us, seconds, notifies: 0, publishes: count };
}
