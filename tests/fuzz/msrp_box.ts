import { type Log, Metrics, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { Bridge, type Connection, type DuplexUser, MemoryDuplex, Switchboard } from "../../transport/msrp/mod.ts";

const A_ID = "sideA0000000000000000000";
const B_ID = "sideB0000000000000000000";
export const A_URI = "msrp://a.test:7001/alice1;tcp";
export const B_URI = "msrp://b.test:7002/bob1;tcp";
export const BOX_A = `msrp://box.test:2855/${A_ID};tcp`;
export const BOX_B = `msrp://box.test:2855/${B_ID};tcp`;

/** What one peer of the box gets from it. */
class Peer implements DuplexUser {
  readonly pieces: Uint8Array[] = [];
  readonly duplex: MemoryDuplex;
  closed = false;
  #writing = false;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];

  constructor(duplex: MemoryDuplex) {
    this.duplex = duplex;
    duplex.start(this);
  }

  write(octets: Uint8Array): void {
    this.#queue.push(new Uint8Array(octets));
    this.#next();
  }

  onConnected(): void {}
  onOctets(octets: Uint8Array): void {
    this.pieces.push(octets.slice());
  }
  onWritten(): void {
    this.#writing = false;
    this.#next();
  }
  onClosed(): void {
    this.closed = true;
  }

  #next(): void {
    if (this.#writing || this.closed || this.#queue.length === 0) return;
    this.#writing = true;
    this.duplex.write(this.#queue.shift()!);
  }
}

/** A whole MSRP node in memory with a bridge between two raw peers, for one round after the other. Its time stands still. */
export class FuzzBox {
  readonly #time = new FakeTime();
  readonly #node: Switchboard;
  #fault: string | null = null;

  constructor() {
    const log: Log = {
      ...silentLog,
      error: (text, fields) => void (this.#fault ??= `${text} ${JSON.stringify(fields)}`),
    };
    this.#node = new Switchboard({
      clock: this.#time,
      timers: this.#time.timers,
      log,
      metrics: new Metrics(),
      dialer: null,
      doors: [{ transport: "tcp", advertised: { host: "box.test", port: 2855 } }],
    });
  }

  /**
   * Sends `fromA`, cut in pieces of `piece` octets, from one peer of a session and gives everything that the box wrote to
   * either of them, bindings left out. Rejects with what went wrong inside.
   */
  async round(fromA: Uint8Array, fromB: Uint8Array, piece: number): Promise<{ toA: Uint8Array[]; toB: Uint8Array[] }> {
    const node = this.#node;
    const peer = (path: string) => ({
      path,
      fingerprints: [],
      connects: "peer" as const,
      matching: "path" as const,
      address: null,
      share: false,
      accepts: { maxSize: 100_000, types: null, rewriter: null },
    });
    const owner = { onBound() {}, onLost() {} };
    const { timers } = this.#time;
    const bridge = new Bridge(
      { node, clock: this.#time, timers, owner, tap: null },
      { sessionId: A_ID, localUri: BOX_A, peer: peer(A_URI) },
      { sessionId: B_ID, localUri: BOX_B, peer: peer(B_URI) },
    );
    const connect = (): [Peer, Connection] => {
      const [here, there] = MemoryDuplex.pair({ host: "192.0.2.1", port: 40_000 }, { host: "192.0.2.9", port: 2855 }, {
        transport: "tcp",
        piece,
      });
      return [new Peer(here), node.accept(there)!];
    };
    const [[a, atA], [b, atB]] = [connect(), connect()];
    a.write(binding(BOX_A, A_URI));
    b.write(binding(BOX_B, B_URI));
    await settled();
    a.pieces.length = b.pieces.length = 0;
    a.write(fromA);
    b.write(fromB);
    await settled();
    bridge.close("the round is over");
    atA.close("the round is over");
    atB.close("the round is over");
    await settled();
    a.duplex.destroy();
    b.duplex.destroy();
    await settled();
    // A bridge whose peers had not answered stands a moment longer.
    this.#time.advance(2_000);
    await settled();
    if (this.#fault !== null) throw new Error(this.#fault);
    return { toA: a.pieces, toB: b.pieces };
  }

  /** Connections and sessions that are left. */
  get left(): number {
    return this.#node.connections + this.#node.size;
  }
}

function binding(to: string, from: string): Uint8Array {
  return new TextEncoder().encode(
    `MSRP bind1234 SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\nMessage-ID: bind1\r\n-------bind1234$\r\n`,
  );
}

/** All that memory duplexes have on their way goes by microtasks, and now and then a turn of the loop. */
async function settled(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
