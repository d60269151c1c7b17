import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { StorageError } from "../../../storage/mod.ts";
import { octetsOf, sha256 } from "../../../storage/testing_contents.ts";
import { settled } from "../../../storage/testing_history.ts";
import { parseCpim } from "../../../transport/payload/mod.ts";
import { settle } from "../../deferred/list/testing/list_world.ts";
import { HISTORY, HistoryWorld } from "./testing/history_world.ts";
import { mediaOf, naming, offer, Reader } from "./testing/reader.ts";
import { ALICE, BEGIN, BOB } from "./testing/said.ts";

const SDP = { headers: "Content-Type: application/sdp\r\n" };

Deno.test("a recording comes in one session, in order, and stays; then BYE", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(["one", "two", "three"]);
  const invited = world.fetch([reference]);
  assert.equal(invited.last.status, 200);
  assert.equal(mediaOf(invited).direction, "sendonly");
  const reader = new Reader(world, invited);
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.deepEqual(reader.texts, ["one", "two", "three"]);
  assert.deepEqual(reader.got.map(({ type, reports }) => `${type} ${reports}`), Array(3).fill("message/cpim false"));
  assert.match(world.sentOf("BYE")[0].request.get("Reason")!, /cause=200/);
  assert.equal(world.history.find(BOB, reference)!.messages, 3);
  assert.equal(world.box.size, 0);
});

Deno.test("octets are those that came: wrapped ones whole, others with their headers; Message-IDs too", async () => {
  await using world = await HistoryWorld.open();
  const cpim = utf8(
    "From: Alice <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\n" +
      "imdn.Disposition-Notification: positive-delivery\r\n\r\nContent-Type: text/plain\r\n\r\nhello",
  );
  const png = octetsOf(3000);
  const headers = "Content-Disposition: render\r\n";
  const reference = await world.talk([
    { contentType: "message/cpim", body: cpim, messageId: "wrapped-1" },
    { contentType: "image/png", body: png, headers, messageId: "wrapped-1", at: BEGIN + 90_000 },
    { body: utf8("by MESSAGE"), messageId: "f81d4fae@198.51.100.9 2 MESSAGE" },
    { contentType: "message/cpim", body: utf8("broken"), messageId: "id-4" },
  ]);
  const { got } = await world.read(reference);
  assert.deepEqual([got[0].body, got[3].body], [cpim, utf8("broken")]);
  assert.deepEqual([got[0].id, got[3].id], ["wrapped-1", "id-4"]);
  assert.equal(new Set(got.map(({ id }) => id)).size, 4);
  const image = parseCpim(got[1].body);
  assert.deepEqual(image.body, png);
  assert.deepEqual(image.contentHeaders, [["Content-Type", "image/png"], ["Content-Disposition", "render"]]);
  assert.equal(image.headers.find(({ name }) => name === "DateTime")!.value, "2026-01-01T00:01:30.000Z");
  assert.equal(image.headers.find(({ name }) => name === "From")!.value, "Alice <sip:alice@example.test>");
});

Deno.test("several recordings come in the order of time, named in the body, in the address, or in both", async () => {
  await using world = await HistoryWorld.open();
  const minute = (body: string, at: number) => ({ body: utf8(body), at: BEGIN + at * 60_000 });
  const a = await world.talk([minute("a1", 1), minute("a5", 5)]);
  const b = await world.talk([minute("b2", 2), minute("b6", 6)], { kind: "pager" });
  const c = await world.talk([minute("c3", 3)], { kind: "room" });
  for (
    const [inUri, inBody] of [
      [[], [c, a, b]],
      [[a, b, c], []],
      [[a, b], [c, b]],
    ] as const
  ) {
    const uri = HISTORY + inUri.map((one) => `;history-reference=${one}`).join("");
    const parts = inBody.length > 0 ? naming(inBody) : { ...SDP, body: offer() };
    const invited = world.ask("INVITE", uri, parts);
    const reader = new Reader(world, invited);
    const byes = world.sentOf("BYE").length;
    await world.until(() => world.sentOf("BYE").length > byes);
    assert.deepEqual(reader.texts, ["a1", "b2", "c3", "a5", "b6"]);
    reader.close();
    await settle();
  }
});

