/** Who is invisible, and whoever blocks politely, looks as those who really are not there: with all that the box really says. */
import assert from "node:assert/strict";
import { Events, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import type { ProvidedPresence } from "../../../transport/presence/mod.ts";
import { BoxPresence } from "../source/box_presence.ts";
import { binding, pidf, PresentityWorld, tuple as published, UDP } from "../state/testing/presentity_world.ts";
import { type Notified, PresenceWorld } from "../testing/presence_world.ts";

const ALICE = "sip:alice@example.test";

/** Alice is on the box with everything that it says of its users; Bob and Carol watch her. */
function setUp() {
  const time = new FakeTime();
  const state = new PresentityWorld({ time });
  const hidden = new Set<string>();
  const raise = (error: unknown) => {
    throw error;
  };
  const box = new BoxPresence({
    location: { bindings: (aor) => state.bindings.get(aor) ?? [] },
    subscribers: { get: (aor) => ({ aor, state: "active" }) as Subscriber },
    published: {
      barred: () => false,
      user: () => ({ deferral: null, visible: true, recording: { session: false, pagerAndLarge: false } }),
    },
    coreEvents: state.coreEvents,
    sessionEvents: new Events(raise),
    sessionStands: () => false,
    returning: () => false,
    privacy: { invisible: (aor) => hidden.has(aor), prepare: () => Promise.resolve() },
    log: silentLog,
    clock: time,
    timers: time.timers,
    salt: "salt",
    changed: (aor) => state.states.touch(aor),
  });
  // The world asks these each time: from now on the box answers.
  state.own.get = (aor) => [...box.sources(aor)];
  state.invisible.has = (aor) => box.isInvisible(aor);
  Object.defineProperty(state, "offlineServices", { get: () => box.offlineServices(ALICE) });
  const world = new PresenceWorld({ time, users: ["alice"], presentities: state.states });
  state.events.on("presenceChanged", (change) => world.events.emit("presenceChanged", change));
  const there = async () => {
    state.registers(binding(UDP));
    await state.published(pidf(published("open")));
  };
  const hide = (isHidden: boolean) => {
    if (isHidden) hidden.add(ALICE);
    else hidden.delete(ALICE);
    box.privacyChanged(ALICE);
  };
  return { world, state, there, hide };
}

/** What a watcher can tell a NOTIFY by. */
function marks({ state, type, text, etag, request }: Notified): string {
  const names = ["Content-Length", "Require", "Event", "Expires"] as const;
  return [state, type, etag, text, ...names.map((name) => request.get(name))].join("\n");
}

async function told(
  { world }: ReturnType<typeof setUp>,
  asking: { readonly watcher: string; readonly accept?: string },
): Promise<string> {
  world.ask({ to: "alice", ...asking });
  const all = await world.after();
  assert.equal(all.length, 1);
  return marks(all[0]);
}

const RIGHTS: readonly Partial<ProvidedPresence>[] = [
  {},
  { services: [] },
  { services: [{ by: "service-uri-scheme", value: "tel" }] },
  { attributes: [] },
];
const ACCEPTS = ["application/pidf+xml", "application/pidf+xml, application/pidf-diff+xml"];

Deno.test("nothing tells who is not there, who is invisible and who blocks politely from each other", async () => {
  for (const accept of ACCEPTS) {
    const asking = { watcher: "bob", accept };
    const away = await told(setUp(), asking);
    assert.match(away, /closed/);
    const polite = setUp();
    await polite.there();
    polite.world.rule("alice", "bob", "polite-block");
    await polite.world.after();
    assert.equal(await told(polite, asking), away);
    const hidden = setUp();
    await hidden.there();
    hidden.hide(true);
    assert.equal(await told(hidden, asking), away);
    const shown = setUp();
    await shown.there();
    assert.notEqual(await told(shown, asking), away);
  }
});

Deno.test("nor do rights that show less", async () => {
  for (const rights of RIGHTS) {
    const [away, hidden] = await Promise.all([false, true].map(async (isHidden) => {
      const world = setUp();
      if (isHidden) {
        await world.there();
        world.hide(true);
      }
      world.world.rule("alice", "bob", "allow", rights);
      await world.world.after();
      return told(world, { watcher: "bob" });
    }));
    assert.equal(hidden, away, JSON.stringify(rights));
  }
});

Deno.test("to hide looks as to go, to come back as to come", async () => {
  const [gone, hidden] = await Promise.all([false, true].map(async (isHidden) => {
    const { world, state, there, hide } = setUp();
    await there();
    world.ask({ to: "alice", watcher: "bob" });
    await world.after(10_000);
    if (isHidden) hide(true);
    else state.leaves(binding(UDP));
    // A device that lost its connection has a while to come back.
    return (await world.after(130_000)).map(marks);
  }));
  assert.deepEqual(hidden.map((text) => text.split("\n").slice(1)), gone.map((text) => text.split("\n").slice(1)));
  assert.equal(hidden.length, 1);
});

/** The very service of which the box says that it is closed. */
const IM = '<tuple id="t1"><status><basic>open</basic></status>' +
  '<op:service-description xmlns:op="urn:oma:xml:prs:pidf:oma-pres">' +
  "<op:service-id>org.openmobilealliance:IM-session</op:service-id><op:version>2.0</op:version>" +
  `</op:service-description><contact>${ALICE}</contact><note>write to me</note></tuple>`;
const LOCATION =
  '<gp:geopriv xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml">' +
  "<gp:location-info><gml:Point><gml:pos>52.52 13.405</gml:pos></gml:Point></gp:location-info>" +
  "<gp:usage-rules/></gp:geopriv>";

/** What Alice has set by hand: documents that hold whether she is there or not. `at`: when this is. */
function byHand(at: number): readonly string[] {
  const moment = (offset_s: number) => new Date(at + offset_s * 1000).toISOString();
  const person = (inner: string) => pidf(`<dm:person id="p">${inner}</dm:person>`);
  return [
    pidf("<note>on holiday</note>"),
    pidf(IM),
    person(`<rpid:activities until="${moment(-60)}"><rpid:meal/></rpid:activities><dm:note>over</dm:note>`),
    person(`<rpid:activities from="${moment(-60)}" until="${moment(20)}"><rpid:meal/></rpid:activities>`),
    pidf(published("open", "tel:+15551234567", LOCATION)),
  ];
}

/** All that Bob is told of Alice, with this set by hand before, and that a while later. */
async function toldOf(
  is: "away" | "gone" | "hidden",
  { before, later, rights }: { readonly before: string; readonly later: string | null; readonly rights: number },
): Promise<string[]> {
  const { world, state, there, hide } = setUp();
  state.sets(before);
  if (is !== "away") await there();
  await world.after(1000);
  if (is === "gone") state.leaves(binding(UDP));
  if (is === "hidden") hide(true);
  world.rule("alice", "bob", "allow", RIGHTS[rights]);
  await world.after(1000);
  world.ask({ to: "alice", watcher: "bob", accept: ACCEPTS[1] });
  const told = await world.after(10_000);
  state.sets(later);
  told.push(...await world.after(30_000));
  return told.map(marks);
}

Deno.test("what was set by hand is seen of who is invisible as of who is not there, also when it changes and when it ends", async () => {
  const at = new FakeTime().now();
  const documents = byHand(at + 2000);
  let most = 0;
  for (const [index, before] of documents.entries()) {
    for (const rights of RIGHTS.keys()) {
      const later = documents[(index + 1) % documents.length];
      const away = await toldOf("away", { before, later, rights });
      assert.deepEqual(await toldOf("gone", { before, later, rights }), away, `${index} ${rights}`);
      assert.deepEqual(await toldOf("hidden", { before, later, rights }), away, `${index} ${rights}`);
      most = Math.max(most, away.length);
      assert.doesNotMatch(away.join(), /IM-session.*<basic>open/);
    }
  }
  assert.ok(most >= 2, "the first, and a change");
});

Deno.test("what is set by hand and hidden behind what a device says is told of who is invisible all the same", async () => {
  const { world, state, there, hide } = setUp();
  await there();
  await state.published(pidf("<note>in the office</note>"));
  state.sets(pidf("<note>one</note>"));
  hide(true);
  world.ask({ to: "alice", watcher: "bob" });
  const [first] = await world.after(6000);
  assert.match(first.text, /<note>one</);
  state.sets(pidf("<note>two</note>"));
  const [second] = await world.after(6000);
  assert.match(second.text, /<note>two</);
  const end = new Date(state.time.now() + 30_000).toISOString();
  const meal = (until: string) =>
    pidf(`<dm:person id="p"><rpid:activities${until}><rpid:meal/></rpid:activities></dm:person>`);
  await state.published(meal(""));
  state.sets(meal(` until="${end}"`));
  const [third] = await world.after(6000);
  assert.match(third.text, /meal/);
  const last = await world.after(40_000);
  assert.equal(last.length, 1);
  assert.doesNotMatch(last[0].text, /meal|office/);
});
