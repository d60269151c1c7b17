import assert from "node:assert/strict";
import { clearImmediate, setImmediate } from "node:timers";
import { fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import type { DuplexUser } from "./duplex.ts";
import { MemoryDuplex, type MemoryDuplexOptions } from "./memory_duplex.ts";
import { turn } from "./testing/world.ts";

class Recorder implements DuplexUser {
  readonly heard: string[] = [];
  octets = 0;
  readonly sizes: number[] = [];
  onOctetsHeard: () => void = () => {};
  onConnected(): void {
    this.heard.push("connected");
  }
  onOctets(octets: Uint8Array): void {
    this.octets += octets.length;
    this.sizes.push(octets.length);
    if (octets.length < 100) this.heard.push(toLatin1(octets));
    this.onOctetsHeard();
  }
  onWritten(): void {
    this.heard.push("written");
  }
  onClosed(reason: string): void {
    this.heard.push(reason);
  }
}

function octets(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromLatin1(text));
}

function pair(options?: MemoryDuplexOptions) {
  const [first, second] = MemoryDuplex.pair({ host: "10.0.0.1", port: 1 }, { host: "10.0.0.2", port: 2 }, options);
  const [a, b] = [new Recorder(), new Recorder()];
  return { first, second, a, b };
}

Deno.test("octets arrive after the turn, and the writer hears it", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  second.start(b);
  await turn();
  first.write(octets("hello"));
  assert.deepEqual(b.heard, []);
  await turn();
  assert.deepEqual(a.heard, ["connected", "written"]);
  assert.deepEqual(b.heard, ["hello"]);
  second.write(octets("hi"));
  await turn();
  assert.equal(a.heard.at(-1), "hi");
  assert.deepEqual([first.inbound, second.inbound, first.remote, first.transport], [
    false,
    true,
    second.local,
    "memory",
  ]);
  assert.equal(first.hasFingerprint("anything"), true);
});

Deno.test("what was written before the other end started is not lost", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  first.write(octets("early"));
  await turn();
  assert.deepEqual(a.heard, ["connected"]);
  second.start(b);
  await turn();
  assert.deepEqual(b.heard, ["early"]);
  assert.deepEqual(a.heard, ["connected", "written"]);
});

Deno.test("pieces are of 32 KiB at most, or as asked for, and are views", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  second.start(b);
  first.write(new Uint8Array(70_000));
  await turn();
  assert.deepEqual(b.sizes, [32_768, 32_768, 4_464]);
  const small = pair({ piece: 3, transport: "ws", hasFingerprint: (text) => text === "x", peerNames: ["peer"] });
  small.first.start(small.a);
  small.second.start(small.b);
  small.first.write(octets("abcdefgh"));
  await turn();
  assert.deepEqual(small.b.heard, ["abc", "def", "gh"]);
  assert.equal(small.first.transport, "ws");
  assert.equal(small.first.hasFingerprint("y"), false);
});

Deno.test("a reader that pauses holds its writer back, also in the middle of a write", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  second.start(b);
  b.onOctetsHeard = () => second.pause();
  first.write(new Uint8Array(70_000));
  await turn();
  assert.equal(b.octets, 32_768);
  assert.deepEqual(a.heard, ["connected"]);
  assert.throws(() => first.write(octets("x")));
  b.onOctetsHeard = () => {};
  second.resume();
  assert.equal(b.octets, 32_768);
  await turn();
  assert.equal(b.octets, 70_000);
  assert.deepEqual(a.heard, ["connected", "written"]);
});

Deno.test("end: what was written arrives first; then both are over, once", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  second.start(b);
  second.pause();
  first.write(octets("last"));
  first.end();
  first.write(octets("too late"));
  await turn();
  assert.deepEqual(b.heard, []);
  second.resume();
  await turn();
  assert.deepEqual(b.heard, ["last", "closed by the peer"]);
  assert.deepEqual(a.heard, ["connected", "written", "closed"]);
  first.destroy();
  second.destroy();
  second.write(octets("x"));
  await turn();
  assert.equal(b.heard.length, 2);
});

Deno.test("destroy: at once, nothing more arrives", async () => {
  const { first, second, a, b } = pair();
  first.start(a);
  second.start(b);
  first.write(octets("lost"));
  second.destroy();
  assert.deepEqual(b.heard, []);
  await turn();
  assert.deepEqual(b.heard, ["closed"]);
  assert.deepEqual(a.heard.at(-1), "closed by the peer");
});

Deno.test("a long transfer lets timers and sockets have their turn", async () => {
  const { first, second, a, b } = pair();
  second.start(b);
  let turns = 0;
  let left = 64;
  let done = () => {};
  const finished = new Promise<void>((resolve) => done = resolve);
  a.onWritten = () => {
    if (left-- > 0) first.write(new Uint8Array(131_072));
    else done();
  };
  let immediate = setImmediate(function turned() {
    turns++;
    immediate = setImmediate(turned);
  });
  first.start(a);
  first.write(new Uint8Array(131_072));
  await finished;
  clearImmediate(immediate);
  assert.equal(b.octets, 65 * 131_072);
  assert.ok(turns >= 6, `${turns} turns in 8 MiB`);
});
