/** Contacts that name nothing but the client's own end of its connection; devices that come back after a restart of the box. */
import assert from "node:assert/strict";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { ALICE, INSTANCE, RegisterWorld } from "./testing/register_world.ts";

const HOST = "192.0.2.10", PORT = 41_000;
const OWN_END = `Contact: <sip:a@${HOST}:${PORT};transport=tcp>`;

function isFlowOnly(contact: string, flow: FakeFlow): boolean {
  const world = new RegisterWorld();
  assert.equal(world.register(contact, { flow }).status, 200);
  return world.registrar.location.bindings(ALICE)[0].flowOnly;
}

Deno.test("who registers the own end of a TCP or TLS connection is gone when that is", () => {
  for (const transport of ["tcp", "tls"] as const) {
    const world = new RegisterWorld();
    const flow = new FakeFlow(transport, HOST, PORT);
    world.register(OWN_END, { flow });
    assert.equal(world.contacts().length, 1);
    flow.close("reset");
    assert.deepEqual(world.contacts(), []);
    assert.match(world.happened.at(-1)!, /^unregistered .* flow$/);
    assert.equal(world.registrations.disk.size, 0);
  }
});

Deno.test("any other Contact may be reached anew: another port, another host, a name, a port for doors, a datagram", () => {
  const tcp = () => new FakeFlow("tcp", HOST, PORT);
  assert.ok(isFlowOnly(OWN_END, tcp()));
  assert.ok(isFlowOnly("Contact: <sip:a@[2001:DB8::1]:41000>", new FakeFlow("tcp", "2001:db8::1", PORT)));
  for (
    const contact of [
      `Contact: <sip:a@${HOST};transport=tcp>`,
      `Contact: <sip:a@${HOST}:41001;transport=tcp>`,
      `Contact: <sip:a@192.0.2.11:${PORT};transport=tcp>`,
      `Contact: <sip:a@phone.example.test:${PORT};transport=tcp>`,
    ]
  ) assert.ok(!isFlowOnly(contact, tcp()), contact);
  assert.ok(!isFlowOnly(`Contact: <sip:a@${HOST}:5062>`, new FakeFlow("tcp", HOST, 5062)), "a door");
  assert.ok(!isFlowOnly(OWN_END, new FakeFlow("udp", HOST, PORT)));
});

Deno.test("behind an edge that is named in Path it is the edge that reaches the client", () => {
  const lines = `${OWN_END}\nSupported: path\nPath: <sip:edge.test;lr>`;
  assert.ok(!isFlowOnly(lines, new FakeFlow("tcp", HOST, PORT)));
});

Deno.test("of several contacts of one REGISTER only that of the connection goes with it", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp", HOST, PORT);
  world.register(`${OWN_END}\nContact: <sip:desk@192.0.2.20>`, { flow });
  flow.close("reset");
  assert.deepEqual(world.contacts(), ["sip:desk@192.0.2.20"]);
});

Deno.test("a refresh over the same connection is one; the next connection makes another device of it, and the old one ends alone", () => {
  const world = new RegisterWorld();
  const first = new FakeFlow("tcp", HOST, PORT);
  world.register(OWN_END, { flow: first });
  world.register(OWN_END, { flow: first });
  assert.equal(world.happened.at(-1), `refreshed sip:a@${HOST}:${PORT};transport=tcp`);
  const second = new FakeFlow("tcp", HOST, PORT + 1);
  world.register(OWN_END.replace(`${PORT}`, `${PORT + 1}`), { flow: second });
  first.close("reset");
  assert.deepEqual(world.contacts(), [`sip:a@${HOST}:${PORT + 1};transport=tcp`]);
  // With an instance id it is the same device, at once.
  world.register(`${OWN_END};${INSTANCE}`, { flow: new FakeFlow("tcp", HOST, PORT), callId: "b" });
  world.register(`${OWN_END.replace(`${PORT}`, "42000")};${INSTANCE}`, {
    flow: new FakeFlow("tcp", HOST, 42_000),
    callId: "c",
  });
  assert.equal(world.contacts().length, 2);
});

