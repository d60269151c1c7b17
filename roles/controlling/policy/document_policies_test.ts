import assert from "node:assert/strict";
import { anchor, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import { aor, caller, groupRule as rule, groupXml, JOIN, MEMBERS, PolicyWorld, said } from "./testing/policy_world.ts";

const TEAM = aor("team");
const ADULTS = '<oxe:age-restrictions must-understand="true"><oxe:age from="18"/></oxe:age-restrictions>';

Deno.test("a group is read once, and anew behind every change of its document, which is told", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [rule(OTHERS, JOIN)] });
  const held = await world.policy();
  for (let i = 0; i < 3; i++) await world.policy();
  assert.deepEqual(world.read, [`${aor("alice")} g`]);
  assert.deepEqual(world.changed, []);
  await world.put("alice", { rules: [] });
  assert.deepEqual(world.changed.splice(0), [TEAM]);
  assert.equal(said(held.mayJoin(caller("bob"), 0)), "yes", "what is held stays what it was");
  assert.equal(said((await world.policy()).mayJoin(caller("bob"), 0)), "403 116 user is not part of the group");
  await world.remove("alice");
  assert.deepEqual(world.changed.splice(0), [TEAM]);
  await world.put("alice", { uri: "other", rules: [] });
  assert.deepEqual(world.changed, [], "nobody has asked about that one");
});

Deno.test("a change of a list that it stands on is told, whosever it is; of a profile or another's list it is not", async () => {
  const world = await PolicyWorld.open();
  await world.lists("bob", { all: ["carol"] });
  await world.put("", { list: `<external anchor="${anchor("bob", "all")}"/>`, rules: [rule(MEMBERS, JOIN)] });
  assert.deepEqual((await world.policy()).members, [aor("carol")]);
  await world.lists("carol", { all: ["x"] });
  await world.write(
    "bob",
    "org.openmobilealliance.user-profile",
    "user-profile",
    `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${aor("bob")}"/></user-profiles>`,
  );
  assert.deepEqual(world.changed, []);
  await world.lists("bob", { all: ["dave"] });
  assert.deepEqual(world.changed.splice(0), [TEAM]);
  assert.deepEqual((await world.policy()).members, [aor("dave")]);
  world.policies.forget(aor("bob"));
  assert.deepEqual(world.changed, [TEAM]);
});

Deno.test("another document that takes over the URI is the group from then on", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [] });
  assert.equal((await world.policy()).terms.owner, aor("alice"));
  await world.remove("alice");
  await world.put("bob", { rules: [] }, "h");
  assert.equal((await world.policy()).terms.owner, aor("bob"));
});

Deno.test("two groups of one document are two groups", async () => {
  const world = await PolicyWorld.open();
  const service = (name: string) =>
    `<list-service uri="${aor(name)}"><display-name>${name}</display-name><list><entry uri="${
      aor(`of-${name}`)
    }"/></list></list-service>`;
  await world.write(
    "alice",
    "org.openmobilealliance.groups",
    "both",
    `<group xmlns="urn:oma:xml:poc:list-service">${service("one")}${service("two")}</group>`,
  );
  for (const name of ["one", "two"]) {
    const policy = await world.policy(name);
    assert.deepEqual([policy.terms.displayName, policy.members], [name, [aor(`of-${name}`)]]);
  }
});

Deno.test("a change while a group is read is not missed, and one that never stands still is no group's rules", async () => {
  const world = await PolicyWorld.open();
  await world.lists("alice", { all: ["bob"] });
  const group = { list: `<external anchor="${anchor("alice", "all")}"/>`, rules: [rule(MEMBERS, JOIN)] };
  await world.put("alice", group);
  let changes = 0;
  world.beforeRead = async () => {
    if (changes++ === 1) await world.put("alice", { ...group, max: 7 });
  };
  assert.equal((await world.policy()).terms.maxParticipants, 7);
  world.beforeRead = async () => {
    await world.put("alice", { ...group, max: 10 + changes++ });
  };
  await world.put("alice", { ...group, max: 8 });
  await assert.rejects(world.policy(), /change faster than they can be read/);
  world.beforeRead = () => Promise.reject(new Error("the store does not answer"));
  await assert.rejects(world.policy(), /does not answer/);
  world.beforeRead = () => Promise.resolve();
  assert.ok((await world.policy()).terms.maxParticipants > 10);
});

