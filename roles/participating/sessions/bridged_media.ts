import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { MsrpNode, MsrpTransport } from "../../../transport/msrp/mod.ts";
import {
  Bridge,
  type BridgeLeg,
  type BridgeOwner,
  type BridgeTap,
  KeptBuffers,
  type KeptOutcome,
  type LegPeer,
  type Side,
  type Undelivered,
  type UndeliveredMessage,
} from "../../../transport/msrp/forward/mod.ts";
import { cemaAddress, type OwnSide, type SessionDoors } from "../../session_media/mod.ts";
import type { MediaListener, MediaNames, MediaParty, MediaPlane, Party, SessionMedia } from "./media_plane.ts";
import { type Names, rulesToward } from "./media_rules.ts";
import type { Traffic } from "./session_events.ts";
import type { SessionSettings } from "./session_settings.ts";

export interface BridgedMediaParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Live. */
  readonly settings: SessionSettings;
}

/** What a bridge needs to know of our sides. */
export type BridgedSide = Pick<OwnSide, "sessionId" | "uri">;

/** Messages of sessions through bridges of the MSRP node. */
export class BridgedMedia implements MediaPlane {
  readonly #parts: BridgedMediaParts;
  readonly #buffers = new KeptBuffers();

  constructor(parts: BridgedMediaParts) {
    this.#parts = parts;
  }

  doorsFor(_transports: readonly MsrpTransport[], _watched: boolean): SessionDoors {
    return this.#parts.node;
  }

  open(inviter: BridgedSide, invitee: BridgedSide, listener: MediaListener, names: MediaNames): SessionMedia {
    return new BridgedSession(this.#parts, this.#buffers, inviter, invitee, listener, names);
  }
}

class BridgedSession implements SessionMedia, BridgeOwner, Undelivered {
  readonly #parts: BridgedMediaParts;
  readonly #listener: MediaListener;
  readonly #names: MediaNames;
  readonly #bridge: Bridge;

  constructor(
    parts: BridgedMediaParts,
    buffers: KeptBuffers,
    inviter: BridgedSide,
    invitee: BridgedSide,
    listener: MediaListener,
    names: MediaNames,
  ) {
    this.#parts = parts;
    this.#listener = listener;
    this.#names = names;
    const { node, clock, timers } = parts;
    this.#bridge = new Bridge(
      {
        node,
        clock,
        timers,
        owner: this,
        tap: null,
        keep: { undelivered: this, buffers },
      },
      { sessionId: inviter.sessionId, localUri: inviter.uri, peer: null },
      { sessionId: invitee.sessionId, localUri: invitee.uri, peer: null },
    );
  }

  get lastTraffic(): number {
    return this.#bridge.lastTraffic;
  }

  sentBy(party: Party): Traffic {
    const { messages, octets } = this.#leg(party).counts;
    return { messages, octets };
  }

  tell(party: Party, facts: MediaParty): void {
    const leg = this.#leg(party);
    leg.update(this.#peer(party, facts));
    leg.start();
  }

  watch(tap: BridgeTap | null): boolean {
    this.#bridge.watch(tap);
    return true;
  }

  drain(party: Party, done: () => void): void {
    this.#bridge.drain(this.#leg(party), done);
  }

  close(reason: string): void {
    this.#bridge.close(reason);
  }

  counted(done: (inviter: Traffic, invitee: Traffic) => void): void {
    done(this.sentBy("inviter"), this.sentBy("invitee"));
  }

  onBound(leg: BridgeLeg): void {
    this.#listener.onBound(leg === this.#bridge.a ? "inviter" : "invitee");
  }

  onLost(leg: BridgeLeg): void {
    this.#listener.onLost(leg === this.#bridge.a ? "inviter" : "invitee");
  }

  onOver(): void {
    this.#listener.onSettled?.();
  }

  keep(from: Side, message: UndeliveredMessage, done: KeptOutcome): void {
    this.#listener.onUndelivered(from === "a" ? "invitee" : "inviter", message, done);
  }

  #leg(party: Party): BridgeLeg {
    return party === "inviter" ? this.#bridge.a : this.#bridge.b;
  }

  #peer(party: Party, facts: MediaParty): LegPeer {
    const { media, active, keeps } = facts;
    const { kind, inviter, invitee } = this.#names;
    const names: Names = {
      kind,
      from: party === "inviter" ? invitee : inviter,
      to: party === "inviter" ? inviter : invitee,
      now: () => this.#parts.clock.now(),
    };
    return {
      path: media.path.join(" "),
      fingerprints: media.fingerprints.map(({ hash, value }) => `${hash} ${value}`),
      connects: active ? "us" : "peer",
      // Something between us and a party that says CEMA may have written its own address into one of the two (RFC 6714 §1).
      matching: media.cema ? "session" : "path",
      address: active ? cemaAddress(media) : null,
      share: false,
      accepts: rulesToward(facts, names, this.#parts.settings),
      keeps,
    };
  }
}
