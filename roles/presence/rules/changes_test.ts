import assert from "node:assert/strict";
import { aor, external, many, one, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import { presenceRule as rule, PresenceRulesWorld, sphere } from "./testing/presence_rules_world.ts";

const MOOD = "<pr:provide-mood>true</pr:provide-mood>";
const ALICE = aor("alice");

Deno.test("rules are read once, and anew behind every change, which is told", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(one("bob"), "allow")]);
  assert.equal(world.now("alice", "bob"), "unknown");
  assert.equal(await world.ask("alice", "bob"), "allow:  but location");
  const read = world.read.length;
  for (let i = 0; i < 3; i++) {
    assert.equal(world.now("alice", i === 0 ? "bob" : "carol"), i === 0 ? "allow:  but location" : "confirm");
  }
  await world.rules.prepare(ALICE);
  assert.equal(world.read.length, read);
  world.changed.length = 0;
  const steps: readonly (readonly [() => Promise<unknown>, bob: string])[] = [
    [() => world.put("alice", [rule(one("bob"), "polite-block")]), "polite-block"],
    [() => world.put("alice", [rule(one("bob"), "confirm")], "second"), "polite-block"],
    [() => world.putOma("alice", rule(one("bob"), "allow", MOOD)), "allow: mood but location"],
    [() => world.documents.people("alice", [], ["bob"]), "block"],
    [() => world.documents.privacy("alice", { "polite-block": true }), "polite-block"],
    [() => world.documents.remove("resource-lists", "alice", "index"), "allow: mood but location"],
    [() => world.documents.remove("org.openmobilealliance.pres-rules", "alice", "pres-rules"), "polite-block"],
    [() => world.documents.remove("pres-rules", "alice", "index"), "confirm"],
    [() => world.documents.remove("pres-rules", "alice", "second"), "confirm"],
    [() => world.documents.remove("org.parley.privacy", "alice", "index"), "confirm"],
  ];
  for (const [i, [change, expected]] of steps.entries()) {
    await change();
    assert.deepEqual(world.changed.splice(0), [ALICE], `step ${i}`);
    assert.equal(
      world.now("alice", "bob"),
      i === steps.length - 1 ? "confirm" : "unknown",
      `never the old ones: step ${i}`,
    );
    assert.equal(await world.ask("alice", "bob"), expected, `step ${i}`);
  }
});

Deno.test("documents of other usages are none of its business, and who has none costs no reading", async () => {
  const world = await PresenceRulesWorld.open();
  await world.documents.access("alice", "");
  assert.equal(world.now("alice", "bob"), "confirm");
  await world.rules.prepare(ALICE);
  assert.deepEqual([world.read, world.changed], [[], []]);
});

Deno.test("a change of somebody else's list is told to all whose rules stand on it, also when theirs had to make room", async () => {
  const world = await PresenceRulesWorld.open({ cache: { users: 1, people: 1000 } });
  await world.documents.group("bob", "team", "sip:team@example.test", ["dave"]);
  const team = "https://example.test/xcap/org.openmobilealliance.groups/users/sip:bob@example.test/team/~~/" +
    "group/list-service%5B@uri=%22sip:team@example.test%22%5D/list";
  for (const name of ["alice", "bob"]) await world.put(name, [rule(external("bob", team), "allow")]);
  assert.equal(await world.ask("alice", "dave"), "confirm", "a group that alice may not read");
  assert.equal(await world.ask("bob", "dave"), "allow:  but location");
  world.changed.length = 0;
  assert.equal(world.now("alice", "dave"), "unknown", "the rules of one user are kept");
  await world.documents.group("bob", "team", "sip:team@example.test", ["erin"]);
  assert.deepEqual(world.changed.toSorted(), [ALICE, aor("bob")]);
  assert.equal(await world.ask("bob", "erin"), "allow:  but location");
});

Deno.test("a change while the rules are being read is not missed, a new document neither", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(one("bob"), "allow")]);
  await world.documents.privacy("alice", {});
  let changes = 0;
  world.beforeRead = async (_owner, auid) => {
    if (auid !== "org.parley.privacy" || changes++ > 1) return;
    if (changes === 1) await world.put("alice", [rule(one("carol"), "allow")]);
    else await world.put("alice", [rule(one("dave"), "polite-block")], "new");
  };
  assert.equal(await world.ask("alice", "bob"), "confirm");
  assert.equal(world.now("alice", "carol"), "allow:  but location");
  assert.equal(world.now("alice", "dave"), "polite-block");
  assert.equal(changes, 3);
});

