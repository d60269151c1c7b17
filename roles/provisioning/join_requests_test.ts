import assert from "node:assert/strict";
import { credentialsFor } from "../sip_core/mod.ts";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { type FieldFault, type SignUpForm } from "./join_requests.ts";
import { ALICE, form, ProvisioningWorld } from "./testing/provisioning_world.ts";

Deno.test("an open sign-up makes the user at once, not in the service until it is confirmed", async () => {
  const world = new ProvisioningWorld();
  world.defaults = { deferral: "always", quota: { messages: 5, octets: 500 } };
  assert.deepEqual(await world.requests.submit(form({ name: " Carol " }), "192.0.2.1"), {
    kind: "made",
    uri: "sip:carol@example.test",
  });
  const carol = world.subscribers.get("sip:carol@example.test")!;
  assert.equal(carol.state, "unsubscribed");
  assert.equal(carol.credentials.sha256, credentialsFor("carol", "example.test", "correct horse").sha256);
  assert.deepEqual([carol.deferral, carol.quota], ["always", { messages: 5, octets: 500 }]);
  assert.deepEqual(world.changes, [["sip:carol@example.test", "added"]]);
});

Deno.test("with approval it waits; the operator makes the user, who has the password that was chosen", async () => {
  const world = new ProvisioningWorld();
  world.settings = { open: true, confirm: "explicit", approval: true };
  const outcome = await world.requests.submit(form({ e164: "+1 555 0100" }), "192.0.2.1");
  assert.equal(outcome.kind, "waits");
  assert.equal(world.subscribers.get("sip:carol@example.test"), undefined);
  const [waiting] = world.service.listSignUps();
  assert.deepEqual([waiting.uri, waiting.e164, waiting.source], ["sip:carol@example.test", "+15550100", "192.0.2.1"]);
  const kept = JSON.stringify([...world.signUpRecords.entries()]);
  assert.ok(!kept.includes("correct horse"));
  // Nobody else gets what is waited for.
  assert.deepEqual(await faults(world, { e164: "+1 555 0101" }), ["name name_taken"]);
  assert.deepEqual(await faults(world, { name: "dave", e164: "+15550100" }), ["e164 number_taken"]);
  await world.service.approveSignUp(waiting.id, "admin:root");
  const carol = world.subscribers.get("sip:carol@example.test")!;
  assert.equal(carol.state, "unsubscribed");
  assert.deepEqual(carol.credentials, credentialsFor("carol", "example.test", "correct horse", "+15550100"));
  assert.deepEqual(world.service.listSignUps(), []);
  await assert.rejects(world.service.approveSignUp(waiting.id, "admin:root"), /there is no sign-up/);
});

Deno.test("a sign-up that is refused, or waits for more than 30 days, is gone", async () => {
  const world = new ProvisioningWorld();
  world.settings = { open: true, confirm: "implicit", approval: true };
  await world.requests.submit(form(), "192.0.2.1");
  await world.service.refuseSignUp(world.service.listSignUps()[0].id, "admin:root");
  assert.equal(world.subscribers.get("sip:carol@example.test"), undefined);
  assert.equal((await world.requests.submit(form(), "192.0.2.1")).kind, "waits");
  world.time.jump(30 * 86_400_000);
  assert.deepEqual(world.service.listSignUps(), []);
  await world.signUps.sweep();
  assert.equal(world.signUpRecords.size, 0);
  assert.deepEqual(world.audited(), ["sign_up system", "sign_up.refuse admin:root", "sign_up system"]);
});

Deno.test("an address that somebody took meanwhile is a conflict at the approval, and stays on the list", async () => {
  const world = new ProvisioningWorld();
  world.settings = { open: true, confirm: "implicit", approval: true };
  await world.requests.submit(form(), "192.0.2.1");
  await world.subscribers.put([subscriber("sip:carol@example.test", "other")]);
  const [{ id }] = world.service.listSignUps();
  await assert.rejects(world.service.approveSignUp(id, "admin:root"), /exists already/);
  assert.equal(world.service.listSignUps().length, 1);
});

Deno.test("the waiting list is bounded", async () => {
  const world = new ProvisioningWorld();
  world.settings = { open: true, confirm: "implicit", approval: true };
  const record = { display_name: "", e164: "", credentials: credentialsFor("a", "b", "c"), at: 0, source: "" };
  const at = world.time.now();
  for (let i = 0; i < 1000; i++) {
    await world.signUpRecords.put(`${i}`, { ...record, at, uri: `sip:u${i}@example.test` });
  }
  assert.equal((await world.requests.submit(form(), "192.0.2.1")).kind, "full");
});

Deno.test("each field says what is wrong with it; taken, reserved and waited for are one and the same answer", async (t) => {
  const cases: [name: string, more: Partial<SignUpForm>, expected: string[]][] = [
    ["taken", { name: "alice" }, ["name name_taken"]],
    ["taken in other letters", { name: "ALICE" }, ["name name_taken"]],
    ["reserved", { name: "postmaster" }, ["name name_taken"]],
    ["a space", { name: "a b" }, ["name name_allowed"]],
    ["an address", { name: "a@b" }, ["name name_allowed"]],
    ["markup", { name: "<script>" }, ["name name_allowed"]],
    ["too long", { name: "a".repeat(41) }, ["name name_allowed"]],
    ["a short password", { password: "1234567", again: "1234567" }, ["password password_short"]],
    ["a control character", { password: "12345678\u0007", again: "12345678\u0007" }, ["password password_allowed"]],
    ["another password", { again: "correct Horse" }, ["again password_differs"]],
    ["a name with a line break", { display_name: "Carol\r\nSubject: x" }, ["display_name display_name_allowed"]],
    ["several at once", { name: "?", password: "", again: "" }, ["name name_allowed", "password password_short"]],
  ];
  for (const [name, more, expected] of cases) {
    await t.step(name, async () => {
      const world = new ProvisioningWorld();
      assert.deepEqual(await faults(world, more), expected);
      assert.equal(world.subscribers.size, 1);
    });
  }
});

Deno.test("without a wish the address is made from the name, past those that are taken", async () => {
  const world = new ProvisioningWorld();
  const made = await world.requests.submit(form({ name: "", display_name: "Alice" }), "192.0.2.1");
  assert.deepEqual(made, { kind: "made", uri: "sip:alice2@example.test" });
  const root = await world.requests.submit(form({ name: "", display_name: "Root" }), "192.0.2.1");
  assert.deepEqual(root, { kind: "made", uri: "sip:root2@example.test" });
});

Deno.test("a number that nobody looked at is not given away", async () => {
  const world = new ProvisioningWorld();
  await world.requests.submit(form({ e164: "+15550100" }), "192.0.2.1");
  assert.equal(world.subscribers.get("sip:carol@example.test")!.e164, "");
  assert.equal(world.subscribers.get(ALICE)!.e164, "");
});

async function faults(world: ProvisioningWorld, more: Partial<SignUpForm>): Promise<string[]> {
  const outcome = await world.requests.submit(form(more), "192.0.2.1");
  assert.ok(outcome.kind === "faults", outcome.kind);
  return outcome.faults.map(({ field, fault }: FieldFault) => `${field} ${fault}`);
}
