import { type Clock, randomToken, type Timed, type Timer, type Timers } from "../../../foundation/mod.ts";
import { type Connection, LOST, type SessionEnd } from "../connection.ts";
import { sameUriText } from "../forward/path.ts";
import { tryParseMsrpUri } from "../msrp_uri.ts";
import type { MsrpNode } from "../node.ts";
import { AuthAttempt, type AuthGrant, type AuthUser, type RelayAnswerer } from "./auth_attempt.ts";

/** Whoever wants to know by which path others reach us. */
export interface RelayClientUser {
  /**
   * The path is there, or is another one now: sessions from now on use it. Those that stand on the former one end when its time is
   * up, unless they are moved by a new offer.
   */
  onPath(usePath: readonly string[]): void;
  /**
   * There is no path, or no longer. `status`: of the relay; 408; LOST (0). It tries again by itself, unless `refused`: the relay
   * does not take the password.
   */
  onNoPath(status: number, reason: string, refused: boolean): void;
}

/** What a client of relays stands on. */
export interface RelayClientParts {
  readonly node: Pick<MsrpNode, "connect" | "lead" | "bind" | "unbind">;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Makes one for each AUTH. */
  readonly answerer: () => RelayAnswerer;
}

/** Which relays, and how. */
export interface RelayWish {
  /** The relays' own URIs, the nearest to us first: `msrps://relay.example.test:2856;tcp`. */
  readonly relays: readonly string[];
  /**
   * What our own URIs look like in the sessions behind the relays, but for the session id: `msrps://alice.invalid:2855`. A relay
   * knows its client by it.
   */
  readonly authority: string;
  /** `tcp` or `ws`, as in the same URIs. Default `tcp`. */
  readonly transport?: "tcp" | "ws";
  /** Where a relay offers several realms: the one to answer. Default: the first. */
  readonly realm?: string;
  /** Life of the path to ask for, in seconds. Default: the relays say. */
  readonly expires_s?: number;
  /**
   * False: a connection of its own. With `uri` for the one session behind it, for relays that tell sessions apart by that and by
   * the connection (AG Projects'). Default true.
   */
  readonly share?: boolean;
  /** One of these must be that of the first relay's certificate; empty: it must be valid for the relay's name. */
  readonly fingerprints?: readonly string[];
}

interface Hop {
  /** The relay's own URI. */
  readonly relay: string;
  /** The path up to and with this relay; null: it has not granted one. */
  usePath: readonly string[] | null;
  /** When it wants to be asked again, monotonic. */
  dueAt: number;
  /** When its URI is valid no longer, monotonic. */
  endsAt: number;
}

/** Failed attempts wait so long, the last value again and again. */
const RETRY_MS = [2_000, 5_000, 15_000, 30_000, 60_000];
/** A path that lasted so long was a success, whatever ended it. */
const STEADY_MS = 60_000;
/** Paths whose first URI still leads to the relay's connection: the present one, and those of sessions being set up. */
const LEADS = 4;

/**
 * The client's side of MSRP relays (RFC 4976 §5.1): gets a path through them by AUTH, each relay through those before it, and
 * keeps it: asks again before its time is up and comes back when the connection is lost.
 *
 * RFC 4976 wants one URI for each session, and leaves open how a URI's life is prolonged: AUTH goes to the URI itself, which
 * Parley's relay prolongs; from one that gives out a new URI instead the new one is taken.
 */
export class RelayClient implements AuthUser, SessionEnd, Timed {
  /** Our own URI, that the relays know us by. A session may have it, or another one of the same authority. */
  readonly uri: string;
  readonly #parts: RelayClientParts;
  readonly #wish: RelayWish;
  readonly #user: RelayClientUser;
  readonly #hops: readonly Hop[];
  #usePath: readonly string[] = [];
  #connection: Connection | null = null;
  #attempt: AuthAttempt | null = null;
  /** The hop that is being asked, and whether for the URI it granted before. */
  #asked = 0;
  #prolonging = false;
  #timer: Timer | null = null;
  #failures = 0;
  /** Since when there is a path, monotonic; 0: there is none. */
  #pathSince = 0;
  #running = false;
  readonly #leads: string[] = [];

  /** Throws SyntaxError where `relays` is empty or has something that is no MSRP URI. */
  constructor(parts: RelayClientParts, wish: RelayWish, user: RelayClientUser) {
    const bad = wish.relays.find((relay) => tryParseMsrpUri(relay) === null);
    if (bad !== undefined) {
      throw new SyntaxError(`"${bad}" is no MSRP URI (example: msrps://relay.example.test:2856;tcp)`);
    }
    if (wish.relays.length === 0) throw new SyntaxError("no relay is named");
    this.#parts = parts;
    this.#wish = wish;
    this.#user = user;
    this.uri = `${wish.authority}/${randomToken(24)};${wish.transport ?? "tcp"}`;
    this.#hops = wish.relays.map((relay) => ({ relay, usePath: null, dueAt: 0, endsAt: 0 }));
  }

  /** Use-Path, the nearest relay first: what stands before the peer's path in To-Path. Empty while there is none. */
  get usePath(): readonly string[] {
    return this.#usePath;
  }

  /** What stands before our own URI in `a=path`: the same relays, the farthest first (RFC 4976 §5.1). */
  get descriptionPath(): readonly string[] {
    return this.#usePath.toReversed();
  }

  /** Connects and asks. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  /** Lets go: the path ends with the connection, once the sessions on it have ended. */
  stop(): void {
    this.#running = false;
    this.#timer?.stop();
    this.#timer = null;
    this.#forget();
  }

