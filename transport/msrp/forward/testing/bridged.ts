import type { Switchboard } from "../../switchboard.ts";
import { Bridge } from "../bridge.ts";
import type { BridgeLeg } from "../bridge_leg.ts";
import { type BridgeTap, NO_RULES } from "../forward_rules.ts";
import { KeptBuffers } from "../kept_buffers.ts";
import type { BridgeOwner, LegPeer } from "../leg_options.ts";
import type { KeptOutcome, Undelivered, UndeliveredMessage } from "../undelivered.ts";
import type { WirePeer } from "./wire_peer.ts";
import { type Look, WireWorld } from "./wire_world.ts";

export const A_URI = "msrp://a.test:7001/alice1;tcp";
export const B_URI = "msrp://b.test:7002/bob1;tcp";
export const A_ID = "sideA0000000000000000000";
export const B_ID = "sideB0000000000000000000";

export function passivePeer(path: string, change: Partial<LegPeer> = {}): LegPeer {
  return {
    path,
    fingerprints: [],
    connects: "peer",
    matching: "path",
    address: null,
    share: true,
    accepts: NO_RULES,
    ...change,
  };
}

export interface Told {
  readonly what: "bound" | "lost";
  readonly side: string;
  readonly status?: number;
  readonly reason?: string;
}

/** Writes down what it is given, and answers 200, or as it is told, at once or when it is told to. */
export class RecordingStore implements Undelivered {
  readonly messages: (UndeliveredMessage & { readonly from: string })[] = [];
  readonly waiting: KeptOutcome[] = [];
  status = 200;
  waits = false;

  keep(from: string, message: UndeliveredMessage, done: KeptOutcome): void {
    this.messages.push({ ...message, from });
    if (this.waits) this.waiting.push(done);
    else done(this.status, "x");
  }

  get ids(): string[] {
    return this.messages.map(({ messageId }) => messageId);
  }
}

/** A bridge on one box, and two raw peers; nobody has connected yet. For tests only. */
export class Bridged implements BridgeOwner {
  readonly world = new WireWorld();
  readonly box: Switchboard;
  readonly bridge: Bridge;
  readonly told: Told[] = [];
  readonly store = new RecordingStore();
  over = false;
  readonly uriA: string;
  readonly uriB: string;

  constructor(
    a: LegPeer | null = passivePeer(A_URI),
    b: LegPeer | null = passivePeer(B_URI),
    tap: BridgeTap | null = null,
  ) {
    this.box = this.world.box("box.test");
    this.uriA = this.box.uriFor(A_ID, "tcp")!;
    this.uriB = this.box.uriFor(B_ID, "tcp")!;
    const { time } = this.world;
    this.bridge = new Bridge(
      {
        node: this.box,
        clock: time,
        timers: time.timers,
        owner: this,
        tap,
        keep: { undelivered: this.store, buffers: new KeptBuffers() },
      },
      { sessionId: A_ID, localUri: this.uriA, peer: a },
      { sessionId: B_ID, localUri: this.uriB, peer: b },
    );
  }

  onBound(leg: BridgeLeg): void {
    this.told.push({ what: "bound", side: leg.side });
  }
  onLost(leg: BridgeLeg, status: number, reason: string): void {
    this.told.push({ what: "lost", side: leg.side, status, reason });
  }

  onOver(): void {
    this.over = true;
  }

  connectA(look: Look = {}): WirePeer {
    const peer = this.world.connect(this.box, look);
    peer.send({ to: this.uriA, from: A_URI, headers: ["Message-ID: bindA"] });
    return peer;
  }

  connectB(look: Look = {}): WirePeer {
    const peer = this.world.connect(this.box, look);
    peer.send({ to: this.uriB, from: B_URI, headers: ["Message-ID: bindB"] });
    return peer;
  }

  /** Both are there. */
  async joined(look: Look = {}): Promise<[a: WirePeer, b: WirePeer]> {
    const peers: [WirePeer, WirePeer] = [this.connectA(look), this.connectB(look)];
    await this.world.settle();
    return peers;
  }
}
