import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { BOB, IntakeWorld, type InviteFacts, mediaOf, textOf } from "./testing/intake_world.ts";

/** The box has taken the session, and the sender is connected. */
async function storing(facts: InviteFacts = {}, world = new IntakeWorld()) {
  const invited = world.invite(facts);
  assert.equal(invited.taken, true);
  assert.equal(invited.received.last.status, 200);
  const alice = world.join(invited);
  await world.quiet();
  return { world, invited, alice };
}

Deno.test("a chat with somebody who is not there: 200 with our end point, each message stored until the sender leaves", async () => {
  const { world, invited, alice } = await storing({ headers: "Subject: lunch\r\n" });
  const { last } = invited.received;
  assert.match(last.get("Contact")!, /\+g\.oma\.sip-im/);
  const media = mediaOf(last);
  assert.deepEqual([media.direction, media.acceptTypes], ["recvonly", ["*"]]);
  alice.say("one");
  alice.say("two", { messageId: "twoxxxx", others: "Content-Disposition: render\r\n" });
  await world.quiet();
  assert.deepEqual(world.post.messages.map(({ body }) => textOf(body)), ["one", "two"]);
  const [, two] = world.post.messages;
  assert.deepEqual([two.recipient, two.sender, two.mode, two.messageId, two.content], [
    BOB,
    "sip:alice@example.test",
    "session",
    "twoxxxx",
    null,
  ]);
  assert.match(two.headers, /^From: <sip:alice@example\.test>\r\nTo: <sip:bob@example\.test>\r\n/);
  assert.match(two.headers, /\r\nSubject: lunch\r\n/);
  assert.match(two.headers, /\r\nContent-Type: text\/plain\r\nContent-Disposition: render\r\n$/);
  assert.equal(two.arrivedAt, world.time.now());
  assert.equal(world.within(invited.received, "BYE").last.status, 200);
  world.time.advance(2_100);
  assert.deepEqual([world.intake.size, world.box.size], [0, 0]);
  assert.equal(world.metrics.value("parley_intake_messages_total", "session"), 2);
  assert.equal(world.metrics.value("parley_intake_octets_total"), 6);
});

Deno.test("who is not taken: refused by a device, deferral never, Expires: 0, not storable, switched off, nothing to be sent", () => {
  const cases: [InviteFacts, (world: IntakeWorld) => void][] = [
    ...[403, 486, 488, 600, 603].map((status): [InviteFacts, () => void] => [{ status }, () => {}]),
    [{}, (world) => world.user("bob", { deferral: "never" })],
    [{ headers: "Expires: 0\r\n" }, () => {}],
    [{ storable: false }, () => {}],
    [{}, (world) => world.settings.enabled = false],
    [{ more: ["a=recvonly"], kind: "file" }, () => {}],
    [{ elsewhere: true }, () => {}],
    [{}, (world) => world.intake.close()],
  ];
  for (const [facts, prepare] of cases) {
    const world = new IntakeWorld();
    prepare(world);
    const { taken, received } = world.invite(facts);
    assert.deepEqual([taken, received.statuses], [false, []], JSON.stringify(facts));
    assert.equal(world.box.size, 0);
  }
});

Deno.test("a recipient of another domain is stored for where the placement rule says so", () => {
  const world = new IntakeWorld();
  world.storesForOthers = true;
  assert.equal(world.invite({ elsewhere: true }).received.last.status, 200);
  assert.equal(world.invite({ elsewhere: true, status: 488 }).taken, false);
});

Deno.test("the sender's 200 comes after the commit, and not before", async () => {
  const { world, alice } = await storing();
  world.post.manual = true;
  alice.say("safe?", { successReport: true, messageId: "m1xxxx" });
  await world.quiet();
  assert.deepEqual(alice.told, []);
  world.post.commit();
  await world.quiet();
  assert.deepEqual(alice.told, ["m1xxxx sent", "m1xxxx delivered"]);
});

