import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { ConversationsWorld } from "../testing/conversations_world.ts";
import { ALICE, BOB, CAROL, wrapped } from "../testing/messages.ts";

const ALL = { folder: null, with: "", from: 0, until: Infinity };
const references = ({ conversations }: { conversations: readonly { reference: string }[] }) =>
  conversations.map(({ reference }) => reference);
const bytes = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());

Deno.test("conversations are listed the latest first, in pages, by person, folder and time", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const made: string[] = [];
  for (let i = 0; i < 7; i++) made.unshift(await world.record([`message ${i}`]));
  const chess = { with: "sip:chess@example.test", group: { uri: "sip:chess@example.test", name: "Chess Club" } };
  made.unshift(await world.record(["check"], { ...chess, kind: "room", parties: [{ uri: ALICE, name: "Alice" }] }));
  const first = conversations.list(ALICE, ALL, "", 3);
  const second = conversations.list(ALICE, ALL, first.next, 3);
  const third = conversations.list(ALICE, ALL, second.next, 3);
  deepEqual([...references(first), ...references(second), ...references(third)], made);
  deepEqual([first.total, third.next], [8, ""]);
  deepEqual(references(conversations.list(ALICE, { ...ALL, with: "club" }, "", 9)), [made[0]]);
  await conversations.change(ALICE, made[2], { name: "/trips// plans/ first " });
  equal(conversations.find(ALICE, made[2])!.name, "trips/plans/first");
  deepEqual(references(conversations.list(ALICE, { ...ALL, folder: "trips" }, "", 9)), [made[2]]);
  deepEqual(conversations.folders(ALICE).map(({ folder, conversations }) => [folder, conversations]), [
    ["", 7],
    ["trips", 0],
    ["trips/plans", 1],
  ]);
  const { ended_at } = conversations.find(ALICE, made[1])!;
  deepEqual(references(conversations.list(ALICE, { ...ALL, from: ended_at }, "", 9)), made.slice(0, 2));
  deepEqual(references(conversations.list(ALICE, { ...ALL, until: ended_at }, "", 9)), made.slice(2));
  throws(() => conversations.list(ALICE, ALL, "nonsense", 3), /after/);
});

Deno.test("what is another's is not there: no list, no look, no message, no change, no search, no export", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const reference = await world.record(["a secret"]);
  equal(conversations.list(BOB, ALL, "", 9).total, 0);
  for (const unknown of [reference, "h-none"]) {
    equal(conversations.find(BOB, unknown), null);
    equal(await conversations.messages(BOB, unknown, 0, 9), null);
    equal(await conversations.content(BOB, unknown, 1, "original"), null);
    equal(await conversations.change(BOB, unknown, { name: "mine" }), null);
    equal(await conversations.remove(BOB, [unknown]), false);
    equal(conversations.export(BOB, unknown, "json", { language: "en", zone: "" }), null);
    equal(await conversations.mark(BOB, { with: ALICE, at: 1, reference: unknown, seq: 1, back: false }), null);
  }
  deepEqual((await conversations.search(BOB, { ...ALL, words: "secret", reference: "" }, 9)).hits, []);
  deepEqual((await conversations.saying(BOB, "secret", 9)).references.size, 0);
  equal((await conversations.search(ALICE, { ...ALL, words: "secret", reference: "" }, 9)).hits.length, 1);
});

Deno.test("messages come in order, in pages, with their text where they are text", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const reference = await world.record([
    "one",
    { body: wrapped("zwei ü"), contentType: "message/cpim", from: { uri: ALICE, name: "Alice" } },
    { body: Uint8Array.of(0, 255), contentType: "image/png", file: "cat.png" },
  ]);
  const first = (await conversations.messages(ALICE, reference, 0, 2))!;
  const second = (await conversations.messages(ALICE, reference, first.next, 2))!;
  const all = [...first.messages, ...second.messages];
  deepEqual(all.map(({ text, own, content_type, octets, file }) => [text, own, content_type, octets, file]), [
    ["one", false, "text/plain", 3, ""],
    ["zwei ü", true, "text/plain;charset=utf-8", wrapped("zwei ü").length, ""],
    [null, false, "image/png", 2, "cat.png"],
  ]);
  ok(first.next > 0);
  equal(second.next, 0);
});

