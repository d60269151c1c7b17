import assert from "node:assert/strict";
import type { RoomRoster } from "../../client/mod.ts";
import type { ConferenceUser } from "../../transport/payload/mod.ts";
import { RoomMembers } from "./room_members.ts";

type Status = "connected" | "disconnected" | "alerting";
type Person = readonly [string, string?, Status?];

function roster(people: readonly Person[], more: Partial<RoomRoster> = {}): RoomRoster {
  const users = people.map(([user, name, status = "connected"]): ConferenceUser => {
    const entity = `sip:${user}@x`;
    const endpoints = [{ entity, state: "full", status, media: [] }] as const;
    return { entity, state: "full", endpoints, ...(name !== undefined && { displayText: name }) };
  });
  const present = users.filter(({ endpoints }) => endpoints[0].status === "connected");
  return { chat: null!, users, present, subject: "", state: "active", reason: "", ...more };
}

const named = (...people: readonly Person[]) => people.map(([user, name = ""]) => ({ uri: `sip:${user}@x`, name }));

Deno.test("who came and left is what has changed since it was told last", () => {
  const members = new RoomMembers();
  const none = { left: [], renamed: [] };
  assert.deepEqual(members.take(roster([["a"], ["b", "Bob"]])), {
    first: true,
    came: named(["a"], ["b", "Bob"]),
    ...none,
  });
  assert.equal(members.take(roster([["a"], ["b", "Bob"], ["c", "Carol", "alerting"]])), null);
  assert.deepEqual(members.take(roster([["b", "Bob"], ["c", "Carol"]])), {
    first: false,
    came: named(["c", "Carol"]),
    left: named(["a"]),
    renamed: [],
  });
  assert.deepEqual(members.take(roster([["b", "Bishop"], ["c", "Carol", "disconnected"]])), {
    first: false,
    came: [],
    left: named(["c", "Carol"]),
    renamed: [{ uri: "sip:b@x", name: "Bishop", before: "Bob" }],
  });
});

Deno.test("while nothing is known nobody has left; why it is not is told once", () => {
  const members = new RoomMembers();
  members.take(roster([["a"]]));
  const nobody = { first: false, came: [], left: [], renamed: [] };
  assert.deepEqual(members.take(roster([], { state: "asked", reason: "gone" })), nobody);
  assert.equal(members.take(roster([], { state: "asked", reason: "gone" })), null);
  assert.deepEqual(members.take(roster([["a"]])), nobody);
  assert.equal(members.take(roster([["a"]])), null);
});

Deno.test("those on their way in are members, too; those who have left are not", () => {
  const members = new RoomMembers();
  members.take(roster([["a"], ["b", "Bob", "alerting"], ["c", "Carol", "disconnected"]]));
  assert.deepEqual(members.list.map(({ uri, status }) => `${uri} ${status}`), [
    "sip:a@x connected",
    "sip:b@x alerting",
  ]);
});

Deno.test("somebody is found by URI, nickname or name, whatever its case; nobody by guessing", () => {
  const members = new RoomMembers();
  members.take(roster([["a", "The Bishop"], ["b", "Bob"], ["c", "bob"], ["anonymous-1", "Anonymous 1"]]));
  assert.equal(members.find("the  bishop"), "sip:a@x");
  assert.equal(members.find("a@x"), "sip:a@x");
  assert.equal(members.find("SIP:A@X"), "sip:a@x");
  assert.equal(members.find("Anonymous 1"), "sip:anonymous-1@x");
  assert.equal(members.find("sip:hidden@x"), "sip:hidden@x");
  assert.equal(members.find("hidden@x"), "sip:hidden@x");
  assert.throws(() => members.find("Bob"), /2 people are called "Bob"; allowed: sip:b@x, sip:c@x/);
  assert.throws(() => members.find("Dave"), /nobody in the room is called "Dave"/);
});

Deno.test("a text begins with the longest name that there is", () => {
  const members = new RoomMembers();
  members.take(roster([["a", "The"], ["b", "The Bishop"], ["c", "Carol"]]));
  assert.deepEqual(members.split("The Bishop hello there"), ["sip:b@x", "hello there"]);
  assert.deepEqual(members.split("the bishops are here"), ["sip:a@x", "bishops are here"]);
  assert.deepEqual(members.split("CAROL  hi\nyou"), ["sip:c@x", "hi\nyou"]);
  assert.deepEqual(members.split("sip:dave@x hi"), ["sip:dave@x", "hi"]);
  assert.throws(() => members.split("Carol"), /something is missing: \/tell WHO TEXT/);
  assert.throws(() => members.split("Carola hi"), /nobody in the room is called "Carola"/);
});
