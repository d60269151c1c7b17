/** From a dialler through a web door to the wires of MSRP, and back: nothing faked between. */
import assert from "node:assert/strict";
import { Metrics, silentLog, systemClock, TimerQueues } from "../foundation/mod.ts";
import type { WebSocket } from "ws";
import type { Endpoint } from "../transport/net/mod.ts";
import { makeCertificate, NO_TLS } from "../transport/net/machine/mod.ts";
import { type Dialer, type Duplex, type DuplexUser, WebSocketDialer } from "../transport/msrp/mod.ts";
import { MsrpWires } from "../transport/msrp/flows/mod.ts";
import { openWebDoor } from "./mod.ts";
import { doorParts } from "./testing/door_parts.ts";

const SIZE = 1_000_000;
const PIECE = 50_000;

/** Echoes, one write for each piece. */
class Echo implements DuplexUser {
  readonly duplex: Duplex;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #writing = false;
  constructor(duplex: Duplex) {
    this.duplex = duplex;
    duplex.start(this);
  }
  onConnected(): void {}
  onOctets(octets: Uint8Array): void {
    this.#queue.push(octets.slice());
    this.duplex.pause();
    this.#next();
  }
  onWritten(): void {
    this.#writing = false;
    this.duplex.resume();
    this.#next();
  }
  onClosed(): void {}
  #next(): void {
    const octets = this.#writing ? undefined : this.#queue.shift();
    if (octets === undefined) return;
    this.#writing = true;
    this.duplex.write(octets);
  }
}

/** Sends a pattern and resolves when it is back; rejects where it ends before. */
function roundTrip(duplex: Duplex): Promise<Uint8Array> {
  const sent = Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >> 8)) & 255);
  const got = new Uint8Array(SIZE);
  return new Promise((resolve, reject) => {
    let at = 0;
    let received = 0;
    const next = () => {
      if (at < SIZE) duplex.write(sent.slice(at, at += PIECE));
    };
    duplex.start({
      onConnected: next,
      onWritten: next,
      onOctets(octets) {
        got.set(octets, received);
        received += octets.length;
        if (received < SIZE) return;
        duplex.end();
        assert.deepEqual(got, sent);
      },
      onClosed: (reason) => received === SIZE ? resolve(got) : reject(new Error(reason)),
    });
  });
}

for (const transport of ["ws", "wss"] as const) {
  Deno.test(`${transport}: MSRP wires behind a web door carry octets both ways, whole, at the pace of the slower side`, async () => {
    const authority = await makeCertificate(["Test authority"], systemClock, { authority: true });
    const pair = await makeCertificate(["im.test"], systemClock, { issuer: authority });
    const timers = new TimerQueues(systemClock, (error) => {
      throw error;
    });
    timers.run();
    const accepted: Duplex[] = [];
    const wires = new MsrpWires({
      log: silentLog,
      metrics: new Metrics(),
      clock: systemClock,
      timers,
      resolver: { resolve: (_name, _type, done) => done({ status: "none" }) },
      tls: { ...NO_TLS, authorities: authority.certificate, publicRoots: false },
      accept: (duplex) => {
        accepted.push(duplex);
        new Echo(duplex);
      },
    });
    const taker = {
      accept: (socket: WebSocket, remote: Endpoint, local: Endpoint, secure: boolean) =>
        wires.acceptWebSocket(socket, remote, local, secure),
      longest: wires.limits.webSocketMessage,
    };
    const door = await openWebDoor(
      { transport: transport === "ws" ? "http" : "https", host: "127.0.0.1", port: 0 },
      doorParts({ material: pair, takers: { sip: null, msrp: taker } }),
    );
    const to = { host: "127.0.0.1", port: Number(new URL(door.url).port) };
    // The page's dialler cannot be told of our authority.
    const dialers: Dialer[] = transport === "ws" ? [wires, new WebSocketDialer()] : [wires];
    for (const dialer of dialers) {
      await roundTrip(dialer.dial(transport, to, transport === "ws" ? "" : "im.test")!);
      const there = accepted.at(-1)!;
      assert.equal(there.transport, transport);
      assert.deepEqual(there.local, to);
      assert.equal(there.remote.host, "127.0.0.1");
    }
    if (transport === "wss") {
      const wrong = wires.dial("wss", to, "other.test")!;
      const reason = await new Promise<string>((resolve) =>
        wrong.start({ onConnected() {}, onOctets() {}, onWritten() {}, onClosed: resolve })
      );
      assert.match(reason, /not for "other.test"/);
    }
    await wires.close();
    await door.close();
    timers.stop();
  });
}
