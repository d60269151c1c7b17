import assert from "node:assert/strict";
import { ALICE, ALL, BOB, note, pidf, PresentityWorld, settled, tuple } from "./testing/presentity_world.ts";

Deno.test("several devices are composed, and whoever listens is told of what can be seen to be another", async () => {
  const world = new PresentityWorld();
  assert.deepEqual(world.seen(), []);
  const phone = await world.published(pidf(tuple("open")));
  assert.deepEqual(world.takeTold(), [ALICE]);
  await world.published(pidf(tuple("open", "sip:desk@192.0.2.9") + note("here")));
  assert.equal(world.seen().length, 3);
  assert.equal(world.states.composition(ALICE), world.states.composition(ALICE));
  await world.published(pidf(tuple("closed")), { etag: phone });
  assert.deepEqual(world.seen().map((line) => /open|closed|here/.exec(line)?.[0]), ["closed", "open", "here"]);
});

Deno.test("nobody is told of a change that did not happen", async () => {
  const world = new PresentityWorld();
  const etag = await world.published(pidf(tuple("open", undefined, "<timestamp>2026-01-01T00:00:00Z</timestamp>")));
  const before = world.states.composition(ALICE);
  world.takeTold();
  const again = await world.published(pidf(tuple("open", undefined, "<timestamp>2026-01-01T00:09:00Z</timestamp>")), {
    etag,
  });
  const refreshed = await world.published("", { etag: again });
  world.states.touch(ALICE);
  await settled();
  assert.deepEqual([world.takeTold(), world.states.composition(ALICE) === before], [[], true]);
  await world.published(pidf(tuple("closed")), { etag: refreshed });
  assert.deepEqual(world.takeTold(), [ALICE]);
});

Deno.test("rules name what was published by its ids: another id is a change", async () => {
  const world = new PresentityWorld();
  const etag = await world.published(pidf(tuple("open")));
  world.seen();
  world.takeTold();
  await world.published(pidf(tuple("open").replace("t1", "t2")), { etag });
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.deepEqual(world.states.composition(ALICE).components[0].ids, ["t2"]);
});

Deno.test("what happens in one turn is told once", async () => {
  const world = new PresentityWorld();
  world.seen();
  world.says(tuple("open", ALICE));
  world.states.touch(ALICE);
  world.sets(pidf(note("by hand")));
  world.says(tuple("closed", ALICE));
  world.states.touch(ALICE);
  assert.deepEqual(world.takeTold(), []);
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.deepEqual(world.seen().map((line) => /closed|by hand/.exec(line)?.[0]), ["closed", "by hand"]);
});

Deno.test("a refresh reads nothing, and who is watched by nobody is not composed", async () => {
  const world = new PresentityWorld();
  const parsed = () => world.metrics.value("parley_presence_documents_parsed_total");
  const composed = () => world.metrics.value("parley_presence_compositions_total");
  let etag = await world.published(pidf(tuple("open")));
  etag = await world.published("", { etag });
  // As all of it again it is read no more than as nothing.
  etag = await world.published(pidf(tuple("open")), { etag });
  assert.deepEqual([parsed(), composed()], [1, 0]);
  world.seen();
  etag = await world.published("", { etag });
  world.seen();
  // What was only found in order is read when somebody asks.
  assert.deepEqual([parsed(), composed()], [2, 1]);
  // The first change is told, those after it change nothing until somebody asks.
  for (let i = 0; i < 5; i++) etag = await world.published(pidf(note(`${i}`)), { etag });
  assert.deepEqual([parsed(), composed()], [7, 2]);
  assert.deepEqual(world.seen(), ["<note>4</note>"]);
  assert.deepEqual([parsed(), composed()], [8, 3]);
});

Deno.test("whether somebody watches or nobody, the same documents are refused, and the same is seen", async () => {
  const entity = (content: string) => pidf(content, "sip:bob@example.test");
  const bodies = [
    "<presence",
    pidf('<tuple id="a"/>'),
    pidf("<tuple><status/></tuple>"),
    pidf(tuple("open").replace("open", "ajar")),
    pidf('<dm:device id="d"><dm:timestamp>2026-11-21T10:00:00Z</dm:timestamp></dm:device>'),
    pidf("<tuple id='a'><status/><timestamp>yesterday</timestamp></tuple>"),
    pidf(tuple("open") + tuple("open")),
    entity(tuple("open")),
    pidf(tuple("open") + note("here")),
    pidf(note("gone")),
  ];
  const outcomes = [];
  for (const watched of [false, true]) {
    const world = new PresentityWorld();
    await world.published(pidf(note("before")));
    const all: unknown[] = [];
    for (const body of bodies) {
      if (watched) world.seen();
      const { status, reason } = await world.publish(body) as { status: number; reason?: string };
      all.push([status, reason]);
    }
    all.push(world.seen());
    outcomes.push(all);
  }
  assert.deepEqual(outcomes[0], outcomes[1]);
  assert.equal((outcomes[0] as [number][]).filter(([status]) => status === 400).length, 8);
});

