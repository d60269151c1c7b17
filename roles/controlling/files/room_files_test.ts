import assert from "node:assert/strict";
import { mediaOf, textOf } from "../../deferred/intake/testing/intake_world.ts";
import type { RecordedCopy } from "../explosion/copy_recorder.ts";
import { type FileInvite, FileWorld } from "./testing/file_world.ts";

const CHESS = "sip:chess@example.test", ROOM = "sip:conf-1@example.test";
const SERVICE = "sip:conference-factory@example.test";
const [U0, U1, U2] = [0, 1, 2].map((i) => `sip:u${i}@example.test`);
const LONG = "a long story ".repeat(3_000);

Deno.test("a file becomes one for each of the others, over one content, in the room's name and asserted to be of its sender", async () => {
  const world = new FileWorld({ group: CHESS });
  world.others(...world.people(3, [0]));
  assert.deepEqual(await world.sendsFile(LONG), ["m1xxxx sent"]);
  assert.equal(world.contents.writers.length, 1);
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), [U0, U1, U2]);
  for (const aor of [U0, U1, U2]) {
    const { headers, sender, mode, content, messageId } = world.copyFor(aor);
    assert.deepEqual([sender, mode], [SERVICE, "file"]);
    assert.match(messageId!, /^[0-9a-f]{32}$/);
    assert.equal(textOf(world.contents.octetsOf(content!)), LONG);
    assert.deepEqual(headers.split("\r\n").filter((line) => !/^(?:Date|X-IM-Exploded-By):/.test(line)), [
      `From: "Chess" <${ROOM}>`,
      `To: <${aor}>`,
      "P-Asserted-Identity: <sip:alice@example.test>",
      "Referred-By: <sip:alice@example.test>",
      `Parley-File-Room: <${CHESS}>`,
      "Content-Type: application/pdf",
      `Parley-File: name:"plan.pdf" type:application/pdf size:${LONG.length}`,
      "Parley-File-Transfer-Id: t1",
      "",
    ]);
  }
  assert.deepEqual([...world.contents.claims.values()], [0], "what the copies claim is the store's");
});

Deno.test("where identities are hidden nothing of what is stored names the sender, and recordings have the alias", async () => {
  const world = new FileWorld({ hidden: true });
  const recorded: RecordedCopy[] = [];
  world.copies = { copy: (copy, done) => (recorded.push(copy), done()) };
  world.others(...world.people(2, [0]));
  await world.sendsFile("%PDF");
  const { headers, messageId } = world.copyFor(U0);
  assert.match(headers, /^From: <sip:conf-1@example\.test>\r\n/);
  assert.match(headers, /\r\nP-Asserted-Identity: <sip:conf-1@example\.test>\r\n/);
  for (const message of world.post.messages) assert.ok(!/alice|Referred-By/i.test(JSON.stringify(message)));
  assert.notEqual(messageId, "m1xxxx");
  assert.deepEqual(
    recorded.map(({ sender: { aor }, group, file }) => [aor, group, file]),
    Array(2).fill(["sip:anonymous-1@anonymous.invalid", ROOM, "plan.pdf"]),
  );
});

Deno.test("who hears its sender when all of it is here gets it: not who has blocked the sender, and who came meanwhile, too", async () => {
  const world = new FileWorld();
  world.others(...world.people(2));
  world.user("late");
  world.unhearing.add(U0);
  await world.sendsFile("%PDF", { before: () => world.enters("sip:late@example.test") });
  assert.deepEqual(world.post.messages.map(({ recipient }) => recipient), [U1, "sip:late@example.test"]);
});

Deno.test("nobody's rules are asked: they are for who begins something, and a room has filters of its own", async () => {
  const world = new FileWorld();
  world.others(...world.people(1));
  world.rules.set(U0, { verdict: "refuse", reason: "a stranger" });
  await world.sendsFile("%PDF");
  assert.equal(world.post.messages.length, 1);
  assert.deepEqual(world.asked, []);
});

for (
  const [what, before] of [
    ["the session ends", ({ room }) => room.end("owner")],
    ["its sender is expelled", ({ room }) => room.barred.add("sip:alice@example.test")],
    ["its sender leaves", ({ room }) => room.seatOf("alice").leave("departed")],
  ] as readonly (readonly [string, (world: FileWorld) => void])[]
) {
  Deno.test(`${what} while the file comes: 403, and nobody gets it`, async () => {
    const world = new FileWorld();
    world.others(...world.people(1));
    assert.deepEqual(await world.sendsFile(LONG, { before: () => before(world) }), [
      "m1xxxx 403 the session is over",
    ]);
    assert.equal(world.post.messages.length, 0);
  });
}

