import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { REFUSALS } from "../policy/exports.ts";
import { FakePolicy, type FakeRoom } from "./testing/fake_rooms.ts";
import { FACTORY, FocusWorld, GROUP, listPart, take } from "./testing/focus_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";

/** alice is in a group's room. */
async function inGroup(): Promise<{ world: FocusWorld; policy: FakePolicy; room: FakeRoom; invited: Received }> {
  const world = new FocusWorld(), policy = new FakePolicy();
  world.groups.set(GROUP, policy);
  const invited = world.invite(GROUP);
  await world.quiet();
  world.within(invited, "ACK");
  policy.asked.length = 0;
  return { world, policy, room: world.rooms.ofGroup(GROUP)!, invited };
}

/** What NOTIFYs said so far; each is answered. */
function told(world: FocusWorld): string[] {
  const said: string[] = [];
  for (let at = 0; at < world.requests("NOTIFY").length; at++) {
    const notify = world.requests("NOTIFY")[at];
    if (notify.pending) notify.answer(200);
    said.push(toLatin1(notify.request.body).trim());
  }
  return said;
}

Deno.test("REFER in the dialog: 202, somebody is asked, and who asked hears how it goes [CHAT-9]", () => {
  const world = new FocusWorld();
  const { invited, room, asked } = world.chat("bob");
  take(asked[0]);
  world.register("carol");
  const refer = world.within(invited, "REFER", `Refer-To: <${CAROL}>\r\nReferred-By: <${BOB}>\r\n`);
  assert.deepEqual(refer.statuses, [202]);
  const { request } = world.requests("INVITE")[1];
  assert.equal(request.get("Referred-By"), `<${ALICE}>`);
  assert.equal(request.to.uriText, CAROL);
  assert.deepEqual(told(world), ["SIP/2.0 100 Trying"]);
  world.requests("INVITE")[1].answer(180);
  assert.equal(told(world).at(-1), "SIP/2.0 180 Ringing");
  take(world.requests("INVITE")[1]);
  assert.deepEqual(told(world), ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
  assert.match(world.requests("NOTIFY").at(-1)!.request.get("Subscription-State")!, /^terminated/);
  assert.deepEqual(room.seatOf("carol").said, ["dialing-out", "alerting", "joined"]);
});

Deno.test("REFER outside of any dialog, to the room's URI, by who is in it; a decline is told", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob");
  take(asked[0]);
  world.register("carol");
  const refer = world.outside("REFER", room.uri, `Refer-To: <${CAROL}>\r\n`, "", BOB);
  assert.deepEqual(refer.statuses, [202]);
  told(world);
  world.requests("INVITE")[1].answer(603);
  assert.equal(told(world).at(-1), "SIP/2.0 603 Decline");
});

Deno.test("who asked for no NOTIFYs gets none", () => {
  const world = new FocusWorld();
  const { invited } = world.chat("bob");
  world.register("carol");
  const refer = world.within(invited, "REFER", `Refer-To: <${CAROL}>\r\nRefer-Sub: false\r\nSupported: norefersub\r\n`);
  assert.deepEqual([refer.last.status, refer.last.get("Refer-Sub")], [202, "false"]);
  take(world.requests("INVITE")[1]);
  assert.equal(world.requests("NOTIFY").length, 0);
});

Deno.test("REFER of many: each is asked once, whoever is not to be had is left out [CHAT-9]", () => {
  const world = new FocusWorld();
  const { invited, room } = world.chat("bob");
  world.user("dave");
  for (const name of ["carol", "dave"]) world.register(name);
  const entries = [CAROL, CAROL, "sip:dave@example.test", ALICE, FACTORY, room.uri];
  const refer = world.within(
    invited,
    "REFER",
    "Require: multiple-refer, norefersub\r\nRefer-Sub: false\r\nRefer-To: <cid:list@example.test>\r\n" +
      'Content-Type: multipart/mixed;boundary="b"\r\n',
    listPart(entries, "list@example.test"),
  );
  assert.deepEqual(refer.statuses, [202]);
  assert.deepEqual(world.requests("INVITE").slice(1).map(({ request }) => request.to.uriText), [
    CAROL,
    "sip:dave@example.test",
  ]);
});

