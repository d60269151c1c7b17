import { Metrics, silentLog } from "../../../../foundation/mod.ts";
import { DigestClient, ha1 } from "../../../sip/mod.ts";
import { nodeHash } from "../../../sip/digest/node_hash.ts";
import type { SeenResponse, WirePeer } from "../../forward/testing/wire_peer.ts";
import { type Look, WireWorld } from "../../forward/testing/wire_world.ts";
import type { Switchboard } from "../../switchboard.ts";
import { headerValues } from "../header_lines.ts";
import { Relay } from "../relay.ts";
import type { RelayLockOut, RelayParts } from "../relay_options.ts";

export const PASSWORDS: Record<string, string> = { alice: "secret", bob: "hidden", carol: "c" };

/** Locks a name after three wrong passwords. */
export class FakeLockOut implements RelayLockOut {
  readonly failures = new Map<string, number>();
  locked(name: string, source: string): number {
    return (this.failures.get(`${source} ${name}`) ?? 0) >= 3 ? 60 : 0;
  }
  failed(name: string, source: string): number {
    const key = `${source} ${name}`;
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
    return 0;
  }
  passed(name: string, source: string): void {
    this.failures.delete(`${source} ${name}`);
  }
}

export interface RelayBox {
  readonly box: Switchboard;
  readonly relay: Relay;
  readonly lockOut: FakeLockOut;
  /** To-Path of AUTH. */
  readonly own: string;
}

/** Relays, clients and end points on one memory network. For tests only. */
export class RelayWorld extends WireWorld {
  relay(host: string, parts: Partial<RelayParts> = {}): RelayBox {
    const box = this.box(host);
    const lockOut = new FakeLockOut();
    const relay = new Relay({
      node: box,
      clock: this.time,
      timers: this.time.timers,
      metrics: new Metrics(),
      log: silentLog,
      hash: nodeHash,
      accounts: {
        realms: [host],
        ha1: (username, realm, algorithm) =>
          username in PASSWORDS ? ha1(nodeHash, algorithm, username, realm, PASSWORDS[username]) : null,
        mayRelay: (username) => username !== "carol",
      },
      lockOut,
      ...parts,
    });
    box.doorman = relay;
    return { box, relay, lockOut, own: `msrps://${host}:2856;tcp` };
  }

  client({ box }: RelayBox, username = "alice", look: Look = {}): RelayClientPeer {
    return new RelayClientPeer(this, this.connect(box, { transport: "tls", ...look }), username);
  }
}

/** A client that gets session URIs from relays. */
export class RelayClientPeer {
  readonly digest: DigestClient;
  readonly uri: string;
  readonly wire: WirePeer;
  readonly #world: RelayWorld;

  constructor(world: RelayWorld, wire: WirePeer, username: string, password = PASSWORDS[username] ?? "") {
    this.#world = world;
    this.wire = wire;
    this.uri = `msrps://${username}.test:9892/98cjs;tcp`;
    this.digest = new DigestClient(nodeHash, { username, password });
  }

  /** Sends AUTH, with what the digest client knows, and gives the answer. */
  async auth(to: string, headers: readonly string[] = []): Promise<SeenResponse> {
    const answers = this.digest.authorize("AUTH", to.split(" ").at(-1)!);
    const lines = [...headers, ...answers.map((value) => `Authorization: ${value}`)];
    const tid = this.wire.send({ method: "AUTH", to, from: this.uri, headers: lines });
    await this.#world.settle();
    const response = this.wire.response(tid);
    if (response === undefined) throw new Error("AUTH was not answered");
    return response;
  }

  /** Whole procedure: Use-Path. */
  async join(to: string, headers: readonly string[] = []): Promise<string> {
    let response = await this.auth(to, headers);
    if (response.status === 401) {
      this.digest.challenged(headerValues(response.others, "WWW-Authenticate"));
      response = await this.auth(to, headers);
    }
    if (response.status !== 200) throw new Error(`AUTH: ${response.status} ${response.comment}`);
    return headerValues(response.others, "Use-Path")[0];
  }
}