  onTimer(): void {
    this.#timer = null;
    if (this.#connection === null) this.#connect();
    else this.#next();
  }

  onGranted({ usePath, expires_s }: AuthGrant): void {
    this.#attempt = null;
    const hop = this.#hops[this.#asked];
    const path = this.#whole(usePath);
    const now = this.#parts.clock.monotonic();
    hop.dueAt = now + early_ms(expires_s);
    hop.endsAt = now + expires_s * 1000;
    if (hop.usePath?.join(" ") !== path.join(" ")) {
      hop.usePath = path;
      // Those behind knew us by the former one.
      for (const behind of this.#hops.slice(this.#asked + 1)) behind.usePath = null;
    }
    if (this.#asked === 0) this.#lead(path[0]);
    this.#next();
  }

  onRefused(status: number, comment: string, refused: boolean): void {
    this.#attempt = null;
    const reason = comment === "" ? `the relay answered ${status}` : comment;
    if (this.#prolonging && status !== LOST && !refused) {
      // It is gone, or this relay does not prolong: another one.
      for (const hop of this.#hops.slice(this.#asked)) hop.usePath = null;
      return this.#next();
    }
    this.#lost(status, reason, refused);
  }

  onLost(connection: Connection, reason: string): void {
    if (connection === this.#connection) this.#lost(LOST, reason, false);
  }

  // Requests go to the sessions that are behind the path; we are none.
  admit(): number {
    return 481;
  }
  onWhole(): void {}
  onBegin(): void {}
  onPiece(): void {}
  onFinish(): void {}

  #connect(): void {
    const uri = tryParseMsrpUri(this.#hops[0].relay)!;
    const { node } = this.#parts;
    const connection = node.connect(uri, {
      share: this.#wish.share ?? true,
      fingerprints: this.#wish.fingerprints ?? [],
      address: null,
    });
    if (connection === null) {
      return queueMicrotask(() => this.#lost(LOST, `no transport of ours leads to ${uri.text}`, false));
    }
    this.#connection = connection;
    node.bind(connection, this);
    this.#next();
  }

  /** Asks the first relay that is to be asked; when there is none, waits for the first that will be. */
  #next(): void {
    const connection = this.#connection;
    if (connection === null || this.#attempt !== null) return;
    const now = this.#parts.clock.monotonic();
    const index = this.#hops.findIndex((hop) => hop.usePath === null || hop.dueAt <= now);
    if (index < 0) return this.#settled(now);
    const { relay, usePath, endsAt } = this.#hops[index];
    this.#asked = index;
    this.#prolonging = usePath !== null && endsAt > now;
    const before = index === 0 ? [] : this.#hops[index - 1].usePath!;
    const toPath = usePath !== null && this.#prolonging ? usePath : [...before, relay];
    this.#attempt = new AuthAttempt({
      connection,
      toPath: toPath.join(" "),
      fromPath: this.uri,
      answerer: this.#parts.answerer,
      realm: this.#wish.realm ?? "",
      expires_s: this.#wish.expires_s ?? 0,
    }, this);
  }

  #settled(now: number): void {
    if (this.#pathSince === 0) this.#pathSince = now;
    const due = Math.min(...this.#hops.map(({ dueAt }) => dueAt));
    this.#timer?.stop();
    this.#timer = this.#parts.timers.start(Math.max(1, due - now), this, 0);
    const path = this.#hops[this.#hops.length - 1].usePath!;
    if (path.join(" ") === this.#usePath.join(" ")) return;
    this.#usePath = path;
    this.#user.onPath(path);
  }

  /** Use-Path of a farther relay begins with those before it; some relays name only themselves. */
  #whole(usePath: readonly string[]): readonly string[] {
    if (this.#asked === 0) return usePath;
    const before = this.#hops[this.#asked - 1].usePath!;
    const complete = usePath.length > before.length && before.every((uri, i) => sameUriText(uri, usePath[i]));
    return complete ? usePath : [...before, ...usePath];
  }

  /** Sessions that connect to the URI use the connection that it is valid on (RFC 4976 §6.3), whatever host it names. */
  #lead(uri: string): void {
    const { node } = this.#parts;
    node.lead(uri, this.#connection);
    if (this.#leads.includes(uri)) return;
    if (this.#leads.push(uri) > LEADS) node.lead(this.#leads.shift()!, null);
  }

  #lost(status: number, reason: string, refused: boolean): void {
    if (!this.#running) return;
    this.#forget();
    this.#timer?.stop();
    this.#timer = null;
    // A relay that grants and hangs up at once has failed, too.
    if (this.#pathSince > 0 && this.#parts.clock.monotonic() - this.#pathSince >= STEADY_MS) this.#failures = 0;
    this.#pathSince = 0;
    // Asking again with the same password helps nobody, and locks the account.
    if (refused) this.#running = false;
    else {
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      this.#timer = this.#parts.timers.start(wait, this, 0);
    }
    this.#user.onNoPath(status, reason, refused);
  }

  #forget(): void {
    const { node } = this.#parts;
    this.#attempt?.abandon();
    this.#attempt = null;
    for (const uri of this.#leads.splice(0)) node.lead(uri, null);
    for (const hop of this.#hops) hop.usePath = null;
    this.#usePath = [];
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) node.unbind(connection, this);
  }
}

/** Early enough for a second attempt. */
function early_ms(expires_s: number): number {
  return Math.max(1, expires_s > 120 ? expires_s - 60 : expires_s / 2) * 1000;
}
