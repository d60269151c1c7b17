import assert from "node:assert/strict";
import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { MemoryDuplex } from "../../../transport/msrp/mod.ts";
import type { Call } from "../../../transport/sip/mod.ts";
import { IntakeWorld, type Invited, mediaOf } from "./testing/intake_world.ts";

/** A connection of somebody who writes frames by hand. */
class Raw {
  text = "";
  readonly #duplex: MemoryDuplex;
  readonly #queue: string[] = [];
  #busy = false;
  #frames = 0;

  constructor(readonly world: IntakeWorld, readonly invited: Invited) {
    const [near, far] = MemoryDuplex.pair({ host: "198.51.100.9", port: 1 }, { host: "192.0.2.1", port: 2855 }, {
      transport: "tcp",
    });
    this.#duplex = near;
    world.box.accept(far);
    near.start(
      {
        onConnected: () => {},
        onOctets: (octets: Uint8Array) => void (this.text += toLatin1(octets)),
        onWritten: () => {
          this.#busy = false;
          this.#next();
        },
        onClosed: () => {},
      } as unknown as Parameters<MemoryDuplex["start"]>[0],
    );
  }

  write(text: string): void {
    this.#queue.push(text);
    this.#next();
  }

  #next(): void {
    const text = this.#busy ? undefined : this.#queue.shift();
    if (text === undefined) return;
    this.#busy = true;
    this.#duplex.write(Uint8Array.from(fromLatin1(text)));
  }

  /** A SEND; `lines` beside its path. */
  send(lines: string, body: string | null, end = "$", paths?: { from?: string }): void {
    const { received } = this.invited;
    const to = mediaOf(received.last).path[0], from = paths?.from ?? mediaOf(received.request).path[0];
    const tid = `tid${++this.#frames}xxxx`;
    const content = body === null ? "" : `\r\n${body}\r\n`;
    this.write(`MSRP ${tid} SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n${lines}${content}-------${tid}${end}\r\n`);
  }

  /** Status and comment of each response, in order. */
  get responses(): string[] {
    return [...this.text.matchAll(/^MSRP \S+ ([0-9]{3}[^\r]*)\r$/gm)].map(([, status]) => status);
  }
}

const TYPE = "Content-Type: text/plain\r\n";

async function raw(settings = {}): Promise<Raw> {
  const world = new IntakeWorld(settings);
  const invited = world.invite();
  world.within(invited.received, "ACK");
  const raw = new Raw(world, invited);
  await world.quiet();
  return raw;
}

function assertClean({ intake, contents, post }: IntakeWorld): void {
  assert.deepEqual([intake.budget.used, intake.writing, intake.reservations.of("sip:bob@example.test")], [0, 0, 0]);
  assert.equal(post.messages.length, 0);
  assert.equal(contents.writers.every(({ abandoned }) => abandoned), true);
}

Deno.test("only the sender of the INVITE may store: another From-Path is 403, another connection 506", async () => {
  const stranger = await raw();
  stranger.send(`Message-ID: m1xxxx\r\nByte-Range: 1-2/2\r\n${TYPE}`, "hi", "$", { from: "msrp://evil.test:1/x;tcp" });
  await stranger.world.quiet();
  assert.match(stranger.responses[0], /^403/);
  const owner = new Raw(stranger.world, stranger.invited);
  owner.send(`Message-ID: m1xxxx\r\nByte-Range: 1-0/0\r\n`, null);
  await stranger.world.quiet();
  assert.match(owner.responses[0], /^200/);
  const second = new Raw(stranger.world, stranger.invited);
  second.send(`Message-ID: m2xxxx\r\nByte-Range: 1-2/2\r\n${TYPE}`, "hi");
  await stranger.world.quiet();
  assert.match(second.responses[0], /^506/);
  assertClean(stranger.world);
});

