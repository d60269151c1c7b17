import assert from "node:assert/strict";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import type { Connection, OutgoingChunk, SessionEnd } from "./connection.ts";
import type { IncomingRequest } from "./frame.ts";
import { MemoryDuplex } from "./memory_duplex.ts";
import { Switchboard } from "./switchboard.ts";
import { head } from "./testing/frames.ts";
import { turn } from "./testing/world.ts";

const timers = new TimerQueues(systemClock, (error) => {
  throw error;
});

function board(): Switchboard {
  return new Switchboard({ clock: systemClock, timers, log: silentLog, metrics: new Metrics(), dialer: null });
}

/** Passes a session on to another connection, as a bridge does. */
class PassingEnd implements SessionEnd {
  readonly target: Connection;
  readonly #toPath: string;
  most = 0;
  #chunk: OutgoingChunk | null = null;
  constructor(target: Connection, toPath = "msrp://sink:1/sink;tcp") {
    this.target = target;
    this.#toPath = toPath;
  }
  admit(): number {
    return 200;
  }
  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: "$" | "+" | "#"): void {
    this.target.send(head({ ...fields(request), toPath: this.#toPath }), body, continuation, null);
    this.#passed(connection);
    connection.respond(request, 200);
  }
  onBegin(_: Connection, request: IncomingRequest): void {
    this.#chunk = this.target.begin(head({ ...fields(request), toPath: this.#toPath }), null);
  }
  onPiece(connection: Connection, _: IncomingRequest, octets: Uint8Array): void {
    this.#chunk!.write(octets);
    this.#passed(connection);
  }
  onFinish(connection: Connection, request: IncomingRequest, continuation: "$" | "+" | "#"): void {
    this.#chunk!.finish(continuation);
    connection.respond(request, 200);
  }
  onLost(): void {}
  #passed(connection: Connection): void {
    this.most = Math.max(this.most, this.target.queued);
    connection.holdFor(this.target);
  }
}

function fields(request: IncomingRequest) {
  const { messageId, start, end, total } = request;
  return { messageId, start, end, total };
}

/** Adds up what arrives, and looks at every octet of it. */
class Sink implements SessionEnd {
  octets = 0;
  done = false;
  admit(): number {
    return 200;
  }
  onWhole(_: Connection, request: IncomingRequest, body: Uint8Array, continuation: "$" | "+" | "#"): void {
    assert.equal(request.start, this.octets + 1);
    this.#take(body);
    this.done = continuation === "$";
  }
  onBegin(_: Connection, request: IncomingRequest): void {
    assert.equal(request.start, this.octets + 1);
  }
  onPiece(_: Connection, _request: IncomingRequest, octets: Uint8Array): void {
    this.#take(octets);
  }
  onFinish(_: Connection, _request: IncomingRequest, continuation: "$" | "+" | "#"): void {
    this.done = continuation === "$";
  }
  onLost(): void {}
  #take(octets: Uint8Array): void {
    for (const octet of octets) if (octet !== pattern(this.octets++)) assert.fail(`octet ${this.octets}`);
  }
}

function pattern(position: number): number {
  return (position * 7 + (position >> 8)) & 255;
}

for (const chunk of [1_000, 8_192, 65_536, Infinity]) {
  Deno.test(`a reader that stands still stops the sender: 64 KiB are held, chunks of ${chunk}; then all arrives`, async () => {
    const [source, box, sinkBoard] = [board(), board(), board()];
    const [from, boxIn] = MemoryDuplex.pair({ host: "10.0.0.1", port: 1 }, { host: "10.0.0.2", port: 2 });
    const [boxOut, to] = MemoryDuplex.pair({ host: "10.0.0.2", port: 3 }, { host: "10.0.0.3", port: 4 });
    box.accept(boxIn);
    sinkBoard.accept(to);
    const passing = new PassingEnd(box.accept(boxOut)!);
    const sink = new Sink();
    box.add("box", passing);
    sinkBoard.add("sink", sink);
    const sender = source.accept(from)!;
    const total = 4_000_000;
    let sent = 0;
    let open: OutgoingChunk | null = null;
    let inChunk = 0;
    const feeding = {
      onRoom(): void {
        while (sent < total && !sender.full) {
          open ??= sender.begin(head({ toPath: "msrp://box:1/box;tcp", start: sent + 1, total }), null)!;
          const piece = new Uint8Array(Math.min(10_000, total - sent, chunk - inChunk));
          for (let i = 0; i < piece.length; i++) piece[i] = pattern(sent + i);
          open.write(piece);
          sent += piece.length;
          inChunk += piece.length;
          if (inChunk < chunk && sent < total) continue;
          open.finish(sent === total ? "$" : "+");
          open = null;
          inChunk = 0;
        }
        if (sent < total) sender.whenRoom(feeding);
      },
    };
    to.pause();
    feeding.onRoom();
    await turn();
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.ok(sent < 200_000, `${sent} octets left the sender`);
    assert.ok(passing.target.full);
    to.resume();
    while (!sink.done) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(sink.octets, total);
    // Small chunks carry a head and an end-line each.
    assert.ok(passing.most <= 65_536 + (chunk === 1_000 ? 16_384 : 4_096), `${passing.most} octets were held`);
    for (const each of [source, box, sinkBoard]) each.close("done");
    await turn();
  });
}

Deno.test("many sources and one slow connection: each is held, and the connection they share lives", async () => {
  const [box, sinkBoard] = [board(), board()];
  const [boxOut, to] = MemoryDuplex.pair({ host: "10.0.0.2", port: 3 }, { host: "10.0.0.3", port: 4 });
  sinkBoard.accept(to);
  const shared = box.accept(boxOut)!;
  const count = 60, size = 200_000;
  const sinks = Array.from({ length: count }, (_, i) => {
    const sink = new Sink();
    sinkBoard.add(`sink${i}`, sink);
    return sink;
  });
  const senders = Array.from({ length: count }, (_, i) => {
    const [from, boxIn] = MemoryDuplex.pair({ host: "10.0.0.1", port: 1 }, { host: "10.0.0.2", port: 2 });
    const source = board();
    box.accept(boxIn);
    box.add(`box${i}`, new PassingEnd(shared, `msrp://sink:1/sink${i};tcp`));
    return { board: source, connection: source.accept(from)! };
  });
  to.pause();
  const body = new Uint8Array(size).map((_, i) => pattern(i));
  senders.forEach(({ connection }, i) => {
    connection.send(head({ toPath: `msrp://box:1/box${i};tcp`, total: size }), body, "$", null);
  });
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(shared.open, true, "all their sessions would be lost");
  assert.ok(shared.queued <= count * 65_536, `${shared.queued} octets are held`);
  to.resume();
  for (let i = 0; i < 2_000 && shared.open && !sinks.every(({ done }) => done); i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.deepEqual(sinks.map(({ octets }) => octets), sinks.map(() => size));
  for (const each of [box, sinkBoard, ...senders.map(({ board }) => board)]) each.close("done");
  await turn();
});
