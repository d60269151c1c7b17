import assert from "node:assert/strict";
import { FakeRecords } from "./testing/fake_records.ts";
import { ALICE, BASE, ProvisioningWorld } from "./testing/provisioning_world.ts";
import { type InviteRecord, Invites } from "./invites.ts";
import { newLinkToken } from "./link_token.ts";

const DAY = 86_400_000;

Deno.test("an invitation's link is told once; what is kept does not open anything", async () => {
  const world = new ProvisioningWorld();
  const made = await world.service.invite({ uri: "alice@example.test", days: 7, max_uses: 5 }, "admin:root");
  assert.match(made.link, new RegExp(`^${BASE}/join/[\\w-]{43}$`));
  const token = made.link.slice(-43);
  const [[, kept]] = [...world.inviteRecords.entries()];
  assert.ok(!JSON.stringify(kept).includes(token));
  const [listed] = world.service.listInvites(ALICE);
  assert.ok(!("link" in listed) && !JSON.stringify(listed).includes(kept.hash));
  assert.equal(listed.expires_at - listed.created_at, 7 * DAY);
  assert.deepEqual(world.audited(), ["invite.create admin:root"]);
  assert.equal(world.invites.find(token).state, "good");
  assert.equal(world.invites.find(kept.hash).state, "unknown");
  assert.equal(world.invites.find(newLinkToken()).state, "unknown");
});

Deno.test("an invitation is known again after a restart", async () => {
  const world = new ProvisioningWorld();
  const token = await world.token();
  assert.equal(new Invites(world.inviteRecords, world.time).find(token).state, "good");
});

Deno.test("it counts its uses, also of two that come at once, and then says it is used", async () => {
  const world = new ProvisioningWorld();
  const token = await world.token({ max_uses: 2 });
  const found = world.invites.find(token);
  assert.ok(found.state === "good");
  const outcomes = await Promise.all([1, 2, 3].map(() => world.invites.use(found.id)));
  assert.deepEqual(outcomes, [true, true, false]);
  assert.equal(world.invites.find(token).state, "used");
  assert.equal(world.service.listInvites(ALICE)[0].uses, 2);
});

Deno.test("expired and withdrawn ones are told apart, do not count uses, and are swept after a week", async () => {
  const world = new ProvisioningWorld();
  const old = await world.token({ days: 1 });
  const gone = await world.token();
  const found = world.invites.find(gone);
  assert.ok(found.state === "good");
  assert.equal(await world.service.withdrawInvite(found.id, "admin:root"), true);
  assert.equal(await world.service.withdrawInvite(found.id, "admin:root"), false);
  assert.equal(await world.service.withdrawInvite("nothing", "admin:root"), false);
  world.time.jump(DAY);
  assert.equal(world.invites.find(old).state, "expired");
  assert.equal(world.invites.find(gone).state, "withdrawn");
  assert.equal(await world.invites.use(found.id), false);
  assert.deepEqual(world.service.listInvites(ALICE), []);
  await world.invites.sweep();
  assert.equal(world.inviteRecords.size, 2);
  world.time.jump(7 * DAY);
  await world.invites.sweep();
  assert.equal(world.inviteRecords.size, 0);
  assert.equal(world.invites.find(old).state, "unknown");
});

Deno.test("a removed user's invitations go, so that they never configure whoever gets the address next", async () => {
  const world = new ProvisioningWorld();
  const token = await world.token();
  await world.invites.forgetUser(ALICE);
  assert.equal(world.invites.find(token).state, "unknown");
});

Deno.test("invitations are refused for nobody, for too long, for too often, and too many of them", async () => {
  const world = new ProvisioningWorld();
  const refused = (request: Parameters<typeof world.token>[0], kind: string) =>
    assert.rejects(world.token(request), (error: Error & { kind?: string }) => error.kind === kind);
  await refused({ uri: "sip:nobody@example.test" }, "not-found");
  await refused({ uri: "no address" }, "invalid");
  await refused({ days: 31 }, "invalid");
  await refused({ days: 0.5 }, "invalid");
  await refused({ max_uses: 0 }, "invalid");
  await refused({ max_uses: 101 }, "invalid");
  for (let i = 0; i < 20; i++) await world.token();
  await refused({}, "conflict");
});

Deno.test("a device link holds for an hour and for one device", async () => {
  const world = new ProvisioningWorld();
  const { expires_at, created_at, max_uses, created_by } = await world.service.deviceLink(ALICE);
  assert.deepEqual([expires_at - created_at, max_uses, created_by], [3_600_000, 1, `user:${ALICE}`]);
});

Deno.test("a full table makes room of what is over before it refuses", async () => {
  const world = new ProvisioningWorld();
  const full = new (class extends FakeRecords<InviteRecord> {
    override get size(): number {
      return 19_999 + super.size;
    }
  })(20_000);
  const invites = new Invites(full, world.time);
  const request = { kind: "invitation", uri: ALICE, lifetime_ms: 1000, max_uses: 1 } as const;
  await invites.create(request, "x");
  await assert.rejects(invites.create(request, "x"), /withdraw some/);
  world.time.jump(1000);
  await invites.create(request, "x");
  assert.equal([...full.entries()].length, 1);
});