Deno.test("a file of 5 MB comes as it was, and a slow reader holds the store back", async () => {
  await using world = await HistoryWorld.open();
  const octets = octetsOf(5 * 1024 * 1024, 7);
  const content = await world.content(octets);
  const reference = await world.talk([
    "before",
    { contentType: "application/pdf", body: new Uint8Array(0), content, messageId: "file-1", file: "x.pdf" },
    "after",
  ], { kind: "file" });
  const invited = world.fetch([reference]);
  const reader = new Reader(world, invited);
  reader.holds = true;
  await world.until(() => reader.stream !== null);
  for (let i = 0; i < 200; i++) await settle();
  const { blocks } = world.reads;
  assert.ok(blocks <= 12, `${blocks} blocks of 60,000 octets read, though nobody takes them`);
  reader.stream!.resume();
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.deepEqual([reader.texts[0], reader.texts[2]], ["before", "after"]);
  assert.equal(reader.got[1].id, "file-1");
  const file = parseCpim(reader.got[1].body);
  assert.equal(sha256(file.body), sha256(octets));
  assert.equal(world.kept.contents.octets, octets.length, "it stays");
});

Deno.test("a reader that takes nothing yet is not read ahead for, however long the conversation is", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(Array.from({ length: 1000 }, (_, i) => `${i}`));
  const invited = world.fetch([reference]);
  for (let i = 0; i < 100; i++) await settle();
  assert.ok(world.reads.pages <= 3, `${world.reads.pages} pages read`);
  const reader = new Reader(world, invited);
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.deepEqual(reader.texts, Array.from({ length: 1000 }, (_, i) => `${i}`));
});

Deno.test("unknown and another's are the same 404, and nothing is sent of what is one's own", async () => {
  await using world = await HistoryWorld.open();
  const own = await world.talk(["mine"]);
  const others = await world.talk(["hers"], { more: { owner: ALICE, with: BOB } });
  const refusals = [[others], ["h-unknown"], ["d-0000"], [own, others], ["h-unknown", own]].map((references) =>
    world.fetch(references).last
  );
  for (const { status, reason, body } of refusals) {
    assert.deepEqual([status, reason, body.length], [404, "No Such Recording Is Yours", 0]);
  }
  assert.equal(world.box.size, 0);
  assert.equal(world.reads.pages, 0);
});

Deno.test("offers that cannot be served, and requests that name nothing, or too much", async (t) => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(["one"]);
  const named = (sdp: string) => naming([reference], sdp);
  const cases: readonly (readonly [string, { headers: string; body: string }, number, RegExp])[] = [
    ["no offer", { headers: "", body: "" }, 488, /Offer An MSRP Session/],
    ["no reference", { ...SDP, body: offer() }, 400, /Name The Recordings/],
    ["an empty list", naming([]), 400, /Name The Recordings/],
    ["too many", naming(Array.from({ length: 257 }, (_, i) => `h-${i}`)), 413, /At Most 256/],
    ["more than a list may have", naming(Array.from({ length: 2001 }, (_, i) => `h-${i}`)), 400, /more than 2000/],
    ["an empty reference", naming([""]), 400, /no history-reference/],
    ["takes nothing", named(offer({ lines: ["a=sendonly"] })), 488, /Takes No Messages/],
    ["no cpim", named(offer({ types: "text/plain" })), 488, /message\/cpim/],
    ["no MSRP", named(offer().replace("TCP/MSRP *", "RTP/AVP 0")), 488, /Offer An MSRP/],
    ["no TLS door", named(offer().replace("TCP/MSRP", "TCP/TLS/MSRP").replace("msrp:", "msrps:")), 488, /No Door/],
    ["no XML", { ...named(offer()), body: named(offer()).body.replace("</history-list>", "") }, 400, /cannot be read/],
  ];
  for (const [what, parts, status, reason] of cases) {
    await t.step(what, () => {
      const { last } = world.ask("INVITE", HISTORY, parts);
      assert.equal(last.status, status);
      assert.match(last.reason, reason);
      assert.equal(world.box.size, 0);
    });
  }
});

