import assert from "node:assert/strict";
import { mediaOf } from "../../deferred/intake/testing/intake_world.ts";
import { type LargeInvite, LargeWorld, TEAM } from "./testing/large_world.ts";

Deno.test("an invitation that is right is answered 200 as the end point of the session, for one message", async () => {
  const world = new LargeWorld();
  const list = world.people(2);
  const received = await world.invites({ list, headers: "Require: recipient-list-invite\r\n" });
  assert.equal(received.last.status, 200);
  assert.match(received.last.get("Contact")!, /\+g\.oma\.sip-im\.large-message/);
  assert.equal(mediaOf(received.last).direction, "recvonly");
  const sender = world.join({ received });
  await world.quiet();
  sender.say("one");
  await world.quiet();
  sender.say("two");
  await world.quiet();
  assert.deepEqual(sender.told, ["m1xxxx sent", "m2xxxx 403 one message only in this session"]);
  assert.equal(world.post.messages.length, 2);
});

const PERSON = ["sip:u0@example.test"];
const REFUSED: readonly (readonly [what: string, facts: LargeInvite, status: number, warning: string])[] = [
  ["nobody vouches for the sender", { list: PERSON, unknown: true }, 403, "127 Service not authorised"],
  ["an extension that is not known", { list: PERSON, headers: "Require: teleport\r\n" }, 420, ""],
  ["a list to a group", { uri: TEAM, list: PERSON, headers: "Require: recipient-list-invite\r\n" }, 420, ""],
  [
    "a copy of another list",
    { list: PERSON, headers: "X-IM-Exploded-By: <sip:g@x.test>\r\n" },
    403,
    "104 isfocus already assigned",
  ],
  [
    "from a conference",
    { list: PERSON, params: ";+g.oma.sip-im.large-message;isfocus" },
    403,
    "104 isfocus already assigned",
  ],
  ["no list", { list: null }, 400, ""],
  ["an empty list", { list: [] }, 403, "131 No destinations"],
  ["too many", { list: [0, 1, 2, 3, 4, 5].map((i) => `sip:x${i}@example.test`) }, 413, "122 too many participants"],
  [
    "a file",
    { list: PERSON, lines: ['a=file-selector:name:"a" size:5'] },
    488,
    "Files are not sent to lists and groups; large messages are",
  ],
  [
    "who only listens",
    { list: PERSON, lines: ["a=recvonly"] },
    488,
    "A large message is sent by who begins the session",
  ],
  ["a coding", { list: PERSON, headers: "Content-Encoding: gzip\r\n" }, 415, ""],
  ["no description", { list: null, uri: TEAM, sdp: "", headers: "" }, 415, ""],
];
for (const [what, facts, status, warning] of REFUSED) {
  Deno.test(`refused: ${what}: ${status} ${warning}`.trimEnd(), async () => {
    const world = new LargeWorld();
    const { last } = await world.invites(facts);
    assert.equal(last.status, status, last.reason);
    assert.equal(/^399 example\.test "(.*)"$/.exec(last.get("Warning") ?? "")?.[1] ?? "", warning);
    assert.equal(world.intake.size, 0);
  });
}

Deno.test("a group says who may: the answer is that of its rules; a group without members has nobody", async () => {
  const world = new LargeWorld();
  world.policy.refusals.set("join", { status: 403, reason: "no", warning: "116 user is not part of the group" });
  const refused = await world.invites({ uri: TEAM, list: null });
  assert.match(refused.last.get("Warning")!, /116 user is not part/);
  world.policy.refusals.clear();
  assert.match(
    (await world.invites({ uri: TEAM, list: null, callId: "2" })).last.get("Warning")!,
    /131 No destinations/,
  );
  world.groupRefusal = { status: 404, reason: "No such group", warning: "113 group document does not exist" };
  assert.equal((await world.invites({ uri: TEAM, list: null, callId: "3" })).last.status, 404);
});

Deno.test("what is no large message, or for somebody else, goes on", async () => {
  const world = new LargeWorld();
  const chat = await world.invites({ uri: TEAM, list: null, params: ";+g.oma.sip-im" });
  const person = await world.invites({ uri: "sip:u0@example.test", list: null, callId: "2" });
  assert.equal(world.passed.length, 2);
  assert.deepEqual([chat.responses.length, person.responses.length], [0, 0]);
});

Deno.test("in a dialog that is not known any more: 481", async () => {
  const world = new LargeWorld();
  const received = await world.invites({
    list: PERSON,
    headers: "",
    uri: TEAM,
    params: ";+g.oma.sip-im.large-message",
    inDialog: true,
  });
  assert.equal(received.last.status, 481);
});