Deno.test("a group that goes while it is read is none", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [] });
  world.beforeRead = async () => {
    await world.remove("alice");
  };
  const gone = await world.policies.policyOf(TEAM);
  assert.equal("warning" in gone && said(gone), "404 113 group document does not exist");
});

Deno.test("many ask at the same time, and the group is read once", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [] });
  await Promise.all(Array.from({ length: 50 }, () => world.policy()));
  assert.equal(world.read.length, 1);
  assert.match(world.xdm.metrics.render(), /^parley_group_policies 1$/m);
});

Deno.test("memory is bounded by groups, and a change is told also of those that had to make room", async () => {
  const world = await PolicyWorld.open({ cache: { users: 2, people: 1000 } });
  for (let i = 0; i < 4; i++) {
    await world.put(`u${i}`, { uri: `g${i}`, rules: [] });
    await world.policy(`g${i}`);
  }
  assert.match(world.xdm.metrics.render(), /^parley_group_policies 2$/m);
  await world.remove("u0");
  assert.deepEqual(world.changed, [aor("g0")]);
});

Deno.test("ages are waited for where they are asked, and only there", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [rule(OTHERS, JOIN)] });
  await world.put("alice", { uri: "adults", rules: [], more: ADULTS }, "h");
  await world.policy();
  assert.equal(world.asked, 0);
  world.settings.public_age = 16;
  await world.policy();
  assert.equal(world.asked, 1);
  await world.policy("adults");
  assert.equal(world.asked, 2);
  world.known = Promise.reject(new Error("a profile cannot be read"));
  world.known.catch(() => {});
  await assert.rejects(world.policy(), /a profile cannot be read/);
});

Deno.test("a rule that begins to apply, or ends, is told by itself, and is asked at the time", async () => {
  const world = await PolicyWorld.open();
  const at = (ms: number) => new Date(world.time.now() + ms).toISOString();
  const validity = `<cp:validity><cp:from>${at(5000)}</cp:from><cp:until>${at(10_000)}</cp:until></cp:validity>`;
  await world.put("alice", { members: ["bob"], rules: [rule(MEMBERS + validity, JOIN)] });
  const policy = await world.policy();
  const may = () => said(policy.mayJoin(caller("bob"), 0)) === "yes";
  assert.equal(may(), false);
  world.time.advance(5200);
  assert.deepEqual([world.changed.splice(0), may()], [[TEAM], true]);
  world.time.advance(5000);
  assert.deepEqual([world.changed.splice(0), may()], [[TEAM], false]);
  world.time.advance(3_600_000);
  assert.deepEqual(world.changed, []);
});

Deno.test("hostile groups: as many members, rules and identities as a document may have are read and asked in bounded time", async () => {
  const world = await PolicyWorld.open();
  const rules = Array.from({ length: 500 }, (_, n) => {
    const ones = Array.from({ length: 9 }, (_, i) => `<cp:one id="sip:p${n}-${i}@b.test"/>`).join("");
    return rule(`<cp:identity>${ones}</cp:identity>`, JOIN);
  });
  world.xdm.settings.max_document = 10_000_000;
  world.xdm.settings.max_total = 20_000_000;
  const members = Array.from({ length: 2000 }, (_, n) => `m${n}`);
  await world.write(
    "",
    "org.openmobilealliance.groups",
    "g",
    groupXml({ members, rules }),
  );
  const policy = await world.policy();
  assert.equal(policy.members.length, 500, "the operator's limit");
  const started = performance.now();
  for (let n = 0; n < 500; n++) {
    assert.equal(policy.mayJoin(caller(`sip:p${n}-8@b.test`), 0), null);
    assert.equal(said(policy.mayJoin(caller("sip:x@b.test"), 0)), "403 116 user is not part of the group");
  }
  assert.ok(performance.now() - started < 2000);
});