Deno.test("what ends leaves the composition when it ends, and others are told", async () => {
  const world = new PresentityWorld();
  const until = new Date(world.time.now() + 90_000).toISOString();
  await world.published(
    pidf(`<dm:person id="p"><rpid:activities until="${until}"><rpid:meal/></rpid:activities></dm:person>`),
  );
  assert.match(world.seen()[0], /meal/);
  world.takeTold();
  world.time.advance(89_000);
  await settled();
  assert.deepEqual(world.takeTold(), []);
  world.time.advance(2_000);
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.doesNotMatch(world.seen()[0], /meal/);
});

Deno.test("a publication that expires is gone, and others are told", async () => {
  const world = new PresentityWorld();
  await world.published(pidf(tuple("open")), { expires: 60 });
  world.seen();
  world.takeTold();
  world.time.advance(60_200);
  await settled();
  assert.deepEqual([world.takeTold(), world.seen()], [[ALICE], []]);
});

Deno.test("the box's own service is closed where all that clients publish is closed", async () => {
  const world = new PresentityWorld();
  world.says(tuple("open", ALICE));
  const own = () => world.seen().filter((line) => line.includes(`<contact>${ALICE}`)).join().match(/open|closed/)?.[0];
  assert.equal(own(), "open");
  const etag = await world.published(pidf(tuple("closed")));
  assert.equal(own(), "closed");
  const desk = await world.published(pidf(tuple("open", "sip:desk@192.0.2.9")));
  assert.equal(own(), "open", "one is open");
  await world.published("", { etag: desk, expires: 0 });
  assert.equal(own(), "closed");
  await world.published(pidf(note("no service")), { etag });
  assert.equal(own(), "open", "they say nothing of services");
});

Deno.test("own sources come after those of clients; the order of publications stays", async () => {
  const world = new PresentityWorld();
  world.says(tuple("open", ALICE));
  const first = await world.published(pidf(tuple("open", "sip:a@192.0.2.1")));
  await world.published(pidf(tuple("open", "sip:b@192.0.2.2")));
  await world.published(pidf(tuple("closed", "sip:a@192.0.2.1")), { etag: first });
  const contacts = world.seen().map((line) => /<contact>([^<]*)/.exec(line)?.[1]);
  assert.deepEqual(contacts, ["sip:a@192.0.2.1", "sip:b@192.0.2.2", ALICE]);
});

Deno.test("becoming invisible is told, although what is known stays the same", async () => {
  const world = new PresentityWorld();
  await world.published(pidf(tuple("open")));
  world.seen();
  assert.equal(world.states.isInvisible(ALICE), false);
  world.takeTold();
  world.invisible.add(ALICE);
  world.states.touch(ALICE);
  await settled();
  assert.deepEqual([world.takeTold(), world.states.isInvisible(ALICE)], [[ALICE], true]);
  world.seen();
  world.states.touch(ALICE);
  await settled();
  assert.deepEqual(world.takeTold(), []);
});

Deno.test("who is not there is shown with the box's own services closed, one object until it changes", async () => {
  const world = new PresentityWorld();
  const offline = world.states.offline(ALICE);
  assert.match(offline.text, /<basic>closed<\/basic>.*IM-session/);
  await world.published(pidf(tuple("open")));
  world.states.touch(ALICE);
  await settled();
  assert.equal(world.states.offline(ALICE), offline);
  world.offlineServices = [{ id: "im", contact: ALICE }];
  world.takeTold();
  world.states.touch(ALICE);
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.match(world.states.offline(ALICE).text, /<contact>sip:alice/);
});

Deno.test("of nobody nothing is known and nothing kept; what a removed user published is gone", async () => {
  const world = new PresentityWorld();
  assert.equal(world.states.composition("sip:nobody@example.test").components.length, 0);
  assert.equal(world.states.isInvisible("sip:nobody@example.test"), false);
  assert.match(world.states.offline("sip:nobody@example.test").text, /closed/);
  const etag = await world.published(pidf(tuple("open")));
  assert.equal(world.seen().length, 1);
  world.takeTold();
  world.states.forget(ALICE);
  assert.deepEqual([world.takeTold(), world.seen(), world.states.publications.size], [[ALICE], [], 0]);
  assert.equal((await world.publish("", { etag })).status, 412);
});

Deno.test("memory for what is ready is bounded; what is made anew says the same, and then nobody is told", async () => {
  const limits = { memory: 6000 };
  const world = new PresentityWorld({ limits });
  const value = (name: string) => world.metrics.value(name);
  let etag = await world.published(pidf(tuple("open") + note("a")));
  const before = world.states.composition(ALICE);
  await world.published(pidf(tuple("open"), BOB), { by: BOB, of: BOB });
  world.seen(BOB);
  for (let i = 0; i < 3; i++) world.seen(i % 2 === 0 ? BOB : ALICE);
  assert.ok(value("parley_presence_ready_octets")! <= 12_000);
  assert.equal(value("parley_presence_ready"), 1);
  assert.notEqual(world.states.composition(ALICE), before);
  assert.equal(world.states.composition(ALICE).view(ALL).text, before.view(ALL).text);
  await settled();
  world.seen(BOB);
  world.takeTold();
  // Alice's is put aside now.
  etag = await world.published(pidf(tuple("open") + note("a")), { etag });
  assert.deepEqual(world.takeTold(), []);
  world.seen(BOB);
  await world.published(pidf(tuple("open") + note("b")), { etag });
  assert.deepEqual(world.takeTold(), [ALICE]);
});
