import { createHash } from "node:crypto";
import { setImmediate } from "node:timers";
import { FakeTime } from "../../foundation/testing.ts";
import { Metrics, silentLog } from "../../foundation/mod.ts";
import type { Endpoint } from "../../transport/net/mod.ts";
import {
  CallTable,
  type Destination,
  type Flow,
  type FlowHandler,
  type Locator,
  MemoryFlow,
  Receiver,
  TransactionLayer,
  type Uri,
  UserAgent,
  type Wires,
} from "../../transport/sip/mod.ts";
import { type Dialer, type Duplex, MemoryDuplex, type MsrpTransport, Switchboard } from "../../transport/msrp/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import { Credentials } from "../credentials.ts";
import type { FileSink, FileSource } from "../file_transfer.ts";
import { ImClient } from "../im_client.ts";
import type { ImClientParts } from "../im_client_parts.ts";
import { DirectPlace } from "../direct_place.ts";
import { RelayPlace } from "../relay_place.ts";
import { Notes } from "./notes.ts";

/** Many devices on one wire: SIP and MSRP in memory, by fake time. For tests only. */
export class MemoryNetwork {
  readonly time = new FakeTime();
  readonly devices = new Map<string, Device>();
  /** MSRP connections, each with its accepting end. */
  readonly duplexes: { readonly dialled: MemoryDuplex; readonly accepted: MemoryDuplex }[] = [];
  /** Heads of all SIP messages in order: `INVITE sip:…`, `SIP/2.0 200 OK`. */
  readonly sip: string[] = [];
  readonly bodies: string[] = [];
  lastFlow = 0;

  /** A device at `host`, port 5060; with a `door` others can connect to it for MSRP. */
  device(
    host: string,
    options: DeviceOptions = {},
  ): Device {
    const device = new Device(this, host, options);
    this.devices.set(host, device);
    return device;
  }

  /** Everything that is ready to happen happens; then fake time goes on in small steps until `holds`, for 120 s at most. */
  async until(holds: () => boolean, what = "it"): Promise<void> {
    for (let steps = 0; steps < 1200; steps++) {
      for (let turns = 0; turns < 8; turns++) {
        if (holds()) return;
        await turn();
      }
      this.time.advance(100);
    }
    throw new Error(`${what} did not happen; last SIP: ${this.sip.slice(-6).join(" | ")}`);
  }

  /** So much time passes, with all that happens in it; long times in larger steps. */
  async pass(ms: number): Promise<void> {
    const step = ms > 20_000 ? 1000 : 100;
    for (let left = ms; left > 0; left -= step) {
      await turn();
      this.time.advance(Math.min(step, left));
    }
    for (let turns = 0; turns < 5; turns++) await turn();
  }

  /** Cuts all MSRP connections, as a broken wire would. */
  cut(): void {
    for (const { dialled } of this.duplexes.splice(0)) dialled.destroy();
  }

  /** SIP messages that begin so. */
  count(start: string): number {
    return this.sip.filter((line) => line.startsWith(start)).length;
  }
}

/** Everything here is memory, so a turn of the event loop is enough: a timer would cost 1 to 4 ms each time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface DeviceOptions {
  readonly door?: boolean;
  readonly transport?: MsrpTransport;
  readonly parts?: Partial<ImClientParts>;
  readonly notes?: Notes;
  /** Sessions go by way of this relay: `msrp://relay.test:2855;tcp`. */
  readonly relay?: string;
  /** The account's address-of-record, where it is not that of the host. */
  readonly aor?: string;
  /** Option tags that a Require may name beside those of calls. */
  readonly understood?: readonly string[];
}

/** One device with its client. */
export class Device implements Wires, Locator, Dialer {
  readonly host: string;
  readonly uri: string;
  readonly notes: Notes;
  readonly board: Switchboard;
  readonly calls: CallTable;
  readonly layer: TransactionLayer;
  readonly agent: UserAgent;
  readonly client: ImClient;
  /** Null where it is behind no relay. */
  readonly relay: RelayPlace | null;
  readonly handler: FlowHandler;
  readonly #network: MemoryNetwork;
  readonly #flows = new Map<number, MemoryFlow>();

