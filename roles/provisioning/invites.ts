import type { Clock } from "../../foundation/mod.ts";
import { randomHex } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import type { Records } from "../../storage/mod.ts";
import type { InviteView } from "../admin/services/mod.ts";
import { isLinkToken, linkTokenHash, newLinkToken } from "./link_token.ts";

/** How many invitations there may be. */
export const MAX_INVITES = 20_000;
/** What is over is kept for as long, so that its page can say why it does not work. */
const KEPT_MS = 7 * 86_400_000;

/** `invitation`: somebody else invites the user, who may also choose a password; `device`: the user adds a device. */
export type InviteKind = "invitation" | "device";

/** An invitation as it is stored: never its secret. */
export interface InviteRecord {
  readonly hash: string;
  readonly kind: InviteKind;
  readonly uri: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly uses: number;
  readonly max_uses: number;
  /** 0: never. */
  readonly used_at: number;
  /** 0: it is not. */
  readonly withdrawn_at: number;
}

/** What a secret opens. `used`: as often as it may be; it still says who one is. */
export type Found =
  | { readonly state: "good" | "used" | "expired" | "withdrawn"; readonly id: string; readonly invite: InviteRecord }
  | { readonly state: "unknown" };

/** Invitations by id, found by their secret. */
export class Invites {
  readonly #records: Records<InviteRecord>;
  readonly #clock: Clock;
  readonly #byHash = new Map<string, string>();

  constructor(records: Records<InviteRecord>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
    for (const [id, { hash }] of records.entries()) this.#byHash.set(hash, id);
  }

  /** Those of a user that are not over, newest first. */
  of(uri: string): InviteView[] {
    const now = this.#clock.now();
    const views: InviteView[] = [];
    for (const [id, invite] of this.#records.entries()) {
      if (invite.uri === uri && invite.withdrawn_at === 0 && invite.expires_at > now) views.push(viewOf(id, invite));
    }
    return views.sort((a, b) => b.created_at - a.created_at);
  }

  /** Rejects with OperationError where there are too many. */
  async create(
    request: { kind: InviteKind; uri: string; lifetime_ms: number; max_uses: number },
    by: string,
  ): Promise<{ view: InviteView; token: string }> {
    if (this.#records.size >= MAX_INVITES) await this.#sweep(0);
    if (this.#records.size >= MAX_INVITES) {
      throw new OperationError("conflict", `there are ${MAX_INVITES} invitations already; withdraw some of them`);
    }
    const { kind, uri, lifetime_ms, max_uses } = request;
    const now = this.#clock.now();
    const token = newLinkToken();
    const id = randomHex(8);
    const invite: InviteRecord = {
      hash: linkTokenHash(token),
      kind,
      uri,
      created_at: now,
      created_by: by,
      expires_at: now + lifetime_ms,
      uses: 0,
      max_uses,
      used_at: 0,
      withdrawn_at: 0,
    };
    await this.#records.put(id, invite);
    this.#byHash.set(invite.hash, id);
    return { view: viewOf(id, invite), token };
  }

  find(token: string): Found {
    const id = isLinkToken(token) ? this.#byHash.get(linkTokenHash(token)) : undefined;
    const invite = id === undefined ? undefined : this.#records.get(id);
    if (id === undefined || invite === undefined) return { state: "unknown" };
    if (invite.withdrawn_at > 0) return { state: "withdrawn", id, invite };
    if (invite.expires_at <= this.#clock.now()) return { state: "expired", id, invite };
    return { state: invite.uses >= invite.max_uses ? "used" : "good", id, invite };
  }

  get(id: string): InviteRecord | undefined {
    return this.#records.get(id);
  }

  /** Counts one use; false where there was none left. Two at once cannot share the last one. */
  async use(id: string): Promise<boolean> {
    let used = false;
    await this.#records.update(id, (invite) => {
      used = false;
      const now = this.#clock.now();
      if (invite === undefined || invite.withdrawn_at > 0 || invite.expires_at <= now) return invite;
      if (invite.uses >= invite.max_uses) return invite;
      used = true;
      return { ...invite, uses: invite.uses + 1, used_at: now };
    });
    return used;
  }

  /** False where there is none, or it was withdrawn before. */
  async withdraw(id: string): Promise<boolean> {
    let withdrawn = false;
    await this.#records.update(id, (invite) => {
      withdrawn = invite !== undefined && invite.withdrawn_at === 0;
      return withdrawn ? { ...invite!, withdrawn_at: this.#clock.now() } : invite;
    });
    return withdrawn;
  }

  /** The user is gone, and nobody who gets the address later shall be configured by them. */
  async forgetUser(uri: string): Promise<void> {
    await this.#removeAll((invite) => invite.uri === uri);
  }

  /** Removes what has been over for a week. */
  sweep(): Promise<void> {
    return this.#sweep(KEPT_MS);
  }

  #sweep(kept_ms: number): Promise<void> {
    const before = this.#clock.now() - kept_ms;
    return this.#removeAll(({ expires_at, withdrawn_at }) =>
      expires_at <= before || (withdrawn_at > 0 && withdrawn_at <= before)
    );
  }

  async #removeAll(which: (invite: InviteRecord) => boolean): Promise<void> {
    const gone = [...this.#records.entries()].filter(([, invite]) => which(invite));
    for (const [id, { hash }] of gone) {
      await this.#records.remove(id);
      this.#byHash.delete(hash);
    }
  }
}

function viewOf(id: string, invite: InviteRecord): InviteView {
  const { uri, created_at, created_by, expires_at, uses, max_uses, used_at } = invite;
  return { id, uri, created_at, created_by, expires_at, uses, max_uses, used_at };
}
