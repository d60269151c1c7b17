import { randomToken } from "../foundation/mod.ts";
import {
  RelayClient,
  type RelayClientParts,
  type RelayClientUser,
  type RelayWish,
} from "../transport/msrp/relay/mod.ts";
import { tryParseMsrpUri } from "../transport/msrp/mod.ts";
import type { MsrpMedia } from "../transport/payload/mod.ts";
import { type OwnEnd, placeOf, protoFor, type Seat, type SeatUser } from "./media_place.ts";

/** What a seat tells those who give seats out. */
export interface RelaySeatHost {
  onGranted(seat: RelaySeat): void;
  /** `refused`: the relay does not take the password, now or later. */
  onLost(seat: RelaySeat, reason: string, refused: boolean): void;
  onLeft(seat: RelaySeat): void;
  /** The relay does not take the password: nobody is to ask again. "" where it did. */
  readonly problem: string;
}

/** A path through relays of its own, for the sessions of one call (RFC 4976 §5.1). */
export class RelaySeat implements Seat, RelayClientUser {
  /** Null for the one that is kept ready. */
  user: SeatUser | null;
  readonly #host: RelaySeatHost;
  readonly #parts: RelayClientParts;
  readonly #wish: RelayWish;
  #client: RelayClient | null = null;
  /** The URI that the relays know us by is the first session's. */
  #fresh = false;

  constructor(host: RelaySeatHost, parts: RelayClientParts, wish: RelayWish, user: SeatUser | null) {
    this.#host = host;
    this.#parts = parts;
    this.#wish = wish;
    this.user = user;
  }

  get ready(): boolean {
    return this.relays.length > 0;
  }
  get problem(): string {
    return this.ready ? "" : this.#host.problem;
  }
  get relays(): readonly string[] {
    return this.#client?.usePath ?? [];
  }

  /** Asks the relays; the host hears how it went. */
  ask(): void {
    this.#fresh = true;
    this.#client = new RelayClient(this.#parts, this.#wish, this);
    this.#client.start();
  }

  newEnd(offered: MsrpMedia | null): OwnEnd {
    const { authority, transport } = this.#wish;
    const { uri: known, usePath, descriptionPath } = this.#client!;
    const sessionId = (this.#fresh ? tryParseMsrpUri(known)?.sessionId : undefined) ?? randomToken(24);
    this.#fresh = false;
    const uri = `${authority}/${sessionId};${transport ?? "tcp"}`;
    const path = [...descriptionPath, uri];
    const { host, port, secure } = placeOf(path[0]);
    return {
      sessionId,
      uri,
      relays: usePath,
      path,
      proto: protoFor(offered, secure),
      host,
      port,
      reachable: true,
      fingerprints: [],
    };
  }

  leave(): void {
    this.#letGo();
    this.user = null;
    this.#host.onLeft(this);
  }

  onPath(): void {
    this.#host.onGranted(this);
    this.user?.onSeat();
  }

  onNoPath(status: number, reason: string, refused: boolean): void {
    // It would try again by itself; when, and after whom, is for the host to say.
    this.#letGo();
    const text = refused ? "it does not take the user name and the password" : reason;
    const why = status > 0 ? `${text} (${status})` : text;
    this.#host.onLost(this, why, refused);
  }

  #letGo(): void {
    this.#client?.stop();
    this.#client = null;
  }
}