Deno.test("contents are octet for octet what came; without their wrapper what is in it, however large", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const large = crypto.getRandomValues(new Uint8Array(60_000));
  const head = utf8(`From: <${BOB}>\r\nTo: <${ALICE}>\r\n\r\nContent-Type: image/png\r\n\r\n`);
  const whole = new Uint8Array([...head, ...large, ...large, ...large, ...large]);
  const small = wrapped("hello");
  const reference = await world.record([
    { body: small, contentType: "message/cpim" },
    { content: await world.content(whole), contentType: "message/cpim", file: "cat.png" },
    { content: await world.content(whole), contentType: "application/octet-stream" },
  ]);
  const { messages } = (await conversations.messages(ALICE, reference, 0, 9))!;
  const get = (i: number, form: "original" | "content") =>
    conversations.content(ALICE, reference, messages[i].seq, form);
  deepEqual(await bytes((await get(0, "original"))!.stream), small);
  deepEqual(await bytes((await get(0, "content"))!.stream), utf8("hello"));
  const original = (await get(1, "original"))!;
  deepEqual([original.content_type, original.octets, original.file_name], ["message/cpim", whole.length, "cat.png"]);
  deepEqual(await bytes(original.stream), whole);
  const inner = (await get(1, "content"))!;
  deepEqual([inner.content_type, inner.octets], ["image/png", 240_000]);
  deepEqual(await bytes(inner.stream), whole.subarray(head.length));
  deepEqual(await bytes((await get(2, "content"))!.stream), whole);
  equal(await conversations.content(ALICE, reference, 999, "content"), null);
  equal(await conversations.content(ALICE, reference, 0, "content"), null);
});

Deno.test("a content that is being read stays until it has been read, or the reader goes", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const octets = Uint8Array.from({ length: 900_000 }, (_, i) => i * 31 >> 3);
  const message = { content: await world.content(octets), contentType: "image/png" };
  const reference = await world.record([message]);
  const { stream } = (await conversations.content(ALICE, reference, 1, "content"))!;
  const reader = stream.getReader();
  const { value } = await reader.read();
  await conversations.remove(ALICE, [reference]);
  let read = value!.length;
  for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value.length;
  equal(read, octets.length);
  equal(world.contents.octets, 0);
  const other = await world.record([{ ...message, content: await world.content(octets) }]);
  const gone = (await conversations.content(ALICE, other, 1, "content"))!.stream.getReader();
  await gone.read();
  await conversations.remove(ALICE, [other]);
  equal(world.contents.octets, octets.length);
  await gone.cancel();
  equal(world.contents.octets, 0);
  // Asked for and never read: nothing is held.
  const third = await world.record([{ ...message, content: await world.content(octets) }]);
  await conversations.content(ALICE, third, 1, "content");
  await conversations.remove(ALICE, [third]);
  equal(world.contents.octets, 0);
});

Deno.test("rename, move, subject and expiry, within what the operator allows", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations, settings } = world;
  const reference = await world.record(["hello"]);
  const day = 86_400_000, now = world.time.now();
  equal(
    (await conversations.change(ALICE, reference, { subject: " Plans ", expires_at: now + day }))!.subject,
    "Plans",
  );
  equal((await conversations.change(ALICE, reference, { name: "a/b" }))!.expires_at, now + day);
  equal((await conversations.change(ALICE, reference, { expires_at: 0 }))!.expires_at, 0);
  settings.max_days = 10;
  await rejects(
    conversations.change(ALICE, reference, { expires_at: 0 }),
    /^OperationError: expires_at must be after .* and not after 2026-01-11/,
  );
  await rejects(
    conversations.change(ALICE, reference, { expires_at: now + 11 * day }),
    /^OperationError: expires_at must be after .* and not after 2026-01-11/,
  );
  await conversations.change(ALICE, reference, { expires_at: now + 9 * day });
  await rejects(
    conversations.change(ALICE, reference, { expires_at: now - 1 }),
    /^OperationError: expires_at must be after/,
  );
  for (const name of ["a\nb", "x".repeat(2000), "\ud800", "\ufffe"]) {
    await rejects(conversations.change(ALICE, reference, { name }), /^OperationError: name /);
    await rejects(conversations.change(ALICE, reference, { subject: name }), /^OperationError: subject /);
  }
});