Deno.test("documents that never stand still, or cannot be read, are nobody's rules", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(one("bob"), "allow")]);
  await world.documents.privacy("alice", {});
  let n = 0;
  world.beforeRead = async (_owner, auid) => {
    if (auid === "org.parley.privacy") await world.put("alice", [rule(one(`x${n++}`), "allow")]);
  };
  await assert.rejects(world.rules.prepare(ALICE), /change faster than they can be read/);
  assert.equal(world.now("alice", "bob"), "unknown");
  world.beforeRead = () => Promise.reject(new Error("the store does not answer"));
  await assert.rejects(world.rules.prepare(ALICE), /does not answer/);
  assert.equal(world.now("alice", "bob"), "unknown");
  assert.equal(world.rules.privacyOf(ALICE), undefined);
});

Deno.test("many ask at the same time, and the rules are read once", async () => {
  const world = await PresenceRulesWorld.open();
  await world.put("alice", [rule(one("bob"), "allow")]);
  await Promise.all(Array.from({ length: 50 }, () => world.rules.prepare(ALICE)));
  assert.deepEqual(world.read, ["pres-rules"]);
});

Deno.test("memory is bounded by users: who was asked about longest ago is read again", async () => {
  const world = await PresenceRulesWorld.open({ cache: { users: 3, people: 1000 } });
  for (let i = 0; i < 5; i++) {
    await world.put(`u${i}`, [rule(one("bob"), "allow")]);
    await world.ask(`u${i}`, "bob");
  }
  const held = [0, 1, 2, 3, 4].filter((i) => world.now(`u${i}`, "bob") !== "unknown");
  assert.deepEqual(held, [2, 3, 4]);
  assert.match(world.documents.xdm.metrics.render(), /^parley_presence_rules 3$/m);
});

Deno.test("rules that hold for a time begin and end by themselves, each told once", async () => {
  const world = await PresenceRulesWorld.open();
  const at = (ms: number) => new Date(world.time.now() + ms).toISOString();
  const span = (from: number, until: number) => `<cp:from>${at(from)}</cp:from><cp:until>${at(until)}</cp:until>`;
  const validity = `<cp:validity>${span(-5000, 10_000)}${span(180_000, 200_000)}</cp:validity>`;
  await world.put("alice", [rule(many(null) + validity, "allow")]);
  await world.put("bob", [rule(many(null), "allow")]);
  assert.equal(await world.ask("alice", "carol"), "allow:  but location");
  assert.equal(await world.ask("bob", "carol"), "allow:  but location");
  world.changed.length = 0;
  world.time.advance(9900);
  assert.deepEqual([world.changed, world.now("alice", "carol")], [[], "allow:  but location"]);
  world.time.advance(200);
  assert.deepEqual([world.changed.splice(0), world.now("alice", "carol")], [[ALICE], "confirm"]);
  world.time.advance(169_800);
  assert.deepEqual([world.changed, world.now("alice", "carol")], [[], "confirm"]);
  world.time.advance(200);
  assert.deepEqual([world.changed.splice(0), world.now("alice", "carol")], [[ALICE], "allow:  but location"]);
  world.time.advance(20_000);
  assert.deepEqual([world.changed.splice(0), world.now("alice", "carol")], [[ALICE], "confirm"]);
  world.time.advance(3_600_000);
  assert.deepEqual(world.changed, []);
});

Deno.test("a clock that is set to another time is noticed within a minute", async () => {
  const world = await PresenceRulesWorld.open();
  const from = world.time.now() + 86_400_000;
  const validity = `<cp:validity><cp:from>${new Date(from).toISOString()}</cp:from>` +
    `<cp:until>${new Date(from + 86_400_000).toISOString()}</cp:until></cp:validity>`;
  await world.put("alice", [rule(many(null) + validity, "allow")]);
  await world.ask("alice", "bob");
  world.changed.length = 0;
  world.time.jump(86_400_000);
  world.time.advance(60_100);
  assert.deepEqual([world.changed.splice(0), world.now("alice", "bob")], [[ALICE], "allow:  but location"]);
  world.time.jump(-86_400_000);
  world.time.advance(60_100);
  assert.deepEqual([world.changed, world.now("alice", "bob")], [[ALICE], "confirm"]);
});

Deno.test("time passes also for rules that had to make room, and not for those that are gone", async () => {
  const world = await PresenceRulesWorld.open({ cache: { users: 1, people: 1000 } });
  const until = new Date(world.time.now() + 10_000).toISOString();
  const validity = `<cp:validity><cp:from>2020-01-01T00:00:00Z</cp:from><cp:until>${until}</cp:until></cp:validity>`;
  for (const name of ["alice", "bob", "carol"]) {
    await world.put(name, [rule(many(null) + validity, "allow")]);
    await world.ask(name, "dave");
  }
  await world.documents.remove("pres-rules", "bob", "index");
  world.changed.length = 0;
  world.time.advance(11_000);
  assert.deepEqual(world.changed.toSorted(), [ALICE, aor("carol")]);
  assert.equal(await world.ask("alice", "dave"), "confirm");
});

