import { createHash } from "node:crypto";
import { type Clock, type Log, randomHex, randomToken } from "../../../foundation/mod.ts";
import type { Records } from "../../../storage/mod.ts";
import type { SessionView } from "../services/mod.ts";
import type { StoredSession } from "./stored.ts";

const HOUR_MS = 3_600_000;
/** How long a session lasts at most, and how long without a sign of life. */
export interface SessionLife {
  readonly longest_ms: number;
  readonly idle_ms: number;
}

export const DEFAULT_ADMIN_LIFE: SessionLife = { longest_ms: 12 * HOUR_MS, idle_ms: HOUR_MS };
const USER_LIFE: SessionLife = { longest_ms: 12 * HOUR_MS, idle_ms: 2 * HOUR_MS };
/** Of users who stay signed in. */
export const DEFAULT_STAY: SessionLife = { longest_ms: 30 * 24 * HOUR_MS, idle_ms: 14 * 24 * HOUR_MS };
/** Of one admin or user; the one that is silent the longest makes room. */
const MAX_OF_ONE = 20;
export const MAX_SESSIONS = 10_000;
/** A sign of life is written at most so often. */
const SEEN_MS = 60_000;
const TOKEN_PREFIX = "ps_";

export type SessionKind = "admin" | "user";

/** What a session table takes besides its records. */
export interface SessionTableOptions {
  /** Read at each use. */
  readonly adminLife?: () => SessionLife;
  /** Of users who stay signed in; read at each use. */
  readonly stay?: () => SessionLife;
  /** A session is over, whyever; what hangs on it is to end. */
  readonly onEnd?: (session: StoredSession) => void;
}

interface Live {
  /** SHA-256 of the token: the token itself is nowhere. */
  readonly key: string;
  stored: StoredSession;
  seen_at: number;
}

/**
 * Sessions, by what their token hashes to. Held in memory, written behind: an ended session is dead before its record is
 * gone, a new one is alive once its record is there. What is over its time is dropped when it is met, and all of them at
 * most once a minute.
 */
export class SessionTable {
  readonly #records: Records<StoredSession>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #adminLife: () => SessionLife;
  readonly #stay: () => SessionLife;
  readonly #onEnd: (session: StoredSession) => void;
  readonly #byKey = new Map<string, Live>();
  readonly #byId = new Map<string, Live>();
  #swept = 0;

