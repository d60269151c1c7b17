import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import type { FakeTime } from "../../../foundation/testing.ts";
import { StorageError } from "../../../storage/mod.ts";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { forgetInContacts, IDENTIFIERS } from "../../xdm/mod.ts";
import { aor, PolicyWorld } from "./testing/policy_world.ts";
import { UnusedGroups } from "./unused_groups.ts";

const HOUR = 3_600_000;
const AUID = IDENTIFIERS.groups.auid;

interface World {
  readonly world: PolicyWorld;
  readonly time: FakeTime;
  readonly settings: { unused_hours: number };
  readonly inUse: Set<string>;
  readonly states: MemoryStates;
  /** Contact lists cannot be written; null: they can. */
  fault: Error | null;
  unused: UnusedGroups;
  /** So many hours pass, each with its look. */
  hours(count: number): Promise<void>;
  /** Documents that are there: `alice/g`. */
  left(): string[];
  restart(): void;
}

async function open(unused_hours = 24): Promise<World> {
  const world = await PolicyWorld.open();
  const { time } = world;
  world.xdm.documents.now = time.now();
  const settings = { unused_hours }, inUse = new Set<string>();
  let states = new MemoryStates();
  const start = () =>
    new UnusedGroups({
      documents: world.xdm.documents,
      service: world.xdm.server,
      states,
      settings,
      inUse: () => inUse,
      gone: async (group) => {
        if (self.fault !== null) throw self.fault;
        await forgetInContacts(group, { documents: world.xdm.documents, service: world.xdm.server });
      },
      clock: time,
      timers: time.timers,
      metrics: world.xdm.metrics,
      log: silentLog,
    });
  const self: World = {
    world,
    time,
    settings,
    inUse,
    fault: null,
    get states() {
      return states;
    },
    unused: start(),
    async hours(count) {
      for (let i = 0; i < count; i++) {
        time.advance(HOUR);
        world.xdm.documents.now = time.now();
        await self.unused.idle;
        states.commit();
      }
    },
    left: () =>
      [...world.xdm.documents.ofUsage(AUID)].map(({ owner, name }) => `${owner.replace(/^sip:|@.*$/g, "")}/${name}`)
        .sort(),
    restart() {
      self.unused.close();
      states = states.restarted();
      self.unused = start();
    },
  };
  return self;
}

Deno.test("a group in which nobody has been for the time that the operator has set is removed, and its URI is free [CHAT-8]", async () => {
  const { world, hours, left, unused } = await open(24);
  await world.put("alice", { rules: [] });
  await world.put("bob", { uri: "other", rules: [] }, "h");
  await hours(20);
  unused.used(aor("team"));
  await hours(5);
  assert.deepEqual(left(), ["alice/g"], "who was never used counts from when it was seen");
  await hours(18);
  assert.deepEqual(left(), ["alice/g"]);
  await hours(1);
  assert.deepEqual(left(), []);
  assert.equal(world.policies.isGroup(aor("team")), false);
  assert.match(world.xdm.metrics.render(), /^parley_groups_removed_total 2$/m);
});

Deno.test("a group with a session stays however long that is, and counts from its end [CHAT-7]", async () => {
  const { world, hours, left, inUse } = await open(5);
  await world.put("alice", { rules: [] });
  inUse.add(aor("team"));
  await hours(50);
  inUse.clear();
  await hours(4);
  assert.deepEqual(left(), ["alice/g"]);
  await hours(1);
  assert.deepEqual(left(), []);
});

const LISTS = (entries: readonly string[]) =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="oma_buddylist">` +
  `${entries.slice(1).map((uri) => `<entry uri="${uri}"/>`).join("")}<list name="clubs"><entry uri="${
    entries[0]
  }"/></list>` +
  `</list></resource-lists>`;

