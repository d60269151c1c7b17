import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import type { WirePeer } from "../forward/testing/wire_peer.ts";
import { FrameParser } from "../frame_parser.ts";
import type { ParsedRequest } from "../parsed_request.ts";
import { RelayClientPeer, RelayWorld } from "./testing/relay_world.ts";

interface Step {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** The blocks of the file with the URIs that the relays of this test handed out. */
function steps(uris: Record<string, string>): Step[] {
  const file = readFileSync(new URL("testdata/rfc4976_section3.txt", import.meta.url), "latin1");
  return file.split(/\n\n(?=\w+ -> \w+\n)/).slice(1).map((block) => {
    const [, from, to, frame] = /^(\w+) -> (\w+)\n([^]*)$/.exec(block)!;
    let text = `${frame.trimEnd()}\n`.replaceAll("\n", "\r\n");
    for (const [written, used] of Object.entries(uris)) text = text.replaceAll(written, used);
    return { from, to, text };
  });
}

interface Frame {
  readonly request: ParsedRequest | null;
  readonly body: string;
  readonly status: number;
}

function parsed(text: string): Frame {
  let frame: Frame | null = null;
  const fail = () => assert.fail("the example cannot be read");
  const parser = new FrameParser({
    onWhole: (request, body) => frame = { request, body: toLatin1(body), status: 0 },
    onBegin: fail,
    onPiece: fail,
    onFinish: fail,
    onResponse: (_tid, status) => frame = { request: null, body: "", status },
    onBadRequest: fail,
    onBroken: fail,
  });
  parser.push(fromLatin1(text));
  assert.notEqual(frame, null);
  return frame!;
}

Deno.test("RFC 4976 §3: Alice and Bob, each with a relay", async () => {
  const world = new RelayWorld();
  const a = world.relay("a.example.org");
  const b = world.relay("b.example.net");
  const join = async (host: typeof a, username: string, uri: string) => {
    const client = new RelayClientPeer(world, world.connect(host.box, { transport: "tls" }), username);
    Object.assign(client, { uri });
    return { wire: client.wire, use: await client.join(host.own) };
  };
  const alice = await join(a, "alice", "msrps://alice.example.org:7965/bar;tcp");
  const bob = await join(b, "bob", "msrps://bob.example.net:8145/foo;tcp");
  const wires: Record<string, WirePeer> = { alice: alice.wire, bob: bob.wire };
  const before = new Map(Object.values(wires).map((wire) => [wire, wire.responses.length]));
  const written = {
    "msrps://a.example.org:9000/kjfjan;tcp": alice.use,
    "msrps://b.example.net:9000/aeiug;tcp": bob.use,
  };
  let seenByClients = 0;
  for (const { from, to, text } of steps(written)) {
    if (from in wires) {
      wires[from].write(text);
      await world.settle();
      continue;
    }
    const expected = parsed(text);
    const wire = wires[to];
    if (expected.request === null) {
      assert.equal(wire.responses[before.get(wire)!].status, expected.status);
      continue;
    }
    const { request, body } = wire.seen.at(-1)!;
    const facts = (
      r: ParsedRequest,
    ) => [r.method, r.toPath, r.fromPath, r.messageId, r.successReport, r.status, r.contentType];
    assert.deepEqual(facts(request), facts(expected.request), `${from} -> ${to}`);
    assert.equal(toLatin1(body), expected.body);
    // A relay that knows the range writes it (§6.4.1); the example leaves it open.
    if (request.method === "REPORT") assert.deepEqual([request.start, request.end, request.total], [1, 39, 39]);
    else assert.deepEqual([request.start, request.end, request.total], [1, 39, -1]);
    seenByClients++;
  }
  assert.equal(seenByClients, 2);
});