  constructor(records: Records<StoredSession>, clock: Clock, log: Log, options: SessionTableOptions = {}) {
    this.#records = records;
    this.#adminLife = options.adminLife ?? (() => DEFAULT_ADMIN_LIFE);
    this.#stay = options.stay ?? (() => DEFAULT_STAY);
    this.#onEnd = options.onEnd ?? (() => {});
    this.#clock = clock;
    this.#log = log;
    for (const [key, stored] of records.entries()) this.#hold({ key, stored, seen_at: stored.seen_at });
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** A session with a token and an id of its own. Rejects with StorageError. */
  async begin(
    of: { kind: SessionKind; who: string; stamp: string; source: string; user_agent: string; stay?: boolean },
  ): Promise<{ token: string; session: StoredSession }> {
    await this.#makeRoom(of.kind, of.who);
    const now = this.#clock.now();
    // 43 characters of 6 bits: 258 bits.
    const token = TOKEN_PREFIX + randomToken(43);
    const stored: StoredSession = {
      id: randomHex(16),
      kind: of.kind,
      who: of.who,
      stamp: of.stamp,
      created_at: now,
      seen_at: now,
      source: of.source.slice(0, 64),
      user_agent: of.user_agent.replace(/[^\u0020-\u007e]/g, "").slice(0, 200),
      ...(of.stay ? { stay: true } : {}),
    };
    const key = keyOf(token);
    await this.#records.put(key, stored);
    this.#hold({ key, stored, seen_at: now });
    return { token, session: stored };
  }

  /** The living session of a token. `sign`: a sign of life. */
  find(token: string, sign: boolean): StoredSession | null {
    if (!token.startsWith(TOKEN_PREFIX)) return null;
    const live = this.#byKey.get(keyOf(token));
    if (live === undefined) return null;
    const now = this.#clock.now();
    if (this.#over(live, now)) {
      this.#drop([live]);
      return null;
    }
    if (sign) this.#seen(live, now);
    return live.stored;
  }

  /** The living session of an id. */
  get(id: string): StoredSession | null {
    const live = this.#byId.get(id);
    return live === undefined || this.#over(live, this.#clock.now()) ? null : live.stored;
  }

  /** In order of the last sign of life, newest first. */
  list(): SessionView[] {
    const now = this.#clock.now();
    return [...this.#byKey.values()].filter((live) => !this.#over(live, now))
      .sort((a, b) => b.seen_at - a.seen_at).map((live) => this.#view(live));
  }

  /** Whether somebody is logged in from there. */
  knows(kind: SessionKind, who: string, source: string): boolean {
    for (const { stored } of this.#byKey.values()) {
      if (stored.kind === kind && stored.who === who && stored.source === source) return true;
    }
    return false;
  }

  viewOf(id: string): SessionView | null {
    const live = this.#byId.get(id);
    return live === undefined ? null : this.#view(live);
  }

  /** Ends one; null where there is none. */
  async end(id: string): Promise<SessionView | null> {
    const live = this.#byId.get(id);
    if (live === undefined) return null;
    const view = this.#view(live);
    await this.#end([live]);
    return view;
  }

  /** Ends all of somebody's but one (""), which goes on with the new stamp. Gives how many. */
  async endAll(kind: SessionKind, who: string, except: string, stamp: string): Promise<number> {
    const all = [...this.#byKey.values()].filter(({ stored }) => stored.kind === kind && stored.who === who);
    const ended = all.filter(({ stored }) => stored.id !== except);
    const kept = all.find(({ stored }) => stored.id === except);
    if (kept !== undefined) kept.stored = { ...kept.stored, stamp };
    await this.#end(ended);
    if (kept !== undefined) await this.#records.put(kept.key, kept.stored);
    return ended.length;
  }

  #hold(live: Live): void {
    this.#byKey.set(live.key, live);
    this.#byId.set(live.stored.id, live);
  }

  #forget({ key, stored }: Live): void {
    this.#byKey.delete(key);
    if (this.#byId.delete(stored.id)) this.#onEnd(stored);
  }

  #lifeOf({ kind, stay }: StoredSession): SessionLife {
    if (kind === "admin") return this.#adminLife();
    return stay ? this.#stay() : USER_LIFE;
  }

  #over({ stored, seen_at }: Live, now: number): boolean {
    const { longest_ms, idle_ms } = this.#lifeOf(stored);
    // A clock that was set back must not lengthen a session: what begins in the future is over.
    return now >= stored.created_at + longest_ms || now >= seen_at + idle_ms || stored.created_at > now + HOUR_MS;
  }

  #view({ stored, seen_at }: Live): SessionView {
    const { id, kind, who, created_at, source, user_agent } = stored;
    const { longest_ms, idle_ms } = this.#lifeOf(stored);
    const expires_at = Math.min(created_at + longest_ms, seen_at + idle_ms);
    return { id, kind, who, created_at, seen_at, expires_at, source, user_agent, current: false };
  }

  #seen(live: Live, now: number): void {
    live.seen_at = Math.max(live.seen_at, now);
    if (now - live.stored.seen_at < SEEN_MS) return;
    live.stored = { ...live.stored, seen_at: now };
    this.#behind(this.#records.update(live.key, (old) => old && this.#byKey.has(live.key) ? live.stored : old));
  }

  async #makeRoom(kind: SessionKind, who: string): Promise<void> {
    this.#sweep();
    const mine = [...this.#byKey.values()].filter(({ stored }) => stored.kind === kind && stored.who === who);
    if (mine.length >= MAX_OF_ONE) await this.#end([silent(mine)]);
    if (this.#byKey.size < MAX_SESSIONS) return;
    // Users make room before admins do.
    const users = [...this.#byKey.values()].filter(({ stored }) => stored.kind === "user");
    await this.#end([silent(users.length > 0 ? users : [...this.#byKey.values()])]);
  }

  #sweep(): void {
    const now = this.#clock.now();
    if (Math.abs(now - this.#swept) < SEEN_MS) return;
    this.#swept = now;
    this.#drop([...this.#byKey.values()].filter((live) => this.#over(live, now)));
  }

  /** Dead at once, whatever the store says; a record that stays is over its time or has to be ended again. */
  async #end(ended: readonly Live[]): Promise<void> {
    for (const live of ended) this.#forget(live);
    await Promise.all(ended.map(({ key }) => this.#records.remove(key)));
  }

  #drop(ended: readonly Live[]): void {
    if (ended.length > 0) this.#behind(this.#end(ended));
  }

  #behind(work: Promise<unknown>): void {
    work.catch((error) => this.#log.warn("a session could not be stored", { error: (error as Error).message }));
  }
}

function silent(sessions: readonly Live[]): Live {
  return sessions.reduce((a, b) => b.seen_at < a.seen_at ? b : a);
}

function keyOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