Deno.test("a group that nobody used leaves the contact lists of all users with its document, also after a fault or a restart between [CHAT-8]", async () => {
  const self = await open(24);
  const { world, hours, left } = self;
  await world.put("alice", { rules: [] });
  const { auid, document: name } = IDENTIFIERS.resourceLists;
  const service = { kind: "service", name: "test" } as const;
  const users = ["alice", "bob", "carol"];
  for (const user of users) {
    const own = [user === "carol" ? aor("dora") : "sip:%74eam@example.test", aor("dora"), aor("team-b")];
    await world.xdm.server.update(service, { auid, owner: aor(user), name }, () => LISTS(own));
  }
  const inLists = async () => {
    const found: string[] = [];
    for (const user of users) {
      const { document } = (await world.xdm.server.read({ auid, owner: aor(user), name }))!;
      if (/%74eam@/.test(document.text)) found.push(user);
      assert.ok(document.text.includes(aor("dora")) && document.text.includes(aor("team-b")), "others stay");
    }
    return found;
  };
  await hours(10);
  assert.deepEqual(await inLists(), ["alice", "bob"], "as long as the group is there");
  self.fault = new StorageError("full", "no space left");
  await hours(15);
  assert.deepEqual(left(), []);
  assert.deepEqual(await inLists(), ["alice", "bob"]);
  self.restart();
  await hours(1);
  self.fault = null;
  await hours(1);
  assert.deepEqual(await inLists(), []);
  // Nothing is left to be done, and a group of that address that comes later stays.
  await world.put("bob", { rules: [] }, "again");
  await world.xdm.server.update(
    service,
    { auid, owner: aor("carol"), name },
    () => LISTS([aor("team"), aor("dora"), aor("team-b")]),
  );
  self.restart();
  await hours(2);
  const { document } = (await world.xdm.server.read({ auid, owner: aor("carol"), name }))!;
  assert.ok(document.text.includes(`"${aor("team")}"`));
});

Deno.test("the operator's groups stay, and where no time is set all do; what was used meanwhile is known", async () => {
  const { world, settings, hours, left, unused } = await open(0);
  await world.put("", { rules: [] });
  await world.put("alice", { uri: "old", rules: [] }, "old");
  await world.put("alice", { uri: "new", rules: [] }, "new");
  await hours(100);
  unused.used(aor("new"));
  unused.used(aor("team"));
  unused.used(aor("nobody"));
  await hours(1);
  assert.deepEqual(left(), ["/g", "alice/new", "alice/old"]);
  settings.unused_hours = 50;
  await hours(1);
  assert.deepEqual(left(), ["/g", "alice/new"]);
});

Deno.test("a group that its owner changes is used; one that another writes at the same moment stays", async () => {
  const { world, hours, left, unused, time } = await open(10);
  await world.put("alice", { rules: [] });
  await hours(9);
  await world.put("alice", { rules: [], max: 5 });
  await hours(9);
  assert.deepEqual(left(), ["alice/g"]);
  const { promise, resolve: writes } = Promise.withResolvers<void>();
  world.xdm.documents.gate = promise;
  const written = world.put("alice", { rules: [], max: 6 });
  time.advance(2 * HOUR);
  writes();
  await written;
  await unused.idle;
  assert.match(world.xdm.metrics.render(), /^parley_groups_removed_total 0$/m);
  assert.deepEqual(left(), ["alice/g"]);
});

Deno.test("somebody who comes while others are being removed keeps the group", async () => {
  const { world, hours, left, inUse, unused, time } = await open(10);
  for (const n of [1, 2]) await world.put("alice", { uri: `g${n}`, rules: [] }, `g${n}`);
  await hours(10);
  const { promise, resolve: writes } = Promise.withResolvers<void>();
  world.xdm.documents.gate = promise;
  time.advance(HOUR);
  inUse.add(aor("g2"));
  writes();
  await unused.idle;
  assert.deepEqual(left(), ["alice/g2"]);
});

Deno.test("when groups were used last outlasts a restart, and is forgotten with the group", async () => {
  const self = await open(24);
  await self.world.put("alice", { rules: [] });
  await self.hours(10);
  self.restart();
  await self.hours(14);
  assert.deepEqual(self.left(), ["alice/g"]);
  await self.hours(1);
  assert.deepEqual(self.left(), []);
  assert.deepEqual([...self.states.safe], []);
  await self.world.put("alice", { rules: [] });
  await self.hours(2);
  assert.deepEqual([...self.states.safe.keys()], [`${aor("alice")} g`]);
  await self.world.remove("alice");
  await self.hours(1);
  assert.deepEqual([...self.states.safe], []);
});

Deno.test("a clock that is set removes nothing, nor does a box that starts in the past", async () => {
  const years = 40 * 365 * 24 * HOUR;
  const self = await open(24);
  await self.world.put("alice", { rules: [] });
  await self.hours(5);
  self.time.jump(years);
  await self.hours(5);
  self.restart();
  await self.hours(5);
  assert.deepEqual(self.left(), ["alice/g"]);
  self.time.jump(-years);
  self.restart();
  self.time.jump(years);
  await self.hours(23);
  assert.deepEqual(self.left(), ["alice/g"], "counted from the start");
  await self.hours(2);
  assert.deepEqual(self.left(), []);
});

Deno.test("a store that is full removes nothing, and it is tried again", async () => {
  const { world, hours, left } = await open(3);
  await world.put("alice", { rules: [] });
  world.xdm.documents.trouble = new StorageError("full", "no room");
  await hours(8);
  assert.deepEqual(left(), ["alice/g"]);
  world.xdm.documents.trouble = null;
  await hours(1);
  assert.deepEqual(left(), []);
});
