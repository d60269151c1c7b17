import { type Clock, randomToken, type Timers } from "../foundation/mod.ts";
import type { MsrpNode } from "../transport/msrp/mod.ts";
import { RelayClient, type RelayClientUser } from "../transport/msrp/relay/mod.ts";
import type { Hash } from "../transport/sip/mod.ts";
import type { Account } from "./account.ts";
import { Credentials } from "./credentials.ts";
import type { RelayPath } from "./media_place.ts";

/** Whoever wants to know whether there is a place. */
export interface RelayPlaceUser {
  onRelay(usable: boolean, reason: string): void;
}

/** A client's place behind relays (RFC 4976): others reach its sessions there, and it needs no door. */
export class RelayPlace implements RelayPath, RelayClientUser {
  readonly authority: string;
  readonly #client: RelayClient;
  readonly #user: RelayPlaceUser;

  /** `relays`: the relays' own URIs, the nearest first. Throws SyntaxError where one is no MSRP URI. */
  constructor(
    parts: { readonly node: MsrpNode; readonly clock: Clock; readonly timers: Timers; readonly hash: Hash },
    account: Account,
    relays: readonly string[],
    user: RelayPlaceUser,
  ) {
    const { node, clock, timers, hash } = parts;
    const [first] = relays;
    this.authority = `${first?.startsWith("msrps:") ? "msrps" : "msrp"}://${hiddenName()}:2855`;
    this.transport = first?.endsWith(";ws") ? "ws" : "tcp";
    this.#user = user;
    this.#client = new RelayClient(
      { node, clock, timers, answerer: () => new Credentials(hash, account) },
      { relays, authority: this.authority, transport: this.transport },
      this,
    );
  }

  readonly transport: "tcp" | "ws";

  get usePath(): readonly string[] {
    return this.#client.usePath;
  }

  get descriptionPath(): readonly string[] {
    return this.#client.descriptionPath;
  }

  start(): void {
    this.#client.start();
  }

  stop(): void {
    this.#client.stop();
  }

  onPath(): void {
    this.#user.onRelay(true, "");
  }

  onNoPath(status: number, reason: string, refused: boolean): void {
    const text = refused ? "it does not take the user name and the password" : reason;
    this.#user.onRelay(false, status > 0 ? `${text} (${status})` : text);
  }
}

/** A name that nobody can look up, for a client that nobody connects to (RFC 7977 §5.1.1). */
export function hiddenName(): string {
  return `${randomToken(12).replace(/[_-]/g, "x").toLowerCase()}.invalid`;
}