Deno.test("deleting many: all of them, or none where one is not there", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const made = [await world.record(["a"]), await world.record(["b"]), await world.record(["c"])];
  const bobs = await world.record(["d"], { owners: [BOB] });
  equal(await conversations.remove(ALICE, [made[0], bobs]), false);
  equal(await conversations.remove(ALICE, [made[0], "h-none"]), false);
  equal(conversations.list(ALICE, ALL, "", 9).total, 3);
  equal(await conversations.remove(ALICE, made.slice(1)), true);
  deepEqual(references(conversations.list(ALICE, ALL, "", 9)), [made[0]]);
  equal(conversations.list(BOB, ALL, "", 9).total, 1);
});

Deno.test("a search finds by words, people, dates and folders, the latest first, with what was found", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const find = async (words: string, more = {}) =>
    (await conversations.search(ALICE, { ...ALL, reference: "", words, ...more }, 9)).hits;
  const library = await world.record(["Meet me in the library", "at noon"]);
  const carols = await world.record(["The library is closed"], {
    with: CAROL,
    parties: [{ uri: ALICE, name: "" }, { uri: CAROL, name: "Carol" }],
  });
  const hits = await find("libr");
  deepEqual(hits.map(({ conversation, snippet }) => [conversation.reference, snippet]), [
    [carols, "The library is closed"],
    [library, "Meet me in the library"],
  ]);
  ok(!("text" in hits[0].message));
  deepEqual((await find("library", { with: "carol" })).map(({ conversation }) => conversation.reference), [carols]);
  deepEqual((await find("library", { reference: library })).length, 1);
  deepEqual((await find("library", { until: hits[0].message.at })).length, 1);
  deepEqual((await find("library noon")).length, 0);
  deepEqual((await find("", { with: "bob" })).length, 2);
  await conversations.change(ALICE, library, { name: "old/" });
  deepEqual((await find("library", { folder: "old" })).length, 1);
  await rejects(find("!?"), /^OperationError: words has no word in it/);
  deepEqual([...(await conversations.saying(ALICE, "the library", 9)).references].sort(), [library, carols].sort());
  await conversations.remove(ALICE, [carols]);
  deepEqual((await find("closed")).length, 0);
});

Deno.test("long texts are found by their words up to a megabyte, fresh and put away, by their owner, until they are deleted", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const find = async (words: string, owner = ALICE) =>
    (await conversations.search(owner, { ...ALL, reference: "", words }, 9)).hits.map(({ snippet }) => snippet);
  const filler = "lorem ipsum dolor größer 図書館 ".repeat(800);
  const text = `first ${filler} middlemost word ${filler.repeat(40)} beyond`;
  const reference = await world.record([
    "a short one",
    { content: await world.content(wrapped(text)), contentType: "message/cpim" },
    { content: await world.content(utf8(`${filler} secret picture`)), contentType: "image/png", file: "first.png" },
  ]);
  for (const when of ["fresh", "put away"]) {
    const [shown] = await find("first ipsum");
    ok(shown.startsWith("first lorem ipsum dolor größer 図書館 lorem") && shown.endsWith("…"), `${when}: ${shown}`);
    equal((await find('"middlemost word lorem"')).length, 1, when);
    equal((await find("GROSSER 書館")).length, 1, when);
    equal((await find("first")).length, 2, "by its file's name, too");
    for (const words of ["beyond", "secret", '"middlemost lorem"']) equal((await find(words)).length, 0, words);
    equal((await find("middlemost", BOB)).length, 0);
    await world.settled();
  }
  deepEqual([...(await conversations.saying(ALICE, "middlemost lorem", 9)).references], [reference]);
  const search = find("middlemost");
  await conversations.remove(ALICE, [reference]);
  equal((await search).length, 0, "deleted while it is searched");
  equal((await find("middlemost")).length, 0);
  equal(world.contents.octets, 0, "nothing that was read is held");
});

Deno.test("what is deleted between its being found and its being shown is left out, and the rest is shown", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations, history } = world;
  const large = async () => ({
    content: await world.content(wrapped("needle ".repeat(9000))),
    contentType: "message/cpim",
  });
  const first = await world.record([await large()]), second = await world.record([await large()]);
  const search = history.search.bind(history);
  history.search = async (...asked) => {
    const found = await search(...asked);
    equal(found.hits.length, 2);
    await history.remove(ALICE, [second]);
    return found;
  };
  const { hits } = await conversations.search(ALICE, { ...ALL, reference: "", words: "needle" }, 9);
  deepEqual(hits.map(({ conversation: { reference } }) => reference), [first]);
});