Deno.test("only users of ours fetch; a command goes on; other methods are named", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(["one"]);
  assert.equal(world.fetch([reference], { from: "sip:eve@else.test" }).last.status, 403);
  assert.equal(world.ask("MESSAGE", HISTORY, { body: "x" }).last.status, 404, "goes on to the next row");
  assert.equal(world.ask("SUBSCRIBE", HISTORY).last.status, 405);
  assert.match(world.ask("OPTIONS", "sip:%68istory@example.test").last.get("Allow")!, /INVITE.*MESSAGE/);
  assert.equal(world.ask("INVITE", "sip:historia@example.test").last.status, 404);
});

Deno.test("so many retrievals of one user at once; who leaves, is ended or goes silent makes room", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(["one"]);
  const open = Array.from({ length: 4 }, () => world.fetch([reference]));
  assert.deepEqual(open.map(({ last }) => last.status), [200, 200, 200, 200]);
  assert.equal(world.fetch([reference]).last.status, 486);
  world.within(open[0], "ACK");
  world.within(open[0], "BYE");
  open[1] = world.fetch([reference]);
  assert.equal(open[1].last.status, 200);
  for (const invited of open.slice(1)) world.within(invited, "ACK");
  await world.pass(60_000);
  assert.equal(world.box.size, 0, "silent ones are given up");
  const last = world.fetch([reference]);
  assert.equal(last.last.status, 200);
  world.recorded.end(BOB);
  assert.equal(world.box.size, 0);
});

Deno.test("what its owner deletes meanwhile is not sent", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(Array.from({ length: 500 }, (_, i) => `${i}`));
  const invited = world.fetch([reference]);
  await settle();
  assert.equal(await world.history.remove(BOB, [reference]), 1);
  const reader = new Reader(world, invited);
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.ok(reader.got.length <= 64, `${reader.got.length} came that had been read before`);
});

Deno.test("a file that its owner deletes in the middle breaks off, and the rest of what was asked for comes", async () => {
  await using world = await HistoryWorld.open();
  const content = await world.content(octetsOf(2_000_000));
  const file = await world.talk([{ contentType: "image/png", content }], { kind: "file" });
  const later = await world.talk([{ body: utf8("later"), at: BEGIN + 60_000 }]);
  const reader = new Reader(world, world.fetch([file, later]));
  reader.holds = true;
  await world.until(() => reader.stream !== null);
  const removed = world.history.remove(BOB, [file]);
  await settled(world.kept);
  assert.equal(await removed, 1);
  reader.stream!.resume();
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.deepEqual(reader.texts, ["later"]);
  assert.equal(world.kept.contents.octets, 0);
});

Deno.test("one that a device refuses is passed over; the rest comes", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(["one", "two", "three"]);
  const reader = new Reader(world, world.fetch([reference]));
  let asked = 0;
  reader.answers = () => ++asked === 2 ? 415 : 200;
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.deepEqual(reader.texts, ["one", "three"]);
});

Deno.test("a store that cannot be read ends it with that reason, behind what had been read", async () => {
  await using world = await HistoryWorld.open();
  const reference = await world.talk(Array.from({ length: 200 }, (_, i) => `${i}`));
  const invited = world.fetch([reference]);
  await world.until(() => world.reads.pages > 0);
  await settle();
  world.reads.fail = new StorageError("failed", "no answer");
  const reader = new Reader(world, invited);
  await world.until(() => world.sentOf("BYE").length > 0);
  assert.match(world.sentOf("BYE")[0].request.get("Reason")!, /cause=503;text="Recorded messages cannot be read now"/);
  assert.ok(reader.got.length > 0 && reader.got.length < 200);
  assert.deepEqual(reader.texts, Array.from({ length: reader.got.length }, (_, i) => `${i}`));
  world.reads.fail = null;
  assert.equal(world.fetch([reference]).last.status, 200);
});