Deno.test("a list that is the body itself, with its Content-ID in the head (RFC 5368 §7)", () => {
  const world = new FocusWorld();
  const { invited } = world.chat("bob");
  world.register("carol");
  const list = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>' +
    `<entry uri="${CAROL}"/></list></resource-lists>`;
  const head = "Require: multiple-refer\r\nRefer-To: <cid:l1@example.test>\r\nContent-ID: <l1@example.test>\r\n" +
    "Content-Disposition: recipient-list\r\nContent-Type: application/resource-lists+xml\r\n";
  const refer = world.within(invited, "REFER", head, list);
  assert.deepEqual(refer.statuses, [202]);
  take(world.requests("INVITE")[1]);
  told(world);
  assert.equal(told(world).at(-1), "SIP/2.0 200 OK");
});

Deno.test("who is there already is not asked again; who is being asked is asked once, and both who asked hear of it", () => {
  const world = new FocusWorld();
  const { invited, asked } = world.chat("bob");
  const refer = () => world.within(invited, "REFER", `Refer-To: <${BOB}>\r\n`);
  assert.deepEqual(refer().statuses, [202]);
  assert.equal(world.requests("INVITE").length, 1);
  take(asked[0]);
  told(world);
  assert.equal(told(world).at(-1), "SIP/2.0 200 OK");
  assert.deepEqual(refer().statuses, [202]);
  told(world);
  assert.equal(world.requests("INVITE").length, 1);
  assert.equal(told(world).at(-1), "SIP/2.0 200 OK");
});

Deno.test("method=BYE puts somebody out, one or many: by who has the right [CHAT-20]", async () => {
  const { world, policy, room, invited } = await inGroup();
  for (const from of ["bob", "carol"]) {
    const joined = world.invite(GROUP, { from });
    await world.quiet();
    world.within(joined, "ACK");
  }
  assert.deepEqual(world.within(invited, "REFER", `Refer-To: <${BOB};method=BYE>\r\n`).statuses, [202]);
  assert.deepEqual(policy.asked.at(-1), `expel ${ALICE} ${BOB}`);
  assert.equal(world.requests("BYE").length, 1);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /^SIP;cause=200;text="Put out/);
  assert.equal(room.seatOf("bob").said.at(-1), "left booted");
  told(world);
  assert.equal(told(world).at(-1), "SIP/2.0 200 OK");
  const many = world.within(
    invited,
    "REFER",
    "Require: multiple-refer\r\nRefer-Sub: false\r\nRefer-To: <cid:x@e>\r\nContent-Type: multipart/mixed;boundary=b\r\n",
    listPart([`${CAROL};method=BYE`], "x@e"),
  );
  assert.deepEqual(many.statuses, [202]);
  assert.equal(room.seatOf("carol").said.at(-1), "left booted");
});

Deno.test("in a room of aliases who is put out is named by the alias; an address tells nothing of who is there [PRI-2]", async () => {
  const { world, policy, room, invited } = await inGroup();
  room.terms = policy.terms = { ...policy.terms, hidesIdentity: true };
  const joined = world.invite(GROUP, { from: "bob" });
  await world.quiet();
  world.within(joined, "ACK");
  assert.equal(world.within(invited, "REFER", `Refer-To: <${BOB};method=BYE>\r\n`).answer.status, 404);
  assert.equal(world.within(invited, "REFER", `Refer-To: <${CAROL};method=BYE>\r\n`).answer.status, 404);
  const alias = room.find(BOB)!.shown.uri;
  assert.deepEqual(world.within(invited, "REFER", `Refer-To: <${alias};method=BYE>\r\n`).statuses, [202]);
  assert.equal(room.seatOf("bob").said.at(-1), "left booted");
});