Deno.test("one search of a user at a time, and only a few wait", async () => {
  await using world = await ConversationsWorld.open();
  await world.record(["hello"]);
  const search = { ...ALL, reference: "", words: "hello" };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => world.conversations.search(ALICE, search, 9)),
  );
  equal(outcomes.filter(({ status }) => status === "fulfilled").length, 4);
  equal((await world.conversations.search(ALICE, search, 9)).hits.length, 1);
});

Deno.test("one read mark for all devices: what others said since is unread, in whatever conversation with them", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  const mine = { from: { uri: ALICE, name: "Alice" }, body: utf8("mine") };
  const first = await world.record(["1", "2", mine, "3"]);
  await world.record(["4", mine, "5"]);
  const [mark] = await conversations.marks(ALICE, { with: "", limit: 9 });
  deepEqual(mark, { with: BOB, at: 0, reference: "", seq: 0, unread: 5, more: false });
  const { messages } = (await conversations.messages(ALICE, first, 0, 9))!;
  const put = (more: object) =>
    conversations.mark(ALICE, { with: "bob@example.test", at: 0, reference: "", seq: 0, back: false, ...more });
  const read = (await put({ reference: first, seq: messages[1].seq }))!;
  deepEqual([read.unread, read.at], [3, messages[1].at]);
  deepEqual((await put({ at: messages[0].at }))!.unread, 3, "not back by itself");
  deepEqual((await put({ at: messages[3].at }))!.unread, 2);
  deepEqual((await put({ at: messages[0].at, back: true }))!.unread, 4);
  equal(await put({ with: CAROL, at: 1 }), null);
  equal(await put({ reference: first, seq: 99 }), null);
  deepEqual(
    await conversations.marks(ALICE, { with: "sip:bob@example.test", limit: 9 }),
    await conversations.marks(ALICE, { with: "", limit: 9 }),
  );
  deepEqual(await conversations.marks(ALICE, { with: CAROL, limit: 9 }), []);
});

Deno.test("in a hidden room one's own messages are those of one's alias", async () => {
  await using world = await ConversationsWorld.open();
  const room = "sip:masked@example.test";
  const [me, other] = [{ uri: "sip:anonymous-1@example.test", name: "Wren" }, {
    uri: "sip:anonymous-2@example.test",
    name: "Robin",
  }];
  await world.record([{ from: me, body: utf8("a") }, { from: other, body: utf8("b") }], {
    kind: "room",
    with: room,
    parties: [me, other],
    group: { uri: room, name: "" },
  });
  equal((await world.conversations.marks(ALICE, { with: room, limit: 1 }))[0].unread, 1);
});

Deno.test("settings: what the user set, what holds, and how much is used of how much", async () => {
  await using world = await ConversationsWorld.open();
  const { conversations } = world;
  await world.record(["hello"]);
  const view = conversations.settings(ALICE);
  deepEqual([view.record, view.in_force, view.default], ["default", "nothing", "nothing"]);
  deepEqual(view.taken, { conversations: 1, messages: 1, octets: 5 });
  equal((await conversations.changeSettings(ALICE, "pager")).in_force, "pager");
  equal((await conversations.changeSettings(ALICE, "default")).record, "default");
  equal(await conversations.record(ALICE, { conversation: BOB, action: "start", name: "x" }), null);
  deepEqual(world.commands, [`${ALICE} start ${BOB} x`]);
});

Deno.test("the operator sees how much each has, and nothing else", async () => {
  await using world = await ConversationsWorld.open();
  await world.record(["a secret"], { owners: [ALICE, BOB], subject: "secret" });
  const usage = world.conversations.usage();
  deepEqual(usage.map(({ uri }) => uri).sort(), [ALICE, BOB]);
  deepEqual(usage[0], { uri: usage[0].uri, conversations: 1, messages: 1, octets: 8 });
  deepEqual(world.conversations.totals.octets, 8, "one copy");
  ok(!JSON.stringify(usage).includes("secret"));
});
