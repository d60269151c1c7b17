/** What goes on beside a room, and how a chat of two becomes one: by devices that are not ours. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { freshId } from "../support/msrp_peer.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { FACTORY, refusalOf, RoomCaller } from "../support/room_caller.ts";
import { said } from "../support/room_dialog.ts";
import { header, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;
const CHESS = address("chess"), BRIDGE = "sip:bridge@media.example.test";
const PEOPLE = ["alice", "bob", "carol"];
const AUDIO = [
  "v=0",
  "o=alice 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0",
  "",
].join("\r\n");

let plain: ParleyProcess, bridged: ParleyProcess;
Deno.test.beforeAll(async () => {
  plain = await boxWith();
  bridged = await boxWith(`[rooms]\nspeech_uri = "${BRIDGE}"\n`);
});
Deno.test.afterAll(async () => {
  for (const box of [plain, bridged]) await box[Symbol.asyncDispose]();
});

/** A box with a group of all of them. */
async function boxWith(config = ""): Promise<ParleyProcess> {
  const parley = await ParleyProcess.start({ users: users(...PEOPLE), config });
  const owner = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  const group = groupText(CHESS, { members: PEOPLE, membersMay: ["join-handling", "allow-private-message"] });
  equal((await owner.put(owner.own(GROUPS, "chess"), group)).status, 201);
  owner.close();
  return parley;
}

/** Each of them with a device of their own; all have left at the end. */
async function withPeople(act: (people: RoomCaller[]) => Promise<void>, parley = plain): Promise<void> {
  const people: RoomCaller[] = [];
  for (const name of PEOPLE) people.push(await RoomCaller.open(parley, name));
  try {
    await act(people);
  } finally {
    for (const { dialogs, client } of people) {
      // One that the other side has ended gets 481.
      for (const dialog of dialogs) await dialog.within("BYE");
      await client.register(0);
    }
    for (const person of people) person.close();
  }
}

Deno.test("OPTIONS to a room, or to a group, finds a conference; to a person none", options, async () => {
  await withPeople(async ([alice, bob]) => {
    const { room } = await bob.enters(CHESS);
    for (const uri of [room, CHESS]) {
      const answer = await alice.client.request({ method: "OPTIONS", uri });
      equal(statusOf(answer), 200, answer.raw);
      match(header(answer, "contact"), /;isfocus/);
      match(header(answer, "allow-events"), /conference/);
      match(answer.body, /^m=message 0 TCP\/MSRP \*\r$/m);
      ok(!/bob|alice/.test(answer.body + header(answer, "contact")));
    }
    const factory = await alice.client.request({ method: "OPTIONS", uri: FACTORY });
    deepEqual([statusOf(factory), /isfocus/.test(header(factory, "contact"))], [200, false]);
    equal(statusOf(await alice.client.request({ method: "OPTIONS", uri: address("nochess") })), 404);
  });
});

Deno.test("two people of a room have a chat of their own beside it [CHAT-12] [CHAT-1] [USE-4]", options, async () => {
  await withPeople(async ([alice, bob, carol]) => {
    const rooms = [];
    for (const person of [alice, bob, carol]) rooms.push(await person.enters(CHESS));
    const taking = bob.takes();
    const hers = await alice.enters(bob.aor);
    const his = await taking;
    ok(!/isfocus/.test(header(hers.answer, "contact")), "it is no conference");
    equal((await hers.say("only you", { to: bob.aor })).status, 200);
    await his.heard("only you");
    equal((await rooms[0].say("all of you")).status, 200);
    await rooms[1].heard("all of you");
    await rooms[2].heard("all of you");
    equal((await his.say("only you, too", { to: alice.aor })).status, 200);
    await hers.heard("only you, too");
    await his.bye();
    await hers.ended();
    equal((await rooms[1].say("still here")).status, 200);
    for (const room of [rooms[0], rooms[2]]) await room.heard("still here");
    deepEqual(rooms[2].texts, ["all of you", "still here"]);
    deepEqual([hers.texts, his.texts], [["only you, too"], ["only you"]]);
  });
});

