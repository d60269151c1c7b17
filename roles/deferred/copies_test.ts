import assert from "node:assert/strict";
import { StorageError } from "../../storage/mod.ts";
import { ALICE, BOB, PushWorld } from "./testing/push_world.ts";

const PHONE = "<urn:uuid:phone>", DESK = "<urn:uuid:desk>";

/** Devices that have been seen, written down by the delivery itself. */
class Known {
  readonly devices = new Map<string, string[]>();
  seen(aor: string, instance: string): void {
    const known = this.devices.get(aor) ?? [];
    this.devices.set(aor, [instance, ...known.filter((other) => other !== instance)]);
  }
  of(aor: string): readonly string[] {
    return this.devices.get(aor) ?? [];
  }
}

function world(copies: "first" | "each" = "each"): { world: PushWorld; settings: { copies: "first" | "each" } } {
  const settings = { copies };
  const made = new PushWorld({ copies: settings, knownDevices: new Known() });
  for (const instance of [PHONE, DESK]) {
    made.register(instance === PHONE ? "203.0.113.1" : "203.0.113.2", { instance });
  }
  made.places.clear();
  return { world: made, settings };
}

function devicesOf(world: PushWorld): string[] {
  return [...world.store.messages.values()].map(({ device }) => device).sort();
}

Deno.test("each known device gets a copy of what comes while nobody is there, and nothing is for any device", async () => {
  const { world: box } = world();
  const content = box.contents.add(new Uint8Array(100_000).fill(65));
  await box.stored({ text: "one" });
  await box.stored({ mode: "large", body: new Uint8Array(0), content });
  assert.deepEqual(devicesOf(box), [DESK, DESK, PHONE, PHONE]);
  const contents = [...box.store.messages.values()].map((message) => message.content ?? null).filter((c) => c !== null);
  assert.deepEqual(contents, [content, content], "one content for all copies");
  box.register("203.0.113.1", { instance: PHONE });
  await box.pass(200);
  const phone = await box.take(box.last("INVITE"));
  await box.quiet();
  assert.equal(phone.bodies.length, 2);
  assert.deepEqual(devicesOf(box), [DESK, DESK]);
  box.register("203.0.113.2", { instance: DESK });
  await box.pass(200);
  assert.equal((await box.take(box.last("INVITE"))).texts[0], "one");
  await box.quiet();
  assert.equal(box.store.count, 0);
});

Deno.test("with one copy for all, or no device known, there is one for any; the setting is live", async () => {
  const { world: box, settings } = world("first");
  await box.stored({ text: "one" });
  assert.deepEqual(devicesOf(box), [""]);
  settings.copies = "each";
  await box.stored({ text: "two" });
  await box.stored({ recipient: "sip:carol@example.test" });
  assert.deepEqual(devicesOf(box), ["", "", DESK, PHONE]);
});

Deno.test("what was for any device before the copies comes before them", async () => {
  const { world: box, settings } = world("first");
  await box.stored({ text: "one" });
  settings.copies = "each";
  await box.stored({ text: "two" });
  box.register("203.0.113.1", { instance: PHONE });
  await box.pass(200);
  assert.deepEqual((await box.take(box.last("INVITE"))).texts, ["one", "two"]);
});

Deno.test("what is for one device already, or is still being tried, is stored once", async () => {
  const { world: box } = world();
  await box.stored({ device: PHONE });
  assert.deepEqual(devicesOf(box), [PHONE]);
  const parts = {
    recipient: BOB,
    device: "",
    sender: ALICE,
    arrivedAt: 0,
    expiresAt: 1e15,
    headers: "",
    transaction: "x",
  };
  await new Promise((done) => box.delivery.post({ ...parts, body: new Uint8Array(0) }, done, true));
  assert.deepEqual(devicesOf(box), ["", PHONE]);
});

Deno.test("one safe copy is enough for the sender; where there is none, the sender is told why", async () => {
  const { world: box } = world();
  box.store.quota = 1;
  const parts = { recipient: BOB, device: "", sender: ALICE, arrivedAt: 0, expiresAt: 1e15, headers: "" };
  const store = (transaction: string) =>
    new Promise((done) => box.delivery.post({ ...parts, transaction, body: new Uint8Array(0) }, done));
  assert.deepEqual(await store("a"), { kind: "stored", id: 1 });
  assert.deepEqual(await store("b"), { kind: "quota", limit: "count", allowed: 1 });
  assert.deepEqual(await store("a"), { kind: "duplicate", id: 1 });
  box.store.failure = new StorageError("failed", "no disk");
  assert.deepEqual(await store("c"), { kind: "failed", error: box.store.failure });
});