  constructor(
    network: MemoryNetwork,
    host: string,
    { door = false, transport = "tcp", parts = {}, notes = new Notes(), aor, relay = "", understood }: DeviceOptions,
  ) {
    this.#network = network;
    this.host = host;
    this.notes = notes;
    const name = host.split(".")[0];
    this.uri = aor ?? `sip:${name}@${host}`;
    const { time } = network;
    const { timers } = time;
    const metrics = new Metrics();
    const log = silentLog;
    const layer = this.layer = new TransactionLayer({ wires: this, clock: time, timers, log, metrics });
    const receiver = new Receiver({ transactions: layer, wires: this, clock: time, log, metrics });
    this.handler = {
      onMessage: (flow, head, body) => {
        network.sip.push(head.slice(0, head.indexOf("\r\n")));
        network.bodies.push(head + new TextDecoder().decode(body));
        receiver.onMessage(flow, head, body);
      },
      onGarbage: (flow, reason) => receiver.onGarbage(flow, reason),
      onRefused: (...refused) => receiver.onRefused(...refused),
    };
    const account = {
      aor: this.uri,
      username: name,
      password: `pw-${name}`,
      displayName: name[0].toUpperCase() + name.slice(1),
      instance: `urn:uuid:${name}`,
    };
    const { answer } = new Credentials(nodeHash, account);
    const agent = this.agent = new UserAgent({
      transactions: layer,
      wires: this,
      locator: this,
      log,
      metrics,
      authorize: answer,
      product: "test",
    });
    this.calls = new CallTable({
      agent,
      clock: time,
      timers,
      log,
      metrics,
      ...(understood && { supported: understood }),
    });
    this.board = new Switchboard({
      clock: time,
      timers,
      log,
      metrics,
      dialer: this,
      doors: door ? [{ transport, advertised: { host, port: 2855 } }] : [],
    });
    this.relay = relay === ""
      ? null
      : new RelayPlace({ node: this.board, clock: time, timers, hash: nodeHash }, account, [relay], {
        onRelay: (usable, reason) => notes.onNotice(usable ? "relay" : `no relay: ${reason}`),
      });
    this.client = new ImClient({
      account,
      agent,
      calls: this.calls,
      node: this.board,
      place: this.relay ?? new DirectPlace({ node: this.board, transport }),
      clock: time,
      timers,
      user: notes,
      ...parts,
    });
    layer.user = this.client.line;
    this.relay?.start();
  }

  // Wires

  flowTo({ host }: Destination): Flow | null {
    for (const flow of this.#flows.values()) if (flow.open && flow.remote.host === host) return flow;
    const other = this.#network.devices.get(host);
    if (other === undefined) return null;
    const [ours, theirs] = MemoryFlow.pair(this.#end(), other.#end());
    this.#flows.set(ours.id, ours);
    other.#flows.set(theirs.id, theirs);
    return ours;
  }

  #end(): { id: number; local: Endpoint; handler: FlowHandler } {
    return { id: ++this.#network.lastFlow, local: { host: this.host, port: 5060 }, handler: this.handler };
  }

  flow(id: number): Flow | null {
    return this.#flows.get(id) ?? null;
  }
  advertised(): Endpoint {
    return { host: this.host, port: 5060 };
  }
  isOwn(host: string): boolean {
    return host === this.host;
  }

  // Locator

  locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    const known = this.#network.devices.has(uri.host);
    done(known ? [{ transport: "memory", host: uri.host, port: 5060, tlsName: "" }] : []);
  }
  failed(): void {}

  // Dialer

  dial(transport: MsrpTransport, to: Endpoint): Duplex | null {
    const other = this.#network.devices.get(to.host);
    if (other === undefined) return null;
    const [dialled, accepted] = MemoryDuplex.pair({ host: this.host, port: 40_000 }, to, { transport });
    this.#network.duplexes.push({ dialled, accepted });
    queueMicrotask(() => other.board.accept(accepted));
    return dialled;
  }
}

/** A file in memory. */
export function memoryFile(name: string, content: Uint8Array, type = "application/octet-stream"): FileSource {
  return {
    name,
    size: content.length,
    type,
    sha1: new Uint8Array(createHash("sha1").update(content).digest()),
    open(from) {
      let at = from;
      return {
        read: () => {
          if (at >= content.length) return Promise.resolve(null);
          const block = content.slice(at, at + 40_000);
          at += block.length;
          return Promise.resolve(block);
        },
      };
    },
  };
}

/** A sink in memory. */
export class MemorySink implements FileSink {
  content = new Uint8Array(0);
  kept = false;
  aborted = "";
  /** Writes, for what came twice. */
  octets = 0;

  write(octets: Uint8Array, offset: number): string {
    this.octets += octets.length;
    if (offset + octets.length > this.content.length) {
      const longer = new Uint8Array(offset + octets.length);
      longer.set(this.content);
      this.content = longer;
    }
    this.content.set(octets, offset);
    return "";
  }
  finish(done: (sha1: Uint8Array | null, problem: string) => void): void {
    const digest = new Uint8Array(createHash("sha1").update(this.content).digest());
    queueMicrotask(() => done(digest, ""));
  }
  keep(): string {
    this.kept = true;
    return "memory";
  }
  abort(reason: string): void {
    this.aborted = reason;
  }
}