Deno.test("what is complete as the sender says BYE is stored, and its 200 still comes", async () => {
  const { world, invited, alice } = await storing();
  world.post.manual = true;
  alice.say("last words", { messageId: "m1xxxx" });
  await world.quiet();
  world.within(invited.received, "BYE");
  world.post.commit();
  await world.quiet();
  assert.deepEqual(alice.told, ["m1xxxx sent"]);
  assert.equal(world.post.messages.length, 1);
});

Deno.test("isComposing, wrapped or not, and SENDs without content are answered and not stored", async () => {
  const { world, alice } = await storing();
  const wrapped = "From: <sip:a@x.test>\r\n\r\nContent-Type: application/im-iscomposing+xml\r\n\r\n<isComposing/>";
  alice.say("<isComposing/>", { contentType: "application/im-iscomposing+xml", messageId: "typing1" });
  alice.say(wrapped, { contentType: "message/cpim", messageId: "typing2" });
  alice.say("", { messageId: "empty1" });
  alice.session.probe();
  await world.quiet();
  assert.deepEqual(alice.told, ["typing1 sent", "typing2 sent", "empty1 sent"]);
  assert.deepEqual(world.post.messages, []);
});

Deno.test("a notification is stored like a message; CPIM gets a DateTime where it has none, all else as it was", async () => {
  const { world, alice } = await storing();
  const notification =
    "From: <sip:alice@example.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: x1\r\n\r\n" +
    "Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n<imdn/>";
  const dated = "From: <sip:a@x.test>\r\nDateTime: 2006-04-04T12:16:49-05:00\r\n\r\nContent-Type: text/plain\r\n\r\nhi";
  alice.say(notification, { contentType: "message/cpim" });
  alice.say(dated, { contentType: "message/cpim" });
  await world.quiet();
  const time = new Date(world.time.now()).toISOString();
  assert.deepEqual(world.post.messages.map(({ body }) => textOf(body)), [
    `DateTime: ${time}\r\n${notification}`,
    dated,
  ]);
});

Deno.test("what policy refuses, and what is malformed: 415, 413 and 400 with the reason; the session goes on", async () => {
  const { world, alice } = await storing();
  world.limit = 100;
  alice.say("x", { contentType: "image/png", messageId: "m1xxxx" });
  alice.say("x".repeat(101), { messageId: "m2xxxx" });
  alice.say("\r\nno header", { contentType: "message/cpim", messageId: "m3xxxx" });
  const inside = "From: <sip:a@x.test>\r\n\r\nContent-Type: image/png\r\n\r\nx";
  alice.say(inside, { contentType: "message/cpim", messageId: "m4xxxx" });
  alice.say("From: <sip:a@x.test>\r\n", { contentType: "message/cpim", messageId: "m5xxxx" });
  alice.say("fine", { messageId: "m6xxxx" });
  await world.quiet();
  assert.deepEqual(alice.told, [
    "m1xxxx 415 this type of content is not allowed here",
    "m2xxxx 413 100 octets at most",
    "m3xxxx 400 CPIM without headers",
    "m4xxxx 415 this type of content is not allowed here",
    "m5xxxx 400 message/cpim whose headers do not end",
    "m6xxxx sent",
  ]);
  assert.deepEqual(world.post.messages.map(({ body }) => textOf(body)), ["fine"]);
  assert.equal(world.metrics.value("parley_intake_refused_total", "type"), 2);
  assert.equal(world.metrics.value("parley_intake_refused_total", "malformed"), 2);
  assert.equal(world.intake.budget.used, 0);
});