Deno.test("another sphere is told where decisions stand on one, and only there; also when the rules had to make room", async () => {
  const world = await PresenceRulesWorld.open({ cache: { users: 1, people: 1000 } });
  await world.put("alice", [rule(one("bob") + sphere("work"), "allow"), rule(OTHERS, "polite-block")]);
  await world.put("carol", [rule(one("bob"), "allow")]);
  const become = (name: string, sphere: string) => {
    world.spheres.set(aor(name), sphere);
    world.rules.sphereChanged(aor(name));
    return world.changed.splice(0);
  };
  assert.equal(await world.ask("alice", "bob"), "polite-block");
  world.changed.length = 0;
  assert.deepEqual(become("alice", "WORK"), [ALICE]);
  assert.equal(world.now("alice", "bob"), "allow:  but location");
  assert.deepEqual(become("alice", "work"), [], "it is the same");
  await world.ask("carol", "bob");
  assert.deepEqual(become("carol", "work"), [], "nothing stands on it");
  assert.equal(world.now("alice", "bob"), "unknown");
  world.spheres.set(ALICE, "home");
  assert.equal(await world.ask("alice", "bob"), "polite-block", "a decision before it was told");
  world.events.emit("presenceChanged", { presentity: ALICE });
  assert.deepEqual(world.changed.splice(0), [ALICE], "is no reason not to tell the others");
  await world.put("alice", [rule(one("bob"), "allow")]);
  world.changed.length = 0;
  assert.deepEqual(become("alice", "work"), []);
});

Deno.test("privacy settings: the user's own, else the operator's; unknown until they were read", async () => {
  const world = await PresenceRulesWorld.open();
  assert.equal(world.rules.privacyOf(ALICE)?.invisible, false);
  world.privacy.invisible = true;
  assert.equal(world.rules.privacyOf(ALICE)?.invisible, true);
  await world.documents.privacy("alice", { invisible: false, "show-status": true });
  assert.equal(world.rules.privacyOf(ALICE), undefined);
  await world.rules.prepare(ALICE);
  const { invisible, showStatus, locatable } = world.rules.privacyOf(ALICE)!;
  assert.deepEqual([invisible, showStatus, locatable], [false, true, false]);
});

Deno.test("hostile rules: thousands that all apply are decided in bounded time, and rights are shared all the same", async () => {
  const world = await PresenceRulesWorld.open();
  const classes = (i: number) => `<pr:provide-services><pr:class>c${i}</pr:class></pr:provide-services>`;
  for (let document = 0; document < 5; document++) {
    await world.put(
      "alice",
      Array.from({ length: 500 }, (_, i) => rule("", "allow", classes(500 * document + i))),
      `d${document}`,
    );
  }
  await world.rules.prepare(ALICE);
  const started = performance.now();
  const { rights } = world.rules.decide(ALICE, aor("bob"))!;
  assert.equal(rights.key.match(/class c/g)!.length, 2500);
  for (let i = 0; i < 100; i++) assert.equal(world.rules.decide(ALICE, aor(`w${i}`))!.rights, rights);
  assert.ok(performance.now() - started < 2000);
});

Deno.test("more combinations than are kept are decided no differently", async () => {
  const world = await PresenceRulesWorld.open();
  const people = Array.from({ length: 2048 }, (_, n) => n);
  const bits = Array.from({ length: 11 }, (_, i) => i);
  const rules = bits.map((i) => {
    const members = people.filter((n) => (n >> i & 1) === 1).map((n) => `w${n}`);
    return rule(one(...members), "allow", `<pr:provide-services><pr:class>c${i}</pr:class></pr:provide-services>`);
  });
  for (let i = 0; i < rules.length; i += 3) await world.put("alice", rules.slice(i, i + 3), `d${i}`);
  await world.rules.prepare(ALICE);
  for (const n of [...people, ...people.toReversed()]) {
    const { rights, handling } = world.rules.decide(ALICE, aor(`w${n}`))!;
    const classes = bits.filter((i) => (n >> i & 1) === 1).map((i) => `class c${i}`).sort();
    if (n === 0) assert.equal(handling, "confirm");
    else assert.deepEqual(JSON.parse(rights.key.replace(" but location", ""))[0], classes, `w${n}`);
  }
});
