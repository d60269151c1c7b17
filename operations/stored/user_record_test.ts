import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import type { Subscriber } from "../../storage/mod.ts";
import { credentialsFor } from "../../roles/sip_core/mod.ts";
import { FakeAuditLog, FakeSubscribers, subscriber } from "../../roles/sip_core/testing/fake_storage.ts";
import { StoredOperations, type StoredOperationsOptions } from "./stored_operations.ts";
import { PROFILE_DEFAULTS, type ProfileDefaults, subscriberOf, tidied, withDefaults } from "./user_record.ts";

const ALICE = "sip:alice@example.test";
const QUOTA = { messages: 5, octets: 500 };

function operationsOf(users: readonly Subscriber[], defaults: () => ProfileDefaults = () => PROFILE_DEFAULTS) {
  const subscribers = new FakeSubscribers(users);
  const storage = { subscribers, auditLog: new FakeAuditLog(), settings: { get: () => undefined, set: () => {} } };
  const operations = new StoredOperations({
    storage: storage as unknown as StoredOperationsOptions["storage"],
    clock: new FakeTime(),
    data: "",
    domains: ["example.test"],
    version: "0",
    actor: "test",
    defaults,
  });
  return { operations, subscribers };
}

const typed = (uri: string) => ({ uri, password: "x", display_name: "", e164: "" });

Deno.test("the provider's defaults are in every new record, and change nobody who is there", async () => {
  let defaults: ProfileDefaults = { deferral: "never", quota: QUOTA };
  const { operations, subscribers } = operationsOf([subscriber(ALICE, "old")], () => defaults);
  const users = [typed(ALICE), typed("sip:bob@example.test")];
  await operations.addUsers({ users, replace: true, dry_run: false });
  const { credentials } = subscriberOf(typed("sip:carol@example.test"), undefined, 0);
  const carol = { ...typed("sip:carol@example.test"), credentials, state: "unsubscribed" as const };
  await operations.addWithCredentials(carol);
  for (const name of ["bob", "carol"]) {
    const { deferral, quota } = subscribers.get(`sip:${name}@example.test`)!;
    assert.deepEqual([deferral, quota], ["never", QUOTA], name);
  }
  const { deferral, quota } = subscribers.get(ALICE)!;
  assert.deepEqual([deferral, quota], ["offline", undefined]);
  defaults = PROFILE_DEFAULTS;
  await operations.addUsers({ users: [typed("sip:dave@example.test")], replace: false, dry_run: false });
  assert.ok(!("quota" in subscribers.get("sip:dave@example.test")!));
});

Deno.test("a user with known credentials is added as they are, once, with a number nobody has", async () => {
  const { operations, subscribers } = operationsOf([subscriber(ALICE, "x", { e164: "+15550001" })]);
  const credentials = credentialsFor("bob", "example.test", "secret", "+15550002");
  const add = (uri: string, e164: string) =>
    operations.addWithCredentials({ uri, display_name: " Bob ", e164, credentials, state: "active" });
  await assert.rejects(add(ALICE, ""), /exists already/);
  await assert.rejects(add("sip:bob@example.test", "+15550001"), /is the number of/);
  await assert.rejects(add("no address", ""), (error: Error & { kind?: string }) => error.kind === "invalid");
  await add("sip:bob@example.test", "+1 555 0002");
  const bob = subscribers.get("sip:bob@example.test")!;
  assert.deepEqual([bob.credentials, bob.e164, bob.displayName], [credentials, "+15550002", "Bob"]);
});

Deno.test("a new password or name changes nothing else of a record", () => {
  const old = subscriber(ALICE, "x", { state: "barred", barredUntil: 5, quota: QUOTA, note: "n", deferral: "always" });
  const next = subscriberOf({ ...typed(ALICE), display_name: "Alice" }, old, 7);
  assert.deepEqual({ ...next, credentials: null }, { ...old, displayName: "Alice", changedAt: 7, credentials: null });
});

Deno.test("what belongs to a state goes with it", async () => {
  assert.equal(tidied(subscriber(ALICE, "x", { state: "barred", barredUntil: 5 })).barredUntil, 5);
  assert.ok(!("barredUntil" in tidied(subscriber(ALICE, "x", { barredUntil: 5 }))));
  assert.equal(tidied(subscriber(ALICE, "x", { state: "unsubscribed", leftAt: 5 })).leftAt, 5);
  const { operations, subscribers } = operationsOf([subscriber(ALICE, "x", { state: "barred", barredUntil: 5 })]);
  await operations.setState({ uri: ALICE, state: "active" });
  assert.ok(!("barredUntil" in subscribers.get(ALICE)!));
});

Deno.test("defaults without a quota leave none behind", () => {
  const user = withDefaults(subscriber(ALICE, "x", { quota: QUOTA }), PROFILE_DEFAULTS);
  assert.ok(!("quota" in user));
});

Deno.test("nobody can have an address of the service itself", () => {
  for (
    const uri of [
      "sip:system@example.test",
      "sip:SYSTEM@example.test",
      "sips:%73ystem@example.test",
      "sip:deferred@example.test",
      "sip:Delete@example.test",
    ]
  ) {
    assert.throws(
      () => subscriberOf(typed(uri), undefined, 0),
      /an address of the service itself; allowed: any other/,
      uri,
    );
  }
  assert.equal(subscriberOf(typed("sip:systems@example.test"), undefined, 0).aor, "sip:systems@example.test");
});
