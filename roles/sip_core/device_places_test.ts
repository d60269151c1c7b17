import assert from "node:assert/strict";
import { AorRecord } from "./aor_record.ts";
import { DevicePlaces } from "./device_places.ts";
import { CoreWorld } from "./testing/core_world.ts";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { ALICE, RegisterWorld } from "./testing/register_world.ts";

const BOB = "sip:bob@example.test";

/** Who is there: `device sip:…`, `claimed sip:…`, `several`, or "" for nobody. */
function at(world: RegisterWorld, host: string, port = 5060, user = ""): string {
  const found = world.registrar.location.deviceAt(host, port, user);
  if (found === null) return "";
  return found.kind === "several" ? found.kind : `${found.kind} ${found.aor} ${found.binding.contact}`;
}

Deno.test("a device is found at the address of its Contact and at its source", async (t) => {
  const here = (contact: string) => `device ${ALICE} ${contact}`;
  const udp = () => new FakeFlow("udp", "203.0.113.1", 40_000);
  const cases: [name: string, contact: string, flow: FakeFlow, host: string, port: number, found: boolean][] = [
    ["port of its own", "sip:a@203.0.113.1:5070", udp(), "203.0.113.1", 5070, true],
    ["another port", "sip:a@203.0.113.1:5070", udp(), "203.0.113.1", 5071, false],
    ["default port", "sip:a@203.0.113.1", udp(), "203.0.113.1", 5060, true],
    ["its door for TLS", "sip:a@203.0.113.1", udp(), "203.0.113.1", 5061, true],
    ["its door for UDP", "sips:a@203.0.113.1", udp(), "203.0.113.1", 5060, true],
    ["source", "sip:a@203.0.113.1:5070", udp(), "203.0.113.1", 40_000, true],
    ["maddr", "sip:a@phone.test;maddr=203.0.113.1", udp(), "203.0.113.1", 5060, true],
    [
      "source of a browser",
      "sip:a@x.invalid;transport=ws",
      new FakeFlow("ws", "203.0.113.1", 41),
      "203.0.113.1",
      41,
      true,
    ],
    [
      "IPv6, as it likes",
      "sip:a@[2001:DB8::0:1]",
      new FakeFlow("udp", "2001:db8::1"),
      "2001:db8:0:0:0:0:0:1",
      5060,
      true,
    ],
    ["IPv4 in IPv6", "sip:a@203.0.113.1", udp(), "::ffff:203.0.113.1", 5060, true],
  ];
  for (const [name, contact, flow, host, port, found] of cases) {
    await t.step(name, () => {
      const world = new RegisterWorld();
      assert.equal(world.register(`Contact: <${contact}>`, { flow }).status, 200);
      assert.equal(at(world, host, port), found ? here(contact) : "");
    });
  }
});

Deno.test("an address that somebody only names as theirs is told apart", () => {
  const flow = () => new FakeFlow("udp", "203.0.113.1", 40_000);
  const claims = new RegisterWorld();
  claims.register("Contact: <sip:a@192.168.1.5:5070>", { flow: flow() });
  assert.equal(at(claims, "192.168.1.5", 5070), `claimed ${ALICE} sip:a@192.168.1.5:5070`);
  assert.equal(at(claims, "203.0.113.1", 40_000), `device ${ALICE} sip:a@192.168.1.5:5070`);

  const edge = new RegisterWorld();
  edge.register("Path: <sip:tok@198.51.100.7;lr>\nSupported: path\nContact: <sip:a@203.0.113.1>", { flow: flow() });
  assert.equal(at(edge, "203.0.113.1"), `claimed ${ALICE} sip:a@203.0.113.1`, "the edge may be next to it, or not");
  assert.equal(at(edge, "198.51.100.7"), `claimed ${ALICE} sip:a@203.0.113.1`);
  assert.equal(at(edge, "203.0.113.1", 40_000), "", "the edge's own end, not the device's");

  const name = new RegisterWorld();
  name.register("Contact: <sip:a@other.test>", { flow: flow() });
  assert.equal(at(name, "other.test"), "", "else it would claim the domain of others");
});

