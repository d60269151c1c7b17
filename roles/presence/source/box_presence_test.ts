import assert from "node:assert/strict";
import { Events, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { compose, parsePresence, serviceOf, writePresence } from "../../../transport/presence/mod.ts";
import type { SessionEvents, SessionFacts } from "../../participating/mod.ts";
import type { Binding, CoreEvents } from "../../sip_core/mod.ts";
import { BoxPresence } from "./box_presence.ts";
import { IM_SERVICE } from "./im_service.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

function raise(error: unknown): never {
  throw error;
}

/** Users whose devices come and go. */
class World {
  readonly time = new FakeTime();
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly sessionEvents = new Events<SessionEvents>(raise);
  readonly bindings = new Map<string, Binding[]>();
  readonly users = new Map<string, Subscriber>();
  readonly barred = new Set<string>();
  readonly hidden = new Set<string>();
  readonly invisible = new Map<string, boolean | undefined>();
  readonly returning = new Set<string>();
  readonly standing = new Set<string>();
  readonly changes: string[] = [];
  /** Users whose privacy document was read, and what reading does. */
  readonly read: string[] = [];
  reading: (aor: string) => Promise<void> = () => Promise.resolve();
  readonly presence: BoxPresence;

  constructor(returning: readonly string[] = []) {
    for (const aor of returning) this.returning.add(aor);
    for (const aor of [ALICE, BOB]) {
      this.users.set(aor, { aor, state: "active" } as Subscriber);
      this.invisible.set(aor, false);
    }
    const user = (aor: string) => ({
      deferral: null,
      visible: !this.hidden.has(aor),
      recording: { session: false, pagerAndLarge: false },
    });
    this.presence = new BoxPresence({
      location: { bindings: (aor) => this.bindings.get(aor) ?? [] },
      subscribers: { get: (aor) => this.users.get(aor) },
      published: { barred: (aor) => this.barred.has(aor), user },
      coreEvents: this.coreEvents,
      sessionEvents: this.sessionEvents,
      sessionStands: (id) => this.standing.has(id),
      returning: (aor) => this.returning.has(aor),
      privacy: {
        invisible: (aor) => this.invisible.get(aor),
        prepare: (aor) => {
          this.read.push(aor);
          return this.reading(aor);
        },
      },
      log: silentLog,
      clock: this.time,
      timers: this.time.timers,
      salt: "salt",
      changed: (aor) => this.changes.push(aor),
    });
  }

  register(aor: string, contact: string): void {
    const before = this.bindings.get(aor) ?? [];
    const binding = { contact, instance: `<urn:uuid:${contact}>`, params: "" } as Binding;
    this.bindings.set(aor, [...before, binding]);
    this.coreEvents.emit("registered", { aor, binding, first: before.length === 0, at: this.time.now() });
  }

  unregister(aor: string, contact: string): void {
    const before = this.bindings.get(aor) ?? [];
    this.bindings.set(aor, before.filter((binding) => binding.contact !== contact));
    const binding = before.find((one) => one.contact === contact)!;
    this.coreEvents.emit("unregistered", { aor, binding, why: "flow", at: this.time.now() });
  }

  session(name: "sessionStarted" | "sessionEnded", id: string, from: string, to: string, kind = "session"): void {
    if (name === "sessionStarted") this.standing.add(id);
    else this.standing.delete(id);
    this.sessionEvents.emit(name, { id, kind, from, to } as SessionFacts as never);
  }

  /** What is said of somebody, shortly: basic, willingness, registered, barred, in a session. */
  said(aor: string): string {
    const [source, ...others] = this.presence.sources(aor);
    assert.deepEqual(others, []);
    assert.equal(source.key, "box");
    const [tuple] = source.document.components;
    const { basic, willingness, registrationState, barringState, sessionParticipation, contact, serviceId } = serviceOf(
      tuple,
    );
    assert.equal(contact, aor);
    assert.equal(serviceId, IM_SERVICE);
    return [basic, willingness, registrationState, barringState, sessionParticipation].join(" ");
  }

  /** Whose tuple changed since this was asked last. */
  told(): string[] {
    return this.changes.splice(0);
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

const THERE = "open open active terminated closed";
const GONE = "closed closed terminated terminated closed";

Deno.test("a user is there with the first device, tagged or not, until the last one is gone", () => {
  const world = new World();
  assert.equal(world.said(ALICE), GONE);
  world.register(ALICE, "a");
  assert.deepEqual(world.told(), [ALICE]);
  assert.equal(world.said(ALICE), THERE);
  world.register(ALICE, "b");
  world.unregister(ALICE, "a");
  assert.deepEqual(world.told(), []);
  assert.ok(world.presence.isRegistered(ALICE));
  world.unregister(ALICE, "b");
  assert.deepEqual(world.told(), [ALICE]);
  assert.equal(world.said(ALICE), GONE);
  assert.ok(!world.presence.isRegistered(ALICE));
});

Deno.test("who was registered before anybody asked is there, and nobody is told of it twice", () => {
  const world = new World();
  world.bindings.set(ALICE, [{ contact: "a", instance: "", params: "" } as Binding]);
  assert.equal(world.said(ALICE), THERE);
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), []);
  world.unregister(ALICE, "a");
  assert.deepEqual(world.told(), [ALICE]);
});

Deno.test("who bars what comes in, or is barred by the operator, is closed though registered", () => {
  const world = new World();
  world.register(ALICE, "a");
  world.told();
  world.barred.add(ALICE);
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  assert.equal(world.said(ALICE), "closed closed active active closed");
  world.barred.delete(ALICE);
  world.users.set(ALICE, { aor: ALICE, state: "barred" } as Subscriber);
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), []);
  world.users.set(ALICE, { aor: ALICE, state: "barred", barredUntil: world.time.now() } as Subscriber);
  world.presence.review(ALICE);
  assert.equal(world.said(ALICE), THERE);
});

