import assert from "node:assert/strict";
import fc from "fast-check";
import { toLatin1 } from "../../foundation/mod.ts";
import { reply, requestText, responseTo, World } from "./testing/transaction_world.ts";

const DIRECTORY = new URL("./testdata/rfc4475/", import.meta.url);

/** A datagram as a framer hands it on: head through the empty line, and the rest. */
function framed(octets: Uint8Array): { head: string; body: Uint8Array } {
  const text = toLatin1(octets);
  const end = text.indexOf("\r\n\r\n");
  const at = end < 0 ? text.length : end + 4;
  return { head: text.slice(0, at), body: octets.subarray(at) };
}

Deno.test("every torture message of RFC 4475 passes the whole layer, twice, without a fault and with one answer at most each time", () => {
  let files = 0;
  for (const { name } of Deno.readDirSync(DIRECTORY)) {
    if (!name.endsWith(".dat")) continue;
    files++;
    const world = new World();
    const flow = world.flow("udp", "192.0.2.77", 5061);
    world.core.answer = (transaction) => reply(transaction, 200);
    const { head, body } = framed(Deno.readFileSync(new URL(name, DIRECTORY)));
    for (let i = 0; i < 2; i++) world.receiver.onMessage(flow, head, body);
    const sent = world.wires.flows.reduce((sum, each) => sum + each.sent.length, 0);
    assert.ok(sent <= 2, `${name}: ${sent} answers`);
    assert.ok(world.core.requests.length <= 1 || head.startsWith("ACK"), `${name} went up twice`);
    assert.equal(world.metric(`sip_messages_dropped_total{why="fault"}`), 0, name);
    world.time.advance(400_000);
    assert.equal(world.layer.serverCount, 0, name);
    assert.equal(world.time.timers.size, 0, name);
  }
  assert.ok(files >= 40, `only ${files} files`);
});

Deno.test("no change of octets makes the layer fault, and a good client is served all the while", () => {
  const world = new World();
  world.core.answer = (transaction) => reply(transaction, 200);
  const flow = world.flow();
  world.start("INVITE", flow);
  world.start("MESSAGE", flow);
  const via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKabc;rport";
  const seeds = [
    ...["MESSAGE", "INVITE", "ACK", "CANCEL"].map((method) => requestText(method, { via })),
    requestText("INVITE", { via: "SIP/2.0/UDP 192.0.2.9" }),
    responseTo(world.flow().last(), 200),
    responseTo(world.flow().last(), 180),
  ];
  const edit = fc.record({
    at: fc.nat(400),
    cut: fc.nat(12),
    put: fc.oneof(
      fc.constantFrom(
        "",
        "\r\n",
        ":",
        ";",
        ",",
        "<",
        ">",
        '"',
        "\\",
        " ",
        "\0",
        "\xff",
        "z9hG4bK",
        "CANCEL",
        "ACK",
        "tag=",
      ),
      fc.string({ maxLength: 4 }),
    ),
  });
  let good = 0;
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }), (seed, edits) => {
      let text = seed;
      for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
      world.receiver.onMessage(flow, text, new Uint8Array(0));
      assert.equal(world.metric(`sip_messages_dropped_total{why="fault"}`), 0, text);
      const before = world.core.requests.length;
      world.wires.receive(flow, requestText("MESSAGE", { via: via.replace("abc", `good${good++}`) }));
      assert.equal(world.core.requests.length, before + 1);
    }),
    { numRuns: 1_000 },
  );
  world.time.advance(500_000);
  assert.equal(world.layer.serverCount, 0);
  assert.equal(world.layer.clientCount, 0);
  assert.equal(world.time.timers.size, 0);
});
