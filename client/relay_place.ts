import { type Clock, randomHex, type Timed, type Timer, type Timers } from "../foundation/mod.ts";
import type { MsrpNode } from "../transport/msrp/mod.ts";
import type { RelayWish } from "../transport/msrp/relay/mod.ts";
import type { Hash } from "../transport/sip/mod.ts";
import type { Account } from "./account.ts";
import { Credentials } from "./credentials.ts";
import { hiddenName, type MediaPlace, type Seat, type SeatUser } from "./media_place.ts";
import { RelaySeat, type RelaySeatHost } from "./relay_seat.ts";

/** Whoever wants to know whether the relays give places: told when that changes. */
export interface RelayPlaceUser {
  onRelay(usable: boolean, reason: string): void;
}

/** Failed attempts wait so long, the last value again and again. */
const RETRY_MS = [2_000, 5_000, 15_000, 30_000, 60_000];
/** Relays that gave places for so long have not failed, whatever ended it. */
const STEADY_MS = 60_000;
/**
 * Life of a path in seconds. Nothing tells a relay that one is not needed any more, and a user may have so many: it must not be
 * long. Not the same for all, so that they are not prolonged in one moment.
 */
const EXPIRES_S = { least: 180, spread: 180 };

/**
 * A client's place behind relays (RFC 4976): others reach its sessions there, and it needs no door. A path leads to one call only
 * (RFC 4976 §3): its URI is a secret between the two. One is always kept ready, and one is asked for at a time: a relay
 * counts requests without credentials, of which each path needs one.
 */
export class RelayPlace implements MediaPlace, RelaySeatHost, Timed {
  readonly #node: MsrpNode;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #answerer: () => Credentials;
  readonly #wish: RelayWish;
  readonly #user: RelayPlaceUser;
  #spare: RelaySeat | null = null;
  #asking: RelaySeat | null = null;
  /** In the order in which they are asked for. No more than there are calls, and the spare. */
  readonly #waiting = new Set<RelaySeat>();
  #timer: Timer | null = null;
  #failures = 0;
  #usable: boolean | null = null;
  /** Since when that is so, monotonic. */
  #since = 0;
  #problem = "";
  #running = false;

  /** `relays`: the relays' own URIs, the nearest first: MSRP URIs such as `msrps://relay.example.test:2856;tcp`. */
  constructor(
    parts: { readonly node: MsrpNode; readonly clock: Clock; readonly timers: Timers; readonly hash: Hash },
    account: Account,
    relays: readonly string[],
    user: RelayPlaceUser,
  ) {
    const [first] = relays;
    this.#node = parts.node;
    this.#clock = parts.clock;
    this.#timers = parts.timers;
    this.#answerer = () => new Credentials(parts.hash, account);
    this.#user = user;
    this.#wish = {
      relays,
      authority: `${first?.startsWith("msrps:") ? "msrps" : "msrp"}://${hiddenName()}:2855`,
      transport: first?.endsWith(";ws") ? "ws" : "tcp",
    };
  }

  get problem(): string {
    return this.#problem;
  }

  /** Asks for a first path, which is kept ready. Throws SyntaxError where a relay is no MSRP URI. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#stock();
  }

  /** Asks no more; what stands goes on until its time is up. */
  stop(): void {
    this.#running = false;
    this.#timer?.stop();
    this.#timer = null;
    this.#waiting.clear();
    this.#spare?.leave();
    this.#spare = null;
  }

  take(user: SeatUser): Seat {
    const spare = this.#spare;
    if (spare !== null && spare.ready) {
      spare.user = user;
      this.#spare = null;
      this.#stock();
      return spare;
    }
    const seat = this.#seat(user);
    if (this.#problem === "") this.#queue(seat);
    return seat;
  }

  // RelaySeatHost

  onGranted(seat: RelaySeat): void {
    if (seat === this.#asking) this.#asking = null;
    this.#tell(true, "");
    this.#next();
  }

  onLost(seat: RelaySeat, reason: string, refused: boolean): void {
    const asked = seat === this.#asking;
    if (asked) this.#asking = null;
    if (refused) this.#problem = `the relay gives no place: ${reason}`;
    else {
      if (seat === this.#spare || seat.user !== null) this.#waiting.add(seat);
      this.#pause();
    }
    this.#tell(false, reason);
    // What the relay says to one holds for all that ask it.
    const others = asked || refused ? [...this.#waiting] : [];
    for (const each of new Set([seat, ...others])) each.user?.onNoSeat(`the relay gives no place: ${reason}`);
    if (refused) this.#waiting.clear();
  }

  onLeft(seat: RelaySeat): void {
    this.#waiting.delete(seat);
    if (seat !== this.#asking) return;
    this.#asking = null;
    this.#next();
  }

  onTimer(): void {
    this.#timer = null;
    this.#next();
  }

  #seat(user: SeatUser | null): RelaySeat {
    const expires_s = EXPIRES_S.least + parseInt(randomHex(2), 16) % EXPIRES_S.spread;
    const parts = { node: this.#node, clock: this.#clock, timers: this.#timers, answerer: this.#answerer };
    return new RelaySeat(this, parts, { ...this.#wish, expires_s }, user);
  }

  #stock(): void {
    if (!this.#running || this.#spare !== null) return;
    this.#queue(this.#spare = this.#seat(null));
  }

  #queue(seat: RelaySeat): void {
    this.#waiting.add(seat);
    this.#next();
  }

  #next(): void {
    if (!this.#running || this.#asking !== null || this.#timer !== null) return;
    // Somebody waits for every other one but the spare.
    const seat = [...this.#waiting].find((each) => each !== this.#spare) ?? this.#spare;
    if (seat === null || !this.#waiting.delete(seat)) return;
    this.#asking = seat;
    seat.ask();
  }

  #pause(): void {
    if (!this.#running || this.#timer !== null) return;
    if (this.#usable === true && this.#clock.monotonic() - this.#since >= STEADY_MS) this.#failures = 0;
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#timer = this.#timers.start(wait, this, 0);
  }

  #tell(usable: boolean, reason: string): void {
    if (!this.#running || this.#usable === usable) return;
    this.#usable = usable;
    this.#since = this.#clock.monotonic();
    this.#user.onRelay(usable, reason);
  }
}