Deno.test("a large message: one, then the sender's BYE, or ours after a while", async () => {
  const { world, invited, alice } = await storing({ kind: "large", headers: "Expires: 3600\r\n" });
  assert.match(invited.received.last.get("Contact")!, /large-message/);
  alice.say("x".repeat(5000), { messageId: "m1xxxx" });
  alice.say("more", { messageId: "m2xxxx" });
  await world.quiet();
  assert.deepEqual(alice.told.sort(), ["m1xxxx sent", "m2xxxx 403 one message only in this session"]);
  const [stored] = world.post.messages;
  assert.deepEqual([stored.mode, stored.body.length], ["large", 5000]);
  assert.equal(stored.expiresAt - stored.arrivedAt, 3_600_000);
  assert.deepEqual(world.byes, []);
  world.time.advance(15_100);
  assert.deepEqual(world.byes, ['SIP;cause=200;text="Message stored"']);
  await world.quiet();
  assert.equal(alice.closed === "" && world.intake.size > 0, false);
});

Deno.test("Expires of a chat's INVITE limits the invitation, not its messages", async () => {
  const { world, alice } = await storing({ headers: "Expires: 180\r\n" });
  alice.say("one");
  await world.quiet();
  const [{ expiresAt, arrivedAt }] = world.post.messages;
  assert.equal(expiresAt - arrivedAt, 7 * 86_400_000);
});

Deno.test("the store has no room: the INVITE gets 480 with the words of a MESSAGE's answer; a failed store 503", () => {
  const world = new IntakeWorld();
  world.post.quota = 1000;
  const { received, taken } = world.invite({ kind: "file", more: ['a=file-selector:name:"a.bin" size:1001'] });
  assert.deepEqual([taken, received.last.status], [true, 480]);
  assert.equal(received.last.reason, "Message store of recipient full (1000 bytes)");
  assert.equal(received.last.get("Warning"), '399 example.test "Message store of recipient full (1000 bytes)"');
  assert.deepEqual(world.quotaTold, [`${BOB} bytes`]);
  const fits = world.invite({ kind: "file", more: ['a=file-selector:name:"a.bin" size:1000'] });
  assert.equal(fits.received.last.status, 200);
  world.post.refusing = { kind: "failed", error: new StorageError("failed", "broken") };
  const failed = world.invite().received.last;
  assert.deepEqual([failed.status, failed.reason, failed.get("Retry-After")], [
    503,
    "Message store not available",
    "60",
  ]);
});

Deno.test("bounds: sessions in all 503, of one sender 486; each that ends makes room", () => {
  const world = new IntakeWorld({ maxSessions: 3, perSender: 2 });
  const first = world.invite();
  world.invite();
  assert.equal(world.invite().received.last.status, 486);
  assert.equal(world.invite({ from: "sip:carol@example.test" }).received.last.status, 200);
  const more = world.invite({ from: "sip:dave@example.test" });
  assert.deepEqual([more.received.last.status, more.received.last.get("Retry-After")], [503, "30"]);
  world.within(first.received, "ACK");
  world.within(first.received, "BYE");
  world.time.advance(2_100);
  assert.equal(world.invite().received.last.status, 200);
  world.box.add = () => {
    throw new RangeError("too many sessions");
  };
  world.settings.maxSessions = 10;
  assert.equal(world.invite({ from: "sip:erin@example.test" }).received.last.status, 503);
  assert.equal(world.metrics.value("parley_intake_refused_total", "room"), 2);
});

Deno.test("nobody says anything: BYE after two minutes; who keeps the session alive is waited for", async () => {
  const { world, alice } = await storing();
  world.time.advance(100_000);
  alice.session.probe();
  await world.quiet();
  world.time.advance(100_000);
  assert.deepEqual(world.byes, []);
  world.time.advance(30_000);
  assert.deepEqual(world.byes, ['SIP;cause=200;text="inactivity"']);
  world.time.advance(2_100);
  assert.equal(world.intake.size, 0);
});

Deno.test("the sender never connects: BYE", () => {
  const world = new IntakeWorld();
  const { received } = world.invite();
  world.within(received, "ACK");
  world.time.advance(125_100);
  assert.deepEqual(world.byes, ['SIP;cause=200;text="inactivity"']);
});

