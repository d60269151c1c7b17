import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { type Clock, randomHex, randomToken } from "../../foundation/mod.ts";
import type { Settings } from "../../storage/mod.ts";
import { OperationError, type TokenScope, type TokenView } from "../operations.ts";

/** As stored: the hash, never the token. */
interface StoredToken extends TokenView {
  /** SHA-256 of the token, hexadecimal. */
  readonly sha256: string;
}

const SETTING = "api_tokens";
const PREFIX = "parley_";
/** What fits into one setting of 60,000 octets. */
const MAX_TOKENS = 150;
/** Characters of a name, cut behind them. */
const MAX_NAME = 80;
const DAY_MS = 86_400_000;

/**
 * Bearer tokens of the admin API. A token is 256 random bits, so its plain SHA-256 cannot be searched for and is all that
 * is kept (no salt, no slow hash: those protect what people choose).
 */
export class ApiTokens {
  readonly #settings: Settings;
  readonly #clock: Clock;
  /** When each was last used, since the start. */
  readonly #used = new Map<string, number>();
  /** Writers take turns: each looks, then writes what it saw. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Makes one. `days` 0: it does not expire. Expired ones are forgotten on the way. */
  create(name: string, scope: TokenScope, days: number): Promise<TokenView & { readonly token: string }> {
    return this.#alone(() => this.#create(name.slice(0, MAX_NAME), scope, days));
  }

  async #create(name: string, scope: TokenScope, days: number): Promise<TokenView & { readonly token: string }> {
    const now = this.#clock.now();
    const live = this.#load().filter((token) => !expired(token, now));
    for (const id of this.#used.keys()) if (!live.some((token) => token.id === id)) this.#used.delete(id);
    if (live.length >= MAX_TOKENS) {
      throw new OperationError("conflict", `there are ${MAX_TOKENS} tokens already; revoke one first`);
    }
    // 43 characters of 6 bits: 258 bits.
    const token = PREFIX + randomToken(43);
    const view: TokenView = {
      id: randomHex(4),
      name,
      scope,
      created_at: now,
      expires_at: days === 0 ? 0 : now + days * DAY_MS,
    };
    await this.#settings.set(SETTING, [...live, { ...view, sha256: digest(token).toString("hex") }]);
    return { ...view, token };
  }

  list(): TokenView[] {
    return this.#load().map(viewOf);
  }

  /** Takes one away; null when there is none with that id. */
  revoke(id: string): Promise<TokenView | null> {
    return this.#alone(async () => {
      const all = this.#load();
      const gone = all.find((token) => token.id === id);
      if (gone === undefined) return null;
      await this.#settings.set(SETTING, all.filter((token) => token.id !== id));
      this.#used.delete(id);
      return viewOf(gone);
    });
  }

  /** The living token that this is; null for none. `sign`: it counts as a use. */
  find(token: string, sign = true): TokenView | null {
    if (!token.startsWith(PREFIX)) return null;
    const hash = digest(token);
    const now = this.#clock.now();
    let found: TokenView | null = null;
    for (const known of this.#load()) {
      if (!timingSafeEqual(hash, Buffer.from(known.sha256, "hex"))) continue;
      if (!expired(known, now)) found = viewOf(known);
    }
    if (found !== null && sign) this.#used.set(found.id, now);
    return found;
  }

  /** True when `token` is known, alive, and of this scope. An admin token is of every scope, and all may read figures. */
  allows(token: string, scope: TokenScope): boolean {
    const found = this.find(token);
    return found !== null && (found.scope === "admin" || found.scope === scope || scope === "metrics");
  }

  /** ms since the epoch; 0: not since the start. */
  lastUsed(id: string): number {
    return this.#used.get(id) ?? 0;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #load(): StoredToken[] {
    return this.#settings.get<StoredToken[]>(SETTING) ?? [];
  }
}

function expired(token: TokenView, now: number): boolean {
  return token.expires_at !== 0 && token.expires_at <= now;
}

function viewOf({ id, name, scope, created_at, expires_at }: TokenView): TokenView {
  return { id, name, scope, created_at, expires_at };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