Deno.test("the same end of a connection made anew is served anew, and its old end harms it no more", () => {
  const world = new RegisterWorld();
  const old = new FakeFlow("tcp", HOST, PORT);
  world.register(OWN_END, { flow: old });
  world.register(OWN_END, { flow: new FakeFlow("tcp", HOST, PORT) });
  assert.match(world.happened.at(-1)!, /^registered /);
  old.close("reset");
  assert.equal(world.contacts().length, 1);
});

Deno.test("after a restart who had a connection is about to come back: until he does, or his time is over", () => {
  const before = new RegisterWorld();
  before.register(`${OWN_END};${INSTANCE};expires=600`, { flow: new FakeFlow("tcp", HOST, PORT) });
  before.register("Contact: <sip:bob@192.0.2.20>", { user: "sip:bob@example.test", callId: "bob" });
  assert.ok(!before.registrar.table.isReturning(ALICE), "he is here");
  const world = before.restarted();
  const { table, location } = world.registrar;
  assert.deepEqual(location.bindings(ALICE), []);
  assert.ok(table.isReturning(ALICE));
  assert.ok(!table.isReturning("sip:bob@example.test"), "a datagram needs no connection");
  assert.ok(!table.isReturning("sip:carol@other.test"));
  world.register(`${OWN_END};${INSTANCE};expires=600`, { flow: new FakeFlow("tcp", HOST, PORT), callId: "anew" });
  assert.ok(!table.isReturning(ALICE));
  assert.equal(world.contacts().length, 1);

  const late = before.restarted();
  assert.ok(late.registrar.table.isReturning(ALICE));
  // Not even where nobody has swept yet.
  late.time.advance(600_000);
  assert.ok(!late.registrar.table.isReturning(ALICE));
});

Deno.test("after a restart a device without an instance takes the place of what it was, from the end of its next connection", () => {
  const before = new RegisterWorld();
  before.register(OWN_END, { flow: new FakeFlow("tcp", HOST, PORT) });
  before.register(OWN_END.replace(`${PORT}`, "42000"), { flow: new FakeFlow("tcp", HOST, 42_000), callId: "other" });
  const world = before.restarted();
  const { table } = world.registrar;
  const next = OWN_END.replace(`${PORT}`, "43000");
  world.register(next, { flow: new FakeFlow("tcp", HOST, 43_000), cseq: 7 });
  assert.ok(table.isReturning(ALICE), "the other device is not back yet");
  assert.equal(world.contacts().length, 1);
  world.register(OWN_END.replace(`${PORT}`, "44000"), {
    flow: new FakeFlow("tcp", HOST, 44_000),
    callId: "other",
    cseq: 7,
  });
  assert.deepEqual([table.isReturning(ALICE), world.contacts().length], [false, 2]);
  world.register(`${next};expires=0`, { flow: new FakeFlow("tcp", HOST, 43_000), cseq: 8 });
  assert.deepEqual([table.isReturning(ALICE), world.contacts().length], [false, 1]);
});

Deno.test("what is no end of the connection takes nobody's place", () => {
  const before = new RegisterWorld();
  before.register(OWN_END, { flow: new FakeFlow("tcp", HOST, PORT) });
  const world = before.restarted();
  world.register("Contact: <sip:desk@192.0.2.20>", { flow: new FakeFlow("tcp", HOST, 43_000), cseq: 7 });
  assert.ok(world.registrar.table.isReturning(ALICE));
});

Deno.test("an administrator who ends registrations ends those that are about to come back, too", () => {
  const before = new RegisterWorld();
  before.register(OWN_END, { flow: new FakeFlow("tcp", HOST, PORT) });
  const world = before.restarted();
  assert.equal(world.registrar.reject(ALICE), 1);
  assert.ok(!world.registrar.table.isReturning(ALICE));
});

Deno.test("connections that end because the box stops take nobody with them", () => {
  const before = new RegisterWorld();
  const flow = new FakeFlow("tcp", HOST, PORT);
  before.register(OWN_END, { flow });
  before.registrar.close();
  flow.close("shutting down");
  assert.deepEqual(before.happened.filter((text) => text.startsWith("unregistered")), []);
  assert.ok(before.restarted().registrar.table.isReturning(ALICE));
});