Deno.test("sizes that are lies: more than may come is refused at once, octets behind the end, gaps and overlaps by what they are", async () => {
  const peer = await raw();
  const { world } = peer;
  peer.send(`Message-ID: m1xxxx\r\nByte-Range: 1-*/999999999999\r\n${TYPE}`, "hi", "+");
  peer.send(`Message-ID: m2xxxx\r\nByte-Range: 100000-*/*\r\n${TYPE}`, "hi", "+");
  peer.send(`Message-ID: m3xxxx\r\nByte-Range: 1-*/*\r\n${TYPE}`, "abcdef", "+");
  peer.send(`Message-ID: m3xxxx\r\nByte-Range: 2-3/*\r\n${TYPE}`, "bc", "$");
  peer.send(`Message-ID: m4xxxx\r\nByte-Range: 1-1/1\r\n`, "x", "$");
  peer.send(`Byte-Range: 1-1/1\r\n${TYPE}`, "x", "$");
  await world.quiet();
  const statuses = peer.responses.map((response) => response.slice(0, 3));
  assert.deepEqual(statuses, ["413", "413", "200", "400", "400", "400"]);
  assertClean(world);
});

Deno.test("overlaps that agree with the order are taken: what is here already is not stored twice", async () => {
  const peer = await raw();
  peer.send(`Message-ID: m1xxxx\r\nByte-Range: 1-*/6\r\n${TYPE}`, "abcd", "+");
  peer.send(`Message-ID: m1xxxx\r\nByte-Range: 3-*/6\r\n${TYPE}`, "cdef", "$");
  await peer.world.quiet();
  assert.deepEqual(peer.responses.map((response) => response.slice(0, 3)), ["200", "200"]);
  assert.equal(new TextDecoder().decode(peer.world.post.messages[0].body), "abcdef");
});

Deno.test("more messages at once than a session may have open: 413, and all are given up when nothing more comes", async () => {
  const peer = await raw();
  const { world } = peer;
  for (let i = 0; i < 40; i++) {
    peer.send(`Message-ID: open${i}xx\r\nByte-Range: 1-*/5000\r\n${TYPE}`, "x".repeat(50), "+");
  }
  await world.quiet();
  assert.equal(peer.responses.filter((response) => response.startsWith("413")).length, 24);
  assert.equal(world.intake.budget.used, 16 * 4096);
  world.time.advance(36_000);
  await world.quiet();
  assert.equal(world.byes.length, 1);
  assert.equal(peer.text.match(/Status: 000 408/g)?.length, 16, "each is reported as failed");
  assertClean(world);
});

Deno.test("header lines of a SEND cannot become others in the store", async () => {
  const peer = await raw();
  const { world } = peer;
  const lines = `Content-Disposition: x; name="\\r\\nFrom: evil"\r\nContent-Description: ${"d".repeat(2000)}\r\n`;
  peer.send(`Message-ID: m1xxxx\r\nByte-Range: 1-2/2\r\n${lines}${TYPE}`, "hi");
  await world.quiet();
  const [{ headers }] = world.post.messages;
  assert.equal(headers.match(/^From:/gm)!.length, 1);
  assert.doesNotMatch(headers, /Content-Description/);
  assert.match(headers, /(?:[^\r\n]+\r\n)+$/);
});

Deno.test("a call that ends before its 200 went out takes its session with it", () => {
  const world = new IntakeWorld();
  const { untaken, received } = world.invite();
  world.intake.onTimer();
  world.within(received, "ACK");
  const silent = { user: { onEnded() {} }, state: "inviting", accept() {}, end() {} } as unknown as Call;
  assert.equal(world.intake.take(silent, untaken), true);
  assert.equal(world.intake.size, 2);
  world.intake.close();
  assert.deepEqual([world.intake.size, world.box.size], [0, 0]);
});

Deno.test("a sender that takes the call back takes its session with it", () => {
  const world = new IntakeWorld();
  const { untaken } = world.invite({ kind: "large", status: 403 });
  const waiting = { user: { onEnded() {} }, state: "inviting", accept() {}, end() {} } as unknown as Call;
  world.intake.take(waiting, { ...untaken, status: 480 });
  assert.equal(world.intake.size, 1);
  waiting.user.onCancelled!(waiting, untaken.exchange.request);
  world.time.advance(2_100);
  assert.deepEqual([world.intake.size, world.box.size], [0, 0]);
});