for (const name of ["Replaces", "Session-Replaces"]) {
  Deno.test(
    `a chat of two grows into a private room when a third is asked: ${name} in the list; the chat ends when its peer is in [CHAT-13]`,
    options,
    async () => {
      await withPeople(async ([alice, bob, carol]) => {
        const taking = bob.takes();
        const hers = await alice.enters(bob.aor);
        const his = await taking;
        equal((await hers.say("the two of us", { to: bob.aor })).status, 200);
        await his.heard("the two of us");
        const { callId, localTag, remoteTag } = hers.facts;
        const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
        const room = await alice.enters(FACTORY, { list: [`${bob.aor}?${name}=${replaces}`, carol.aor] });
        match(header(room.answer, "contact"), /;isfocus/);
        const hisRoom = await bob.takes();
        const theirs = await carol.takes();
        // What Bob's device is to replace is the dialog that it knows.
        const value = header(hisRoom.answer, "replaces");
        ok(value.startsWith(his.facts.callId), value);
        ok(value.includes(`to-tag=${his.facts.localTag}`) && value.includes(`from-tag=${his.facts.remoteTag}`), value);
        equal(header(theirs.answer, "replaces"), "");
        for (const old of [hers, his]) await old.ended();
        equal((await hisRoom.say("the three of us")).status, 200);
        for (const each of [room, theirs]) await each.heard("the three of us");
        equal(theirs.texts.includes("the two of us"), false, "what was said before is not for who comes later");
      });
    },
  );
}

Deno.test(
  "who wants to speak in a room is sent to the conference bridge, where there is one; two speak with each other [CHAT-14]",
  options,
  async () => {
    const speech = { sdp: AUDIO, contactParams: "" };
    await withPeople(async ([alice, bob]) => {
      const room = await bob.enters(CHESS);
      for (const uri of [CHESS, room.room]) {
        const moved = await alice.invite(uri, speech);
        equal(statusOf(moved), 302, moved.raw);
        equal(header(moved, "contact"), `<${BRIDGE}>`);
      }
      // One to one the description goes through as it is.
      const asked = alice.invite(bob.aor, speech);
      const invite = await bob.client.requestArrived(({ start, body }) =>
        start.startsWith("INVITE ") && body.includes("m=audio")
      );
      equal(invite.body, AUDIO);
      const tag = freshId(5), headers = [`Contact: ${bob.client.contact}`, "Content-Type: application/sdp"];
      await bob.respond(invite, 200, tag, headers, AUDIO.replace("40000", "40002"));
      const answer = await asked;
      equal(statusOf(answer), 200, answer.raw);
      match(answer.body, /^m=audio 40002 RTP\/AVP 0\r$/m);
      equal((await room.say("and write meanwhile")).status, 200);
    }, bridged);
  },
);

Deno.test("without a bridge speech in a room is refused, and why [CHAT-14]", options, async () => {
  await withPeople(async ([alice]) => {
    const refused = await alice.invite(CHESS, { sdp: AUDIO });
    equal(statusOf(refused), 488);
    match(header(refused, "warning"), /^304 \S+ "This room is for messages; it has no speech"$/);
    equal(refusalOf(await alice.invite(CHESS, { sdp: AUDIO.replace("audio 40000", "audio 0") })), "488");
  });
});

Deno.test(
  "an image that is sent to a room comes to each of them as it is, in pieces or whole [MMD-2]",
  options,
  async () => {
    await withPeople(async ([alice, bob, carol]) => {
      const [hers, his] = [await alice.enters(CHESS), await bob.enters(CHESS)];
      const theirs = await carol.enters(CHESS);
      const image = new Uint8Array(randomBytes(150_000));
      const head = new TextEncoder().encode(
        `From: <${alice.aor}>\r\nTo: <${hers.room}>\r\nDateTime: 2026-01-02T03:04:05Z\r\n\r\n` +
          'Content-Type: image/png\r\nContent-Disposition: attachment; filename="board.png"\r\n\r\n',
      );
      const whole = new Uint8Array(head.length + image.length);
      whole.set(head);
      whole.set(image, head.length);
      // In chunks of ours, as RFC 4975 §5.1 has it.
      const messageId = freshId(), step = 40_000;
      for (let at = 0; at < whole.length; at += step) {
        const end = Math.min(at + step, whole.length);
        const { status, comment } = await hers.peer.ask({
          to: hers.theirPath,
          from: hers.path,
          messageId,
          type: "message/cpim",
          range: `${at + 1}-${end}/${whole.length}`,
          body: whole.subarray(at, end),
          flag: end === whole.length ? "$" : "+",
        });
        equal(status, 200, comment);
      }
      const digest = (octets: Uint8Array) => createHash("sha256").update(octets).digest("hex");
      for (const dialog of [his, theirs]) {
        await dialog.peer.arrived((frame) => frame.method === "SEND" && frame.flag === "$" && frame.body.length > 0);
        const frames = dialog.peer.frames.filter(({ method, body }) => method === "SEND" && body.length > 0);
        ok(frames.every(({ headers }) => headers.get("message-id") === messageId));
        const octets = new Uint8Array(Buffer.concat(frames.map(({ body }) => body)));
        match(said(frames[0]), /^Content-Type: image\/png\r$/m);
        equal(digest(octets.subarray(octets.length - image.length)), digest(image));
      }
      deepEqual(hers.texts, [], "the sender has it already");
    });
  },
);