Deno.test("the recipient comes: the chat ends in the next pause, so that the next message goes live; what crosses is stored", async () => {
  const { world, alice } = await storing();
  alice.say("one");
  await world.quiet();
  world.online();
  world.time.advance(900);
  alice.say("two");
  await world.quiet();
  world.time.advance(200);
  assert.deepEqual(world.byes, [], "in the middle of it");
  world.time.advance(1_000);
  assert.deepEqual(world.byes, ['SIP;cause=200;text="Recipient is online"']);
  alice.say("three");
  await world.quiet();
  assert.deepEqual(world.post.messages.map(({ body }) => textOf(body)), ["one", "two", "three"]);
  world.time.advance(2_100);
  await world.quiet();
  assert.equal(world.intake.size, 0);
});

Deno.test("a sender without pauses is left after ten seconds; a commit under way is waited for", async () => {
  const { world, alice } = await storing();
  world.online();
  for (let i = 0; i < 10; i++) {
    alice.say(`m${i}`);
    await world.quiet();
    world.time.advance(900);
  }
  assert.deepEqual(world.byes, []);
  world.post.manual = true;
  alice.say("being stored");
  await world.quiet();
  world.time.advance(5_000);
  assert.deepEqual(world.byes, []);
  world.post.commit();
  world.time.advance(1_100);
  assert.equal(world.byes.length, 1);
});

Deno.test("a single message goes on, whoever comes; a chat for one device goes on until that one comes", async () => {
  const large = (await storing({ kind: "large" })).world;
  large.online();
  large.time.advance(11_000);
  assert.deepEqual(large.byes, []);
  const { world } = await storing({ device: "<urn:uuid:1>" });
  world.online("<urn:uuid:2>");
  world.time.advance(11_000);
  assert.deepEqual(world.byes, []);
  world.online("<urn:uuid:1>");
  world.time.advance(11_000);
  assert.equal(world.byes.length, 1);
});

Deno.test("a re-INVITE gets the same answer where nothing has changed, 488 where something has, other requests 405", async () => {
  const { world, invited } = await storing();
  const { received } = invited;
  const sdp = new TextDecoder().decode(received.request.body);
  const type = "Content-Type: application/sdp\r\n";
  const again = world.within(
    received,
    "INVITE",
    type,
    sdp.replace("alice 1000 1", "alice 1000 2") + "a=x-note:1\r\n",
    3,
  );
  assert.equal(again.last.status, 200);
  assert.deepEqual(again.last.body, received.last.body);
  world.within(received, "ACK", "", "", 3);
  const moved = world.within(
    received,
    "INVITE",
    type,
    sdp.replace("alice 1000 1", "alice 1000 3").replace("7654/", "7655/"),
    4,
  );
  assert.equal(moved.last.status, 488);
  const hold = world.within(
    received,
    "INVITE",
    type,
    sdp.replace("alice 1000 1", "alice 1000 4") + "a=inactive\r\n",
    5,
  );
  assert.equal(hold.last.status, 488);
  assert.equal(world.within(received, "INFO", "", "", 6).last.status, 405);
});

Deno.test("the box goes down: BYE to all, and nothing is taken any more", async () => {
  const { world, alice } = await storing();
  alice.say(new Uint8Array(30_000), { messageId: "m1xxxx" });
  world.intake.close();
  await world.quiet();
  assert.deepEqual(world.byes, ['SIP;cause=503;text="Service going down"']);
  assert.deepEqual([world.intake.size, world.post.messages.length], [0, 0]);
  assert.equal(world.invite().taken, false);
  assert.equal(alice.told.length, 1, "its message has failed");
});

Deno.test("whether the recipient's devices were asked in vain is told to who delivers", async () => {
  const world = new IntakeWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const { alice } = await storing({}, world);
  alice.say("one");
  await world.quiet();
  assert.deepEqual(world.post.tried, [true]);
});

Deno.test("devices that were not asked, since all is to be stored first, are delivered to at once", async () => {
  const world = new IntakeWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const { alice } = await storing({ asked: false }, world);
  alice.say("one");
  await world.quiet();
  assert.deepEqual(world.post.tried, [false]);
});