Deno.test("a transfer that is tried again in another call is the same one, over a restart too; another one of the same file is not", async () => {
  const world = new FileWorld();
  world.others(...world.people(2));
  await world.sendsFile(LONG);
  for (const restart of [false, true]) {
    if (restart) world.restart();
    const again = { callId: `again ${restart}`, messageId: `again${restart}` };
    assert.deepEqual(await world.sendsFile(LONG, again), [`${again.messageId} sent`]);
    assert.equal(world.post.messages.length, 2);
  }
  await world.sendsFile(LONG, { callId: "other", transferId: "t2" });
  assert.equal(world.post.messages.length, 4);
});

Deno.test("people of another domain get it from their own server, at once; where nothing goes there the sender is told", async () => {
  for (const stores of [true, false]) {
    const world = new FileWorld();
    world.away.stores = stores;
    world.others(...world.people(1, [0]), "sip:zoe@other.test");
    await world.sendsFile("%PDF");
    assert.deepEqual(world.soon, stores ? ["sip:zoe@other.test"] : []);
    world.take(U0);
    assert.equal(world.reports.length, stores ? 0 : 1);
    if (!stores) assert.match(world.reports[0], /: 1 have it, 0 can still take it, 1 cannot get it\.$/);
  }
});

Deno.test("the sender is told how many have it, by numbers alone, once people have had time to answer; nothing where all have it", async () => {
  const world = new FileWorld({ group: CHESS });
  world.others(...world.people(3, [0, 1]));
  await world.sendsFile("%PDF");
  world.take(U0);
  world.time.advance(100_000);
  assert.deepEqual(world.reports, []);
  world.time.advance(60_000);
  assert.match(
    world.reports[0],
    /^Your file "plan\.pdf" of \d{4}-\d\d-\d\d \d\d:\d\d UTC for 3 in the room: 1 have it, 2 can still take it, 0 cannot get it\.$/,
  );
  await world.sendsFile("%PDF", { callId: "2", transferId: "t2" });
  for (const aor of [U0, U1]) world.delivered.add(world.pending(aor).at(-1)!.id);
  assert.equal(world.reports.length, 1);
});

Deno.test("the answer takes the file and nothing else: a wrapper around it is 415, more than was announced 413, a second one 403", async () => {
  const world = new FileWorld();
  world.others(...world.people(1));
  const answer = mediaOf((await world.offers()).last);
  assert.deepEqual([answer.direction, answer.acceptTypes, answer.file?.selector.name], ["recvonly", [
    "application/pdf",
  ], "plan.pdf"]);
  const told = async (body: string, facts: Parameters<FileWorld["sendsFile"]>[1]) =>
    (await world.sendsFile(body, { callId: `c${body.length}`, ...facts })).join();
  assert.match(await told("From: <sip:alice@example.test>\r\n\r\n", { contentType: "message/cpim" }), / 415/);
  assert.match(await told("123456", { size: 5 }), / 413 5 octets were announced/);
  assert.match(await told("1234", { size: 5 }), / 400 4 octets came, 5 were announced/);
  assert.equal(world.post.messages.length, 0);
});

const SELECTOR = 'a=file-selector:name:"plan.pdf" type:application/pdf';
const REFUSED: readonly (readonly [what: string, facts: FileInvite, status: number, warning: RegExp])[] = [
  ["no size", { lines: [SELECTOR] }, 488, /says its type and its size/],
  ["no type", { lines: ['a=file-selector:name:"plan.pdf" size:5'] }, 488, /says its type and its size/],
  ["a wrapper", { lines: ["a=file-selector:type:message/cpim size:5"] }, 488, /message\/cpim is no file/],
  ["a part", { lines: [`${SELECTOR} size:5`, "a=file-range:2-5"] }, 488, /Only whole files/],
  ["larger than the operator allows", { size: 100_000_001 }, 403, /100000001 bytes announced/],
];
for (const [what, facts, status, warning] of REFUSED) {
  Deno.test(`refused before anything moves: ${what}`, async () => {
    const world = new FileWorld();
    world.others(...world.people(1));
    const { last } = await world.offers(facts);
    assert.equal(last.status, status, last.reason);
    assert.match(last.get("Warning") ?? "", warning);
    assert.equal(world.intake.size, 0);
  });
}

Deno.test("only who is in the session may, and not to nobody, nor too many at a time", async () => {
  const world = new FileWorld();
  assert.match((await world.offers()).last.get("Warning")!, /131 No destinations/);
  world.others(...world.people(1, [0]));
  for (let i = 0; i < 20; i++) await world.sendsFile("%PDF", { callId: `c${i}`, transferId: `t${i}` });
  assert.equal((await world.offers({ callId: "many" })).last.status, 503);
  world.room.seatOf("alice").leave("departed");
  const { last } = await world.offers({ callId: "left" });
  assert.deepEqual([last.status, /127 Service not authorised/.test(last.get("Warning")!)], [403, true]);
  world.room.end("owner");
  assert.equal((await world.offers({ callId: "over" })).last.status, 404);
});