const REFUSED: [name: string, head: string, status: number, said: RegExp, body?: string][] = [
  ["without a target", "", 400, /Refer-To/],
  ["nobody", "Refer-To: <mailto:x@y>\r\n", 400, /names nobody/],
  ["oneself", `Refer-To: <${ALICE}>\r\n`, 403, /"131 No destinations"/],
  ["the factory", `Refer-To: <${FACTORY}>\r\n`, 403, /"104 isfocus already assigned"/],
  ["the room itself", "Refer-To: <sip:conf-1@example.test>\r\n", 403, /"104 isfocus already assigned"/],
  ["another method", `Refer-To: <${BOB};method=MESSAGE>\r\n`, 400, /INVITE and BYE/],
  ["a list that is not there", "Refer-To: <cid:none@e>\r\n", 400, /not there/],
  ["an extension nobody knows", `Require: teleport\r\nRefer-To: <${BOB}>\r\n`, 420, /./],
  [
    "a list of nobody",
    "Refer-To: <cid:x@e>\r\nContent-Type: multipart/mixed;boundary=b\r\n",
    403,
    /"131 No destinations"/,
    listPart([FACTORY, ALICE], "x@e"),
  ],
  [
    "more than the room may have",
    "Refer-To: <cid:x@e>\r\nContent-Type: multipart/mixed;boundary=b\r\n",
    486,
    /"122 too many participants"/,
    listPart([..."pqrstu"].map((name) => `sip:${name}@other.test`), "x@e"),
  ],
];
for (const [name, head, status, said, body = ""] of REFUSED) {
  for (const where of ["in the dialog", "outside"]) {
    Deno.test(`a REFER is refused ${where}: ${name}`, async () => {
      const { world, invited, room } = await inGroup();
      room.terms = { ...room.terms, maxParticipants: 5 };
      const { answer } = where === "outside"
        ? world.outside("REFER", room.uri, head, body)
        : world.within(invited, "REFER", head, body);
      assert.equal(answer.status, status);
      assert.match(answer.get("Warning") ?? answer.reason, said);
      assert.equal(world.requests("INVITE").length, 0);
      assert.equal(world.refers.size, 0);
    });
  }
}

Deno.test("a REFER without the right: 403; of who was put out, and of nobody known, too [CHAT-20]", async () => {
  const { world, policy, room, invited } = await inGroup();
  policy.refusals.set("invite", REFUSALS.unauthorised);
  policy.refusals.set("expel", REFUSALS.unauthorised);
  const one = world.within(invited, "REFER", `Refer-To: <${BOB}>\r\n`).answer;
  assert.deepEqual([one.status, one.get("Warning")], [403, '399 example.test "127 Service not authorised"']);
  const bye = world.within(invited, "REFER", `Refer-To: <${BOB};method=BYE>\r\n`).answer;
  assert.equal(bye.status, 403);
  policy.refusals.clear();
  room.barred.add(CAROL);
  assert.equal(world.outside("REFER", room.uri, `Refer-To: <${BOB}>\r\n`, "", CAROL).answer.status, 403);
  const stranger = world.outside("REFER", room.uri, `Refer-To: <${BOB}>\r\n`, "", "sip:x@stranger.test").answer;
  assert.equal(stranger.status, 403);
});

Deno.test("in an ad hoc chat who is in it invites, who began it may put somebody out, and strangers bring nobody [CHAT-20]", () => {
  const world = new FocusWorld();
  const { invited, room } = world.chat("bob");
  const outside = world.outside("REFER", room.uri, `Refer-To: <sip:zoe@other.test>\r\n`, "", CAROL).answer;
  assert.deepEqual([outside.status, outside.get("Warning")], [403, '399 example.test "127 Service not authorised"']);
  // Asked, but not come in yet.
  assert.equal(world.outside("REFER", room.uri, `Refer-To: <${CAROL}>\r\n`, "", BOB).answer.status, 403);
  const joined = world.invite(room.uri, { from: "bob" });
  world.within(joined, "ACK");
  assert.equal(world.within(joined, "REFER", `Refer-To: <${ALICE};method=BYE>\r\n`).answer.status, 403);
  assert.equal(world.within(invited, "REFER", `Refer-To: <${CAROL};method=BYE>\r\n`).answer.status, 404);
  assert.deepEqual(world.within(invited, "REFER", `Refer-To: <${BOB};method=BYE>\r\n`).statuses, [202]);
  assert.equal(room.seatOf("bob").said.at(-1), "left booted");
});

Deno.test("a group without a session: there is nothing to refer to", () => {
  const world = new FocusWorld();
  world.groups.set(GROUP, new FakePolicy());
  assert.equal(world.outside("REFER", GROUP, `Refer-To: <${BOB}>\r\n`).answer.status, 404);
});

Deno.test("somebody who does not exist: the outcome is told", () => {
  const world = new FocusWorld();
  const { invited, room } = world.chat("bob");
  world.within(invited, "REFER", "Refer-To: <sip:nobody@example.test>\r\n");
  told(world);
  assert.match(told(world).at(-1)!, /^SIP\/2.0 404/);
  assert.equal(room.seats.length, 2);
});
