import assert from "node:assert/strict";
import { parseUri } from "../../transport/sip/mod.ts";
import { GruuMaker, isGruu, publicInstance } from "./gruu.ts";
import { ALICE, INSTANCE, RegisterWorld } from "./testing/register_world.ts";
import { FakeFlow } from "./testing/fake_exchange.ts";

const URN = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";
const PHONE = `Contact: <sip:phone@192.0.2.1>;${INSTANCE}\nSupported: gruu`;
const gruuOf = (contact: string | undefined, kind: "pub" | "temp") =>
  new RegExp(`${kind}-gruu="([^"]+)"`).exec(contact ?? "")?.[1] ?? "";

Deno.test("a temporary GRUU gives back its index, to its maker only, and no two are alike", () => {
  const maker = new GruuMaker(new Uint8Array(32).fill(1));
  const made = new Set<string>();
  for (const index of [0, 1, 2 ** 48 - 1, 1, 1]) {
    const gruu = maker.temporaryGruu(index, "example.test");
    made.add(gruu);
    const uri = parseUri(gruu);
    assert.ok(isGruu(uri));
    assert.equal(maker.index(uri.user), index);
    assert.equal(new GruuMaker(new Uint8Array(32).fill(2)).index(uri.user), null);
    const forged = uri.user.replace(/.$/, (c) => c === "A" ? "B" : "A");
    assert.equal(maker.index(forged), null);
  }
  assert.equal(made.size, 5);
  assert.equal(maker.index("alice"), null);
  assert.equal(maker.index("tgruu.short"), null);
  assert.throws(() => new GruuMaker(new Uint8Array(31)), RangeError);
});

Deno.test("a public GRUU holds any instance", () => {
  const maker = new GruuMaker(new Uint8Array(32));
  for (const instance of [URN, "<urn:x:a;b=c,d e>", "<urn:gsma:imei:90420156-025763-0>"]) {
    const uri = parseUri(maker.publicGruu(ALICE, instance));
    assert.equal(publicInstance(uri), instance);
    assert.equal(uri.user, "alice");
  }
});

Deno.test("a client that knows GRUUs gets both kinds, a new temporary one each time; others get none", () => {
  const world = new RegisterWorld();
  const first = world.register(PHONE).get("Contact");
  assert.equal(gruuOf(first, "pub"), "sip:alice@example.test;gr=urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF");
  const second = world.register(PHONE).get("Contact");
  assert.equal(gruuOf(second, "pub"), gruuOf(first, "pub"));
  assert.notEqual(gruuOf(second, "temp"), gruuOf(first, "temp"));
  const location = world.registrar.location;
  for (const gruu of [gruuOf(first, "pub"), gruuOf(first, "temp"), gruuOf(second, "temp")]) {
    assert.deepEqual(location.resolveGruu(parseUri(gruu)), { aor: ALICE, instance: URN }, gruu);
  }
  assert.equal(gruuOf(new RegisterWorld().register(PHONE.split("\n")[0]).get("Contact"), "pub"), "");
  assert.equal(
    gruuOf(new RegisterWorld().register("Contact: <sip:a@192.0.2.1>\nSupported: gruu").get("Contact"), "pub"),
    "",
  );
});

Deno.test("a GRUU leads to the bindings of its instance only", () => {
  const world = new RegisterWorld();
  world.register(PHONE, { callId: "a" });
  world.register("Contact: <sip:desk@192.0.2.2>", { callId: "b" });
  const contacts = world.registrar.location.instanceBindings(ALICE, URN).map((binding) => binding.contact);
  assert.deepEqual(contacts, ["sip:phone@192.0.2.1"]);
});

Deno.test("temporary GRUUs survive a restart and end with a new Call-ID or the last binding; public ones stay", () => {
  const world = new RegisterWorld();
  const contact = world.register(PHONE, { callId: "a" }).get("Contact");
  const again = world.restarted();
  const resolve = (gruu: string) => again.registrar.location.resolveGruu(parseUri(gruu));
  assert.deepEqual(resolve(gruuOf(contact, "temp")), { aor: ALICE, instance: URN });
  const renewed = again.register(PHONE, { callId: "b" }).get("Contact");
  assert.equal(resolve(gruuOf(contact, "temp")), null);
  assert.notEqual(resolve(gruuOf(renewed, "temp")), null);
  again.register("Contact: *\nExpires: 0", { callId: "b" });
  assert.equal(resolve(gruuOf(renewed, "temp")), null);
  assert.deepEqual(resolve(gruuOf(renewed, "pub")), { aor: ALICE, instance: URN });
});

Deno.test("a second flow of a device does not end the temporary GRUUs of the first", () => {
  const world = new RegisterWorld();
  const flow = (regId: number) =>
    `Contact: <sip:a@10.0.0.${regId}>;reg-id=${regId};${INSTANCE}\nSupported: gruu, outbound`;
  const first = world.register(flow(1), { flow: new FakeFlow("tcp"), callId: "a" }).get("Contact");
  world.register(flow(2), { flow: new FakeFlow("tcp"), callId: "b" });
  assert.notEqual(world.registrar.location.resolveGruu(parseUri(gruuOf(first, "temp"))), null);
});

Deno.test("what is no GRUU of ours resolves to nothing", () => {
  const location = new RegisterWorld().registrar.location;
  for (const uri of ["sip:alice@example.test", "sip:tgruu.x@example.test;gr", "sip:example.test;gr=x", "tel:+1555"]) {
    assert.equal(location.resolveGruu(parseUri(uri)), null, uri);
  }
});

Deno.test("GRUUs that a client proposes are ignored", () => {
  const world = new RegisterWorld();
  const answer = world.register(`Contact: <sip:p@192.0.2.1>;${INSTANCE};pub-gruu="sip:x@y";temp-gruu="sip:z@y"`);
  assert.ok(!answer.get("Contact")!.includes("gruu"));
});
