import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import type { ConferenceInfo, ConferenceUser, EndpointStatus, InfoState } from "./conference_info.ts";
import { readConferenceInfo } from "./conference_reader.ts";
import { ConferenceRoster, ROSTER_LIMIT } from "./conference_roster.ts";
import examples from "./testdata/conference_examples.json" with { type: "json" };

const [BASIC, RICH] = examples.map(({ text }) => readConferenceInfo(utf8(text)));

function person(name: string, status: EndpointStatus = "connected", state: InfoState = "full"): ConferenceUser {
  return {
    entity: `sip:${name}@x`,
    state,
    endpoints: state === "deleted" ? [] : [{ entity: "", state, status, media: [] }],
  };
}

function info(version: number, state: InfoState, users: readonly ConferenceUser[], of = state): ConferenceInfo {
  return { entity: "sip:c@x", state, version, users: { state: of, users } };
}

const names = (roster: ConferenceRoster) =>
  roster.users.map(({ entity, endpoints }) => `${entity.slice(4, -2)} ${endpoints.map(({ status }) => status).join()}`);

Deno.test("the rich example of RFC 4575 on top of the basic one", () => {
  const roster = new ConferenceRoster();
  assert.equal(roster.receive(BASIC), "replaced");
  assert.equal(roster.receive({ ...RICH, version: 2 }), "changed");
  assert.equal(roster.info!.state, "full");
  assert.deepEqual(roster.info!.conferenceState, RICH.conferenceState);
  // `users` says nothing of its state: it is the whole.
  assert.deepEqual(roster.users, RICH.users!.users);
  assert.equal(roster.info!.sidebarsByRef!.entries.length, 2);
  assert.deepEqual(roster.info!.sidebarsByVal!.entries[0].users!.users.length, 3);
});

Deno.test("rows of a table: added, replaced, changed in part, and gone", () => {
  const roster = new ConferenceRoster();
  roster.receive(info(7, "full", [person("a"), person("b"), person("c", "alerting")]));
  const told = [person("d", "pending"), person("a", "disconnected"), person("b", "connected", "deleted")];
  assert.equal(roster.receive(info(8, "partial", told)), "changed");
  assert.deepEqual(names(roster), ["a disconnected", "c alerting", "d pending"]);
  const half = { ...person("c", "connected", "partial"), nickname: "C" };
  const named = { ...person("a"), state: "partial" as const, displayText: "A", endpoints: [] };
  roster.receive(info(9, "partial", [half, named]));
  assert.deepEqual(names(roster), ["a disconnected", "c connected", "d pending"]);
  assert.deepEqual([roster.find("sip:c@x")!.nickname, roster.find("sip:a@x")!.displayText], ["C", "A"]);
  roster.receive({
    ...info(10, "partial", [{
      ...person("c"),
      state: "partial",
      endpoints: [{ entity: "", state: "deleted", media: [] }],
    }]),
    conferenceState: { userCount: 1 },
  });
  assert.deepEqual(names(roster)[1], "c ");
  assert.deepEqual(roster.info!.conferenceState, { userCount: 1 });
  roster.receive(info(11, "partial", [], "deleted"));
  assert.deepEqual(names(roster), []);
});

Deno.test("media of an endpoint that changed in part, and sidebars, have keys", () => {
  const roster = new ConferenceRoster();
  roster.receive({ ...RICH, state: "full", version: 1 });
  const [bob] = RICH.users!.users;
  const [laptop] = bob.endpoints;
  roster.receive({
    ...info(2, "partial", [{
      ...person("bob"),
      entity: bob.entity,
      state: "partial",
      endpoints: [{ entity: laptop.entity, state: "partial", media: [{ id: "2", type: "message" }] }],
    }]),
    sidebarsByVal: { state: "partial", entries: [{ entity: "sip:side@x", state: "full" }] },
    sidebarsByRef: { state: "deleted", entries: [] },
  });
  const [endpoint] = roster.find(bob.entity)!.endpoints;
  assert.deepEqual([endpoint.status, endpoint.media.map(({ id }) => id)], ["disconnecting", ["1", "2"]]);
  assert.equal(roster.info!.sidebarsByVal!.entries.length, 2);
  assert.equal(roster.info!.sidebarsByRef!.entries.length, 0);
});

Deno.test("a gap asks for the whole, and nothing is taken before that is there", () => {
  const roster = new ConferenceRoster();
  assert.equal(roster.receive(info(3, "partial", [person("a")])), "missed");
  assert.equal(roster.awaitsFull, true);
  assert.equal(roster.receive(info(4, "full", [person("a")])), "replaced");
  assert.equal(roster.receive(info(4, "partial", [person("b")])), "stale");
  assert.equal(roster.receive(info(6, "partial", [person("b")])), "missed");
  assert.equal(roster.receive(info(5, "partial", [person("late")])), "missed");
  assert.deepEqual([names(roster), roster.awaitsFull], [["a connected"], true]);
  assert.equal(roster.receive(info(7, "full", [person("b")])), "replaced");
  assert.deepEqual([names(roster), roster.awaitsFull], [["b connected"], false]);
  assert.equal(roster.receive(info(3, "full", [])), "stale");
  assert.equal(roster.receive({ entity: "sip:c@x", state: "deleted", version: 8 }), "over");
  assert.deepEqual([roster.users, roster.isOver], [[], true]);
});

Deno.test("a roster is bounded", () => {
  const roster = new ConferenceRoster();
  const crowd = (from: number) => Array.from({ length: 6000 }, (_, i) => person(`u${from + i}`));
  roster.receive(info(1, "full", crowd(0)));
  roster.receive(info(2, "partial", crowd(6000)));
  assert.equal(roster.users.length, ROSTER_LIMIT);
  roster.receive(info(3, "partial", [person("u0", "disconnected")]));
  assert.equal(roster.find("sip:u0@x")!.endpoints[0].status, "disconnected", "who is in it can still change");
});

Deno.test("property: partial documents lead where a full one does", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    state: fc.constantFrom<InfoState>("full", "partial", "deleted"),
    status: fc.constantFrom<EndpointStatus>("connected", "alerting", "disconnected"),
  });
  fc.assert(fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 10 }), (documents) => {
    const roster = new ConferenceRoster();
    const model = new Map<string, string>();
    roster.receive(info(0, "full", []));
    documents.forEach((steps, i) => {
      const users = steps.map(({ name, state, status }) => person(name, status, state));
      for (const { name, state, status } of steps) {
        if (state === "deleted") model.delete(name);
        else model.set(name, status);
      }
      assert.equal(roster.receive(info(i + 1, "partial", users)), "changed");
    });
    assert.deepEqual(names(roster).sort(), [...model].map(([name, status]) => `${name} ${status}`).sort());
  }));
});
