import assert from "node:assert/strict";
import { concatBytes } from "../../foundation/mod.ts";
import { RELAYED_CHUNK } from "./chunk_writer.ts";
import type { Connection } from "./connection.ts";
import type { RequestHead } from "./frame.ts";
import { tryParseMsrpUri } from "./msrp_uri.ts";
import { WireWorld } from "./forward/testing/wire_world.ts";

const DIRECT = "msrp://peer.test:2855/p1;tcp";
const RELAYED = `msrp://peer.test:2855/use1;tcp ${DIRECT}`;

function head(toPath: string, total: number, method = "SEND"): RequestHead {
  return {
    method,
    toPath,
    fromPath: "msrp://us.test:1/us1;tcp",
    messageId: "m1m1",
    start: 1,
    end: total,
    total,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "text/plain",
    others: "",
  };
}

/** What a raw peer gets of one body, and what the sender is told. */
async function sent(
  toPath: string,
  size: number,
  write: (connection: Connection, body: Uint8Array, told: { onResponse(status: number): void }) => void,
) {
  const world = new WireWorld();
  const uri = tryParseMsrpUri(DIRECT)!;
  const connection = world.box("us.test").connect(uri, { share: false, fingerprints: [], address: null })!;
  const told: number[] = [];
  const body = new Uint8Array(size).map((_, i) => i % 251);
  write(connection, body, { onResponse: (status) => told.push(status) });
  await world.settle(12);
  const { seen } = world.reached("peer.test");
  assert.deepEqual(concatBytes(seen.map(({ body }) => body)), body);
  let next = 1;
  for (const [i, { request, body, continuation }] of seen.entries()) {
    assert.equal(request.start, next, toPath);
    assert.equal(continuation, i === seen.length - 1 ? "$" : "+");
    next += body.length;
  }
  assert.deepEqual(told, [200], "told once");
  return seen.map(({ body }) => body.length);
}

Deno.test("to a relay no frame has more than it takes, however the body is written", async () => {
  const size = 3 * RELAYED_CHUNK + 77;
  const frames = [RELAYED_CHUNK, RELAYED_CHUNK, RELAYED_CHUNK, 77];
  const whole = await sent(RELAYED, size, (connection, body, told) => {
    assert.ok(connection.send(head(RELAYED, size), body, "$", told));
  });
  assert.deepEqual(whole, frames);
  for (const piece of [1000, RELAYED_CHUNK, 20_000]) {
    const lengths = await sent(RELAYED, size, (connection, body, told) => {
      const chunk = connection.begin(head(RELAYED, size), told)!;
      for (let at = 0; at < size; at += piece) chunk.write(body.subarray(at, at + piece));
      chunk.finish("$");
    });
    assert.deepEqual(lengths, frames, `in pieces of ${piece}`);
  }
});

Deno.test("what ends where a frame ends has no empty frame behind it", async () => {
  const lengths = await sent(RELAYED, 2 * RELAYED_CHUNK, (connection, body, told) => {
    connection.send(head(RELAYED, body.length), body, "$", told);
  });
  assert.deepEqual(lengths, [RELAYED_CHUNK, RELAYED_CHUNK]);
});

Deno.test("to the peer itself one chunk is one frame", async () => {
  const lengths = await sent(DIRECT, 60_000, (connection, body, told) => {
    const chunk = connection.begin(head(DIRECT, 60_000), told)!;
    chunk.write(body);
    chunk.finish("$");
  });
  assert.deepEqual(lengths, [60_000]);
});
