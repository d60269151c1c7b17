import assert from "node:assert/strict";
import type { LeftBy, Standing } from "../room.ts";
import { ConferenceWorld, user } from "./testing/conference_world.ts";
import { fakePolicy } from "./testing/fake_rooms.ts";

/** Whatever could be somebody: no part of it may be in a document. */
const PEOPLE = ["wolfgang.amadeus", "nannerl", "leopold", "constanze", "salieri", "daponte"];
const GROUP = "sip:music@groups.example.test";

Deno.test("nothing of anybody is in a document of a room that hides identities [PRI-2, PRI-4, PRI-14]", () => {
  const world = new ConferenceWorld();
  const policy = fakePolicy({
    terms: { isPublic: true, hidesIdentity: true, owner: user("leopold"), maxParticipants: 100 },
    isKey: (aor) => aor === user("leopold"),
  });
  const room = world.rooms.open({ kind: "group", group: GROUP, policy, now: () => world.sip.time.now() });
  const standings: readonly (readonly [Standing, LeftBy | null])[] = [
    ["pending", null],
    ["dialing-out", null],
    ["alerting", null],
    ["dialing-in", null],
    ["connected", null],
    ["absent", null],
    ["connected", null],
    ["disconnected", "departed"],
    ["disconnected", "failed"],
    ["disconnected", "busy"],
  ];
  for (const name of PEOPLE) room.put(user(name));
  const watchers = PEOPLE.map((name) => world.watch(name, { resource: GROUP }));
  for (const [standing, leftBy] of standings) {
    for (const name of PEOPLE.slice(2)) room.put(user(name), { standing, leftBy });
    room.rename(`now ${standing}`);
    world.after(6000);
    for (const watcher of watchers) watcher.refresh();
    world.settle();
  }
  room.put(user("nannerl"), { nickname: "Sister" });
  room.put(user("daponte"), { hidden: true });
  room.expel(room.find(user("salieri"))!);
  world.after(6000);
  room.end("owner");
  world.settle();
  let documents = 0;
  for (const { told } of watchers) {
    for (const { text } of told) {
      if (text !== "") documents++;
      for (const name of [...PEOPLE, "moderator"]) assert.ok(!text.includes(name), `${name} is in ${text}`);
      const addresses = text.match(/sips?:[^<"]+/g) ?? [];
      for (const address of addresses) {
        assert.match(address, /^sip:(?:conf-1@example\.test|music@groups|anonymous-\d+@)/);
      }
    }
  }
  assert.ok(documents > 60, `${documents}`);
  assert.match(watchers[0].told.at(-2)!.text, /"Sister"/);
});

/** Golden table: who is what, and what each of three watchers sees of them. */
for (
  const [what, person, seen] of [
    ["an open participant", {}, ["p connected", "p connected", "p connected"]],
    ["one with a nickname", { nickname: "N" }, ["p connected", "p connected", "p connected"]],
    ["one by bcc", { hidden: true }, [null, null, "p connected"]],
    ["one by bcc who rings", { hidden: true, standing: "alerting" }, [null, null, "p alerting"]],
    ["one by bcc who was cut off", { hidden: true, standing: "absent" }, [null, null, "p pending"]],
  ] as const
) {
  for (const late of [false, true]) {
    Deno.test(`${what}, ${late ? "told as a change" : "there from the beginning"}: seen by others, by others by bcc, by itself`, () => {
      const world = new ConferenceWorld();
      const room = world.rooms.open();
      room.put(user("alice"));
      room.put(user("other"), { hidden: true });
      if (!late) room.put(user("p"), person);
      else room.put(user("p"), { ...person, standing: "dialing-in" });
      const watchers = ["alice", "other", "p"].map((name) => world.watch(name));
      if (late) room.put(user("p"), { standing: "connected", ...person });
      room.put(user("alice"), { nickname: "A" });
      world.after(6000);
      assert.deepEqual(watchers.map(({ sees }) => sees.find((line) => line.startsWith("p ")) ?? null), seen);
      const hidden = "hidden" in person;
      const counts = watchers.map(({ roster }) => roster.info!.conferenceState!.userCount);
      const here = !("standing" in person);
      // Who is hidden counts for itself alone, as is seen by itself alone.
      assert.deepEqual(counts, [hidden ? 1 : 2, hidden ? 2 : 3, hidden && !here ? 1 : 2]);
      for (const { told } of watchers.slice(0, 1)) {
        for (const { text } of told) {
          assert.ok(!text.includes("sip:other@") && (!hidden || !text.includes("sip:p@")), text);
        }
      }
      assert.ok(!watchers[2].told.some(({ text }) => text.includes("sip:other@")));
    });
  }
}

Deno.test("a moderator who asked to be unnamed is called nothing", () => {
  const world = new ConferenceWorld();
  const policy = fakePolicy({ isKey: () => true });
  const room = world.rooms.open({ kind: "group", group: GROUP, policy });
  room.put(user("alice"));
  room.put(user("leopold"), { shown: { uri: "sip:anonymous-2@anonymous.invalid", name: "Anonymous 2" } });
  const alice = world.watch("alice");
  assert.deepEqual(alice.roster.users.map(({ roles }) => roles), [["moderator"], undefined]);
  assert.ok(!alice.told[0].text.includes("leopold"));
});

Deno.test("who comes by bcc, changes and leaves makes no NOTIFY for others", () => {
  const world = new ConferenceWorld();
  const room = world.rooms.open();
  room.put(user("alice"));
  const alice = world.watch("alice");
  for (const standing of ["alerting", "connected", "absent", "disconnected"] as const) {
    room.put(user("p"), { hidden: true, standing, leftBy: standing === "disconnected" ? "departed" : null });
    world.after(6000);
  }
  assert.equal(alice.told.length, 1);
});