Deno.test("a user leaves the service: their sessions end, and nothing more is stored that the store did not have", async () => {
  for (const gone of [BOB, "sip:alice@example.test"]) {
    const { world, alice } = await storing();
    alice.say("one", { messageId: "m1xxxx" });
    await world.quiet();
    world.contents.slow = true;
    alice.say("x".repeat(20_000), { messageId: "long01" });
    alice.say("behind it", { messageId: "m2xxxx" });
    await world.quiet();
    world.intake.endOf("sip:carol@example.test");
    assert.deepEqual(world.byes, []);
    world.intake.endOf(gone);
    world.contents.drain();
    await world.quiet();
    assert.deepEqual(world.byes, ['SIP;cause=480;text="User not in service"']);
    assert.deepEqual(world.post.messages.map(({ body }) => textOf(body)), ["one"]);
    assert.deepEqual(alice.told, ["m1xxxx sent", "long01 403 the session is over", "m2xxxx 403 the session is over"]);
    assert.deepEqual([world.intake.size, world.intake.budget.used, world.intake.reservations.of(BOB)], [0, 0, 0]);
  }
});

Deno.test("who may send no more ends what they store for others, not what others store for them", async () => {
  const { world, alice } = await storing();
  alice.say("one", { messageId: "m1xxxx" });
  await world.quiet();
  world.intake.endFrom(BOB);
  assert.deepEqual([world.byes, world.intake.size], [[], 1]);
  world.intake.endFrom("sip:alice@example.test");
  await world.quiet();
  assert.deepEqual(world.byes, ['SIP;cause=480;text="User not in service"']);
  assert.equal(world.intake.size, 0);
});

Deno.test("rules that no longer let a session begin end it; others, and rules that cannot be read, do not", async () => {
  let verdict: boolean | Error = true;
  const asked: string[] = [];
  const mayStand = ({ sender, recipient }: { sender: string; recipient: string }, aor: string) => {
    asked.push(`${sender} ${recipient} ${aor}`);
    return verdict instanceof Error ? Promise.reject(verdict) : verdict;
  };
  const { world } = await storing({}, new IntakeWorld({}, { mayStand }));
  await world.intake.review(BOB);
  await world.intake.review("sip:alice@example.test");
  await world.intake.review("sip:carol@example.test");
  const both = `sip:alice@example.test ${BOB}`;
  assert.deepEqual(asked, [`${both} ${BOB}`, `${both} sip:alice@example.test`]);
  verdict = new Error("the store does not answer");
  await assert.rejects(world.intake.review(BOB), verdict);
  assert.equal(world.intake.size, 1);
  verdict = false;
  await world.intake.review(BOB);
  assert.deepEqual(world.byes, ['SIP;cause=200;text="Session ended"']);
  assert.equal(world.intake.size, 0);
});

Deno.test("a recipient who wants nothing stored any more: the session ends within seconds", async () => {
  const { world, alice } = await storing();
  alice.say("one");
  await world.quiet();
  world.wanted = false;
  world.time.advance(5_100);
  assert.deepEqual(world.byes, ['SIP;cause=480;text="Messages are not stored any more"']);
  alice.say("two", { messageId: "m2xxxx" });
  await world.quiet();
  assert.deepEqual([world.post.messages.length, world.intake.size], [1, 0]);
});

Deno.test("a device that came while others were asked in vain: the chat ends in the next pause, so that it is asked", async () => {
  for (const [since, byes] of [[-1, 1], [0, 0]]) {
    const world = new IntakeWorld();
    world.device("bob", "sip:bob@203.0.113.1", { registeredAt: world.time.now() });
    const { alice } = await storing({ asked: true, since: world.time.now() + since }, world);
    alice.say("one");
    await world.quiet();
    world.time.advance(2_100);
    assert.equal(world.byes.length, byes);
  }
});