Deno.test("in at least one chat; files and large messages do not count, nor does one whose end nobody told", () => {
  const world = new World();
  world.register(ALICE, "a");
  world.told();
  world.session("sessionStarted", "f", ALICE, BOB, "file");
  assert.deepEqual(world.told(), []);
  world.session("sessionStarted", "1", ALICE, "sip:carol@elsewhere.test");
  world.session("sessionStarted", "2", BOB, ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  assert.equal(world.said(ALICE), "open open active terminated open");
  world.session("sessionEnded", "1", ALICE, "sip:carol@elsewhere.test");
  assert.deepEqual(world.told(), []);
  world.standing.delete("2");
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  assert.equal(world.said(ALICE), THERE);
  world.session("sessionEnded", "2", BOB, ALICE);
  assert.deepEqual(world.told(), []);
});

Deno.test("of who is not there nothing else is said: hiding and being away look the same", () => {
  const world = new World();
  world.barred.add(ALICE);
  world.session("sessionStarted", "1", ALICE, BOB);
  assert.deepEqual(world.told(), []);
  assert.equal(world.said(ALICE), GONE);
  const [offline] = world.presence.offlineServices(ALICE);
  const [tuple] = parsePresence(writePresence({ entity: ALICE, services: [offline] }), "salt").components;
  const [away] = world.presence.sources(ALICE)[0].document.components;
  assert.deepEqual(tuple, away);
});

Deno.test("a client says more of an open service, and nothing of one that is closed by now", () => {
  const world = new World();
  world.register(ALICE, "a");
  const publish = () => {
    const [service] = world.presence.offlineServices(ALICE);
    const text = writePresence({ entity: ALICE, services: [{ ...service, basic: "open", willingness: "closed" }] });
    return { key: "p", document: parsePresence(text, "salt"), publishedAt: world.time.now() };
  };
  const publication = publish();
  const shown = () => {
    const { components } = compose(ALICE, [...world.presence.sources(ALICE), publication], world.time.now());
    assert.equal(components.length, 1);
    const { basic, willingness } = serviceOf(components[0]);
    return `${basic} ${willingness}`;
  };
  world.time.advance(1000);
  world.session("sessionStarted", "1", ALICE, BOB);
  assert.equal(shown(), "open closed");
  world.unregister(ALICE, "a");
  assert.equal(shown(), "closed closed");
});

Deno.test("invisible by the document or by a device; nobody is told where that changes nothing", () => {
  const world = new World();
  world.register(ALICE, "a");
  world.told();
  assert.ok(!world.presence.isInvisible(ALICE));
  world.hidden.add(ALICE);
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  assert.ok(world.presence.isInvisible(ALICE));
  assert.equal(world.said(ALICE), THERE);
  world.invisible.set(ALICE, true);
  world.presence.privacyChanged(ALICE);
  world.hidden.delete(ALICE);
  world.presence.review(ALICE);
  assert.deepEqual(world.told(), []);
  world.invisible.set(ALICE, false);
  world.presence.privacyChanged(ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  assert.ok(!world.presence.isInvisible(ALICE));
});

Deno.test("who asks before it was told takes the change from nobody", () => {
  const world = new World();
  assert.ok(!world.presence.isInvisible(ALICE));
  world.invisible.set(ALICE, true);
  assert.ok(world.presence.isInvisible(ALICE));
  world.presence.privacyChanged(ALICE);
  assert.deepEqual(world.told(), [ALICE]);
  world.presence.privacyChanged(ALICE);
  assert.deepEqual(world.told(), []);
});

Deno.test("of whom nothing is known nothing is shown, until the document is read", async () => {
  const world = new World();
  world.invisible.set(ALICE, undefined);
  world.reading = (aor) => {
    world.invisible.set(aor, false);
    return Promise.resolve();
  };
  world.presence.privacyChanged(ALICE);
  assert.deepEqual(world.read, []);
  assert.ok(world.presence.isInvisible(ALICE));
  assert.deepEqual(world.told(), []);
  await settle();
  assert.deepEqual([world.read, world.told()], [[ALICE], [ALICE]]);
  assert.ok(!world.presence.isInvisible(ALICE));
});

Deno.test("a document that is not at hand says what it said; after a change it is read again", async () => {
  const world = new World();
  assert.ok(!world.presence.isInvisible(ALICE));
  world.invisible.set(ALICE, undefined);
  assert.ok(!world.presence.isInvisible(ALICE));
  await settle();
  assert.deepEqual(world.read, []);
  world.reading = () => Promise.reject(new Error("the store is away"));
  world.presence.privacyChanged(ALICE);
  await settle();
  assert.deepEqual([world.read.length, world.told()], [1, []]);
  world.reading = (aor) => {
    world.invisible.set(aor, true);
    return Promise.resolve();
  };
  world.time.advance(5_100);
  await settle();
  assert.deepEqual([world.read.length, world.told()], [2, [ALICE]]);
  assert.ok(world.presence.isInvisible(ALICE));
});

Deno.test("no more than fifty documents are read at once, and all of them are", async () => {
  const world = new World();
  const going: (() => void)[] = [];
  let most = 0;
  world.reading = (aor) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    going.push(() => {
      world.invisible.set(aor, false);
      resolve();
    });
    most = Math.max(most, going.length);
    return promise;
  };
  for (let i = 0; i < 120; i++) world.presence.isInvisible(`sip:u${i}@example.test`);
  while (going.length > 0) {
    going.shift()!();
    await settle();
  }
  assert.deepEqual([most, new Set(world.read).size, world.read.length], [50, 120, 120]);
});

Deno.test("after a restart who is about to come back is there; who has not come back in two minutes is gone", () => {
  const world = new World([ALICE, BOB]);
  assert.equal(world.said(ALICE), THERE);
  assert.equal(world.said(BOB), THERE);
  world.time.advance(60_000);
  world.register(ALICE, "a");
  assert.deepEqual(world.told(), []);
  world.time.advance(61_000);
  assert.deepEqual(world.told(), [BOB]);
  assert.equal(world.said(BOB), GONE);
  assert.equal(world.said(ALICE), THERE);
});

Deno.test("of nobody nothing is said; who was removed is nobody", () => {
  const world = new World();
  world.register(ALICE, "a");
  world.register("sip:nobody@example.test", "n");
  assert.deepEqual(world.told(), [ALICE]);
  assert.deepEqual(world.presence.sources("sip:nobody@example.test"), []);
  world.users.delete(ALICE);
  world.unregister(ALICE, "a");
  assert.deepEqual(world.told(), []);
  assert.deepEqual(world.presence.sources(ALICE), []);
});

Deno.test("the tuple is made once for a state, and kept as long as it lasts", () => {
  const world = new World();
  world.register(ALICE, "a");
  const sources = world.presence.sources(ALICE);
  assert.equal(world.presence.sources(ALICE), sources);
  world.register(ALICE, "b");
  assert.equal(world.presence.sources(ALICE), sources);
  world.session("sessionStarted", "1", ALICE, BOB);
  assert.notEqual(world.presence.sources(ALICE), sources);
});