Deno.test("of several users at one address the user part tells which one; one alone is meant by any", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp", "203.0.113.1", 40_000);
  world.register("Contact: <sip:a@203.0.113.1:5070>", { flow });
  assert.equal(at(world, "203.0.113.1", 5070, "whoever"), `device ${ALICE} sip:a@203.0.113.1:5070`);
  world.register("Contact: <sip:b@203.0.113.1:5070>", { flow, user: BOB, callId: "b" });
  assert.equal(at(world, "203.0.113.1", 5070, "a"), `device ${ALICE} sip:a@203.0.113.1:5070`);
  assert.equal(at(world, "203.0.113.1", 5070, "b"), `device ${BOB} sip:b@203.0.113.1:5070`);
  assert.equal(at(world, "203.0.113.1", 5070, "whoever"), "several");
  // What is proven stands before what is claimed.
  world.register("Contact: <sip:b@203.0.113.9:5070>", { flow, user: BOB, callId: "b" });
  world.register("Contact: <sip:c@203.0.113.9:5070>", {
    flow: new FakeFlow("udp", "203.0.113.9", 5070),
    user: "sip:carol@other.test",
    callId: "c",
  });
  assert.equal(at(world, "203.0.113.9", 5070, "b"), "device sip:carol@other.test sip:c@203.0.113.9:5070");
});

Deno.test("of one user's devices at an address the one whose user part is named is meant", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp", "203.0.113.1", 40_000);
  world.register("Contact: <sip:a1@203.0.113.1:5070>, <sip:a2@203.0.113.1:5070>", { flow });
  for (const user of ["a1", "a2"]) {
    assert.equal(at(world, "203.0.113.1", 5070, user), `device ${ALICE} sip:${user}@203.0.113.1:5070`);
  }
});

Deno.test("who has moved, left or expired is found there no more; who came back after a restart is", () => {
  const world = new RegisterWorld();
  const from = (host: string) => ({ flow: new FakeFlow("udp", host, 5060) });
  world.register("Contact: <sip:a@203.0.113.1>;expires=600", from("203.0.113.1"));
  const restarted = world.restarted();
  assert.equal(at(restarted, "203.0.113.1"), `device ${ALICE} sip:a@203.0.113.1`);
  // A refresh from elsewhere.
  world.register("Contact: <sip:a@203.0.113.1>;expires=600", from("198.51.100.1"));
  assert.equal(at(world, "203.0.113.1"), `claimed ${ALICE} sip:a@203.0.113.1`);
  world.register("Contact: <sip:a@203.0.113.1>;expires=0", from("203.0.113.1"));
  assert.equal(at(world, "203.0.113.1"), "");
  assert.equal(at(world, "198.51.100.1"), "");
  restarted.time.advance(601_000);
  assert.equal(at(restarted, "203.0.113.1"), "");
});

Deno.test("trusted hops are no devices, and nothing is kept of those who are gone", () => {
  const world = new CoreWorld();
  world.user("bob");
  const bindings = [
    world.device("bob", "sip:bob@203.0.113.1:5070"),
    world.device("bob", "sip:bob@10.0.0.1", { source: { host: "198.51.100.1", port: 9 } }),
    world.device("bob", "sip:bob@192.0.2.99", { path: ["<sip:198.51.100.2;lr>"] }),
  ].map((binding, id) => ({ ...binding, id }));
  const places = new DevicePlaces((host) => host === "203.0.113.1");
  const record = new AorRecord(BOB);
  record.set(bindings);
  places.update(record);
  places.update(record);
  assert.equal(places.at("203.0.113.1", 5070, "bob", 0), null);
  assert.notEqual(places.at("198.51.100.1", 9, "", 0), null);
  assert.ok(places.size > 0);
  const others = ["sip:x@example.test", "sip:y@example.test"].map((aor) => {
    const other = new AorRecord(aor);
    other.set(bindings.slice(1));
    places.update(other);
    return other;
  });
  assert.deepEqual(places.at("198.51.100.1", 9, "", 0), { kind: "several" });
  for (const gone of [record, others[0]]) {
    gone.set([]);
    places.update(gone);
  }
  const left = places.at("198.51.100.1", 9, "", 0);
  assert.equal(left?.kind === "device" && left.aor, "sip:y@example.test");
  others[1].set([]);
  places.update(others[1]);
  assert.equal(places.size, 0);
});
