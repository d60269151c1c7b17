import assert from "node:assert/strict";
import type { PublicationProblem } from "../../../transport/sip/mod.ts";
import {
  ALICE,
  BOB,
  FULL,
  note,
  pidf,
  pidfDiff,
  pidfFull,
  PresentityWorld,
  settled,
  tuple,
} from "./testing/presentity_world.ts";

Deno.test("a user publishes for himself alone", async () => {
  const world = new PresentityWorld();
  assert.equal(await world.refused(pidf(tuple("open")), { by: BOB }), "403 Presence Is Published by Its Own User");
  assert.equal(await world.refused(pidf(tuple("open")), { of: "sip:nobody@example.test" }), "404 No Such User");
  assert.deepEqual([world.seen(), world.takeTold()], [[], []]);
});

Deno.test("the entity is the user by any of his names, and nobody else", async () => {
  const world = new PresentityWorld();
  for (
    const entity of [
      ALICE,
      "sips:alice@EXAMPLE.test",
      "pres:alice@example.test",
      "im:alice@example.test",
      "tel:+1-555-123-4567",
      "sip:+15551234567@example.test;user=phone",
      "sip:alice@example.test;transport=tcp",
      "",
    ]
  ) {
    await world.published(pidf(note("here"), entity), { expires: 60 });
  }
  for (const entity of [BOB, "pres:bob@example.test", "sip:alice@other.test", "tel:+15550000000", "nonsense"]) {
    const wanted = "400 The entity of the Document Is Not Its Presentity";
    assert.equal(await world.refused(pidf(note("here"), entity)), wanted, entity);
  }
});

Deno.test("what is no presence gets its reason in a few words, and changes nothing", async () => {
  const world = new PresentityWorld();
  const reasons = [
    await world.refused("<presence"),
    await world.refused(pidf('<tuple id="a"/>')),
    await world.refused(pidf('<tuple id="a"><status><basic>ö\r\nperhaps</basic></status></tuple>')),
    await world.refused(pidf(`<tuple id="${"x".repeat(200)}"/>`.repeat(2))),
    await world.refused(pidf(note("x".repeat(5000)))),
  ];
  assert.match(reasons[0], /^400 line 1, column /);
  assert.match(
    reasons[1],
    /^400 line 1, column [0-9]+: tuple: status is missing in it \(RFC 3863 §4.1.2\)|^400 .*status is missing/,
  );
  assert.match(reasons[2], /^400 .*is none of open, closed$/);
  assert.match(reasons[4], /^413 [0-9]+ octets of presence; at most 4096 are taken$/);
  for (const reason of reasons) assert.match(reason, /^[\x20-\x7e]{5,130}$/);
  assert.deepEqual([world.seen(), world.states.publications.size], [[], 0]);
  world.settings.max_document = 10_000;
  await world.published(pidf(note("x".repeat(5000))));
});

Deno.test("how long a publication holds is the operator's to bound, also while the box runs", async () => {
  const world = new PresentityWorld();
  const expires = async (expires: number) =>
    (await world.publish(pidf(note("a")), { expires }) as { expires: number }).expires;
  assert.deepEqual([await expires(-1), await expires(60), await expires(90_000)], [3600, 60, 7200]);
  world.settings.max_expires = 600;
  assert.deepEqual([await expires(-1), await expires(90_000)], [600, 600]);
  assert.equal((await world.publish(pidf(note("a")), { expires: 59 })).status, 423);
});

Deno.test("a storm of one publisher is slowed; others are not", async () => {
  const world = new PresentityWorld();
  world.settings.publish_per_minute = 6;
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await world.publish(pidf(note(`${i}`)))).status);
  assert.deepEqual(statuses, [200, 200, 503, 503]);
  assert.equal((await world.publish(pidf(note("b"), BOB), { by: BOB, of: BOB })).status, 200);
  world.time.advance(10_000);
  assert.equal((await world.publish(pidf(note("c")))).status, 200);
});

Deno.test("RFC 5264: first all of it, then what changed", async () => {
  const world = new PresentityWorld();
  let etag = await world.published(pidfFull(tuple("open")), { type: FULL });
  etag = await world.published(pidfDiff('<p:replace sel="*/tuple/status/basic/text()">closed</p:replace>'), {
    type: FULL,
    etag,
  });
  assert.match(world.seen()[0], /<basic>closed<\/basic>/);
  etag = await world.published(pidfDiff('<p:add sel="*"><note>gone</note></p:add>', 3), { type: FULL, etag });
  assert.deepEqual(world.seen().slice(1), ["<note>gone</note>"]);
  // What is stored is the whole of it, from which the next diff goes on also where nothing is kept parsed.
  world.states.publications.live(ALICE)[0].kept = undefined;
  await world.published(pidfDiff('<p:remove sel="*/note"/>', 4), { type: FULL, etag });
  assert.equal(world.seen().length, 1);
});

Deno.test("RFC 5264 §4.3.2: a diff that does not fit is refused with what is wrong, and what was holds", async () => {
  const world = new PresentityWorld();
  const diff = pidfDiff('<p:remove sel="*/note"/>');
  assert.match(await world.refused(diff, { type: FULL }), /^400 pidf-diff: an initial publication is a pidf-full/);
  const plain = await world.published(pidf(note("a")));
  assert.match(
    await world.refused(diff, { type: FULL, etag: plain }),
    /^400 pidf-diff: the publication has no pidf-full/,
  );
  const etag = await world.published(pidfFull(tuple("open")), { type: FULL });
  const problem = await world.publish(diff, { type: FULL, etag }) as PublicationProblem;
  assert.equal(problem.contentType, "application/patch-ops-error+xml");
  assert.match(new TextDecoder().decode(problem.body), /<unlocated-node phrase="[^"]+"\/>/);
  assert.match(await world.refused(pidfDiff("", 7), { type: FULL, etag }), /^400 pidf-diff: version 7 where 2 is next/);
  const large = pidfDiff(`<p:add sel="*"><note>${"x".repeat(3900)}</note></p:add>`);
  assert.match(await world.refused(large, { type: FULL, etag }), /^413/);
  const renamed = pidfDiff(`<p:replace sel="*/@entity">${BOB}</p:replace>`);
  assert.match(await world.refused(renamed, { type: FULL, etag }), /^400 The entity/);
  await settled();
  assert.match(world.seen().join(), /<basic>open<\/basic>/);
});

Deno.test("a document is what its media type says", async () => {
  const world = new PresentityWorld();
  assert.match(await world.refused(pidfFull(tuple("open"))), /^400 a pidf-full is no application\/pidf\+xml/);
  assert.match(await world.refused(pidf(tuple("open")), { type: FULL }), /^400 the root is presence/);
  assert.match(await world.refused(pidfDiff("")), /^400 line 1, column 1: the root is \{.*pidf-diff/);
  assert.equal((await world.publish("open", { type: "text/plain" })).status, 415);
});
