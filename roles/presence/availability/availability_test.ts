import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import {
  compose,
  type Composition,
  parsePresence,
  type PersonContent,
  presenceOfStatus,
  type ServiceContent,
  writePresence,
} from "../../../transport/presence/mod.ts";
import { imService, REGISTERED } from "../source/im_service.ts";
import { RecipientAvailability } from "./recipient_availability.ts";
import { willingnessOf } from "./willingness.ts";

const ALICE = "sip:alice@example.test";
const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

interface Said {
  readonly services?: readonly ServiceContent[];
  readonly persons?: readonly PersonContent[];
}

/** What the box says of somebody who is registered, and what clients publish. */
function composed(publications: readonly Said[], now = NOW): Composition {
  const own = { services: [imService(ALICE, REGISTERED)] };
  const sources = [own, ...publications].map((said, i) => ({
    key: `${i}`,
    document: parsePresence(writePresence({ entity: ALICE, ...said })),
    publishedAt: i,
  }));
  return compose(ALICE, sources, now);
}

const device = (willingness: "open" | "closed", id: string): ServiceContent => ({
  ...imService(`${ALICE};gr=${id}`, REGISTERED),
  id,
  willingness,
});
const activity = (values: readonly string[], others: readonly string[] = [], span: object = {}): PersonContent => ({
  id: "p",
  activities: [{ values, others, notes: [], ...span }],
});

Deno.test("who wants to be reached, by all that presence says of it", async (t) => {
  const override = (value: "open" | "closed", until?: number): PersonContent => ({
    id: "p",
    overridingWillingness: { value, until },
  });
  const other: ServiceContent = { id: "m", serviceId: "org.openmobilealliance:PoC-session", willingness: "closed" };
  const cases: [name: string, publications: readonly Said[], willing: boolean][] = [
    ["nothing is published", [], true],
    ["overridden", [{ persons: [override("closed")] }], false],
    ["overridden until later", [{ persons: [override("closed", NOW + HOUR)] }], false],
    ["overridden until now", [{ persons: [override("closed", NOW)] }], true],
    ["not to be disturbed", [{ persons: [presenceOfStatus("do-not-disturb")] }], false],
    ["busy", [{ persons: [activity(["busy"])] }], false],
    ["busy, but willing", [{ persons: [activity(["busy"]), { ...override("open"), id: "q", className: "x" }] }], true],
    ["busy later", [{ persons: [activity(["busy"], [], { from: NOW + 1 })] }], true],
    ["busy until now", [{ persons: [activity(["busy"], [], { until: NOW })] }], true],
    ["in own words", [{ persons: [activity([], ["Do not disturb"])] }], false],
    ["in a meeting", [{ persons: [presenceOfStatus("meeting")] }], true],
    ["unwilling in IM", [{ services: [{ ...imService(ALICE, REGISTERED), willingness: "closed" }] }], false],
    ["unwilling in another service", [{ services: [other] }], true],
    ["the only device is unwilling", [{ services: [device("closed", "a")] }], false],
    ["one of two devices is", [{ services: [device("closed", "a"), device("open", "b")] }], true],
    ["two persons, one overridden", [{
      persons: [override("open"), { ...override("closed"), id: "q", className: "work" }],
    }], false],
  ];
  for (const [name, publications, willing] of cases) {
    await t.step(name, () => assert.equal(willingnessOf(composed(publications), NOW).willing, willing));
  }
});

Deno.test("it is said when the answer is to be looked for again", () => {
  assert.equal(willingnessOf(composed([]), NOW).until, Infinity);
  const persons = [{ ...activity(["busy"], [], { from: NOW + HOUR, until: NOW + 2 * HOUR }) }];
  const said = composed([{ persons }]);
  assert.deepEqual(willingnessOf(said, NOW), { willing: true, until: NOW + HOUR });
  assert.deepEqual(willingnessOf(said, NOW + HOUR), { willing: false, until: NOW + 2 * HOUR });
  assert.deepEqual(willingnessOf(said, NOW + 2 * HOUR), { willing: true, until: Infinity });
});

/** One user, whose presence is as the test says. */
class World {
  readonly time = new FakeTime(NOW);
  readonly settings: { unwilling: "deliver" | "defer" | "busy" } = { unwilling: "defer" };
  registered = true;
  asked = 0;
  said = composed([]);
  readonly released: string[] = [];
  readonly availability = new RecipientAvailability({
    states: {
      composition: () => {
        this.asked++;
        return this.said;
      },
    },
    isRegistered: () => this.registered,
    settings: this.settings,
    clock: this.time,
    release: (aor) => this.released.push(aor),
  });
}

const DISTURB_NOT = composed([{ persons: [presenceOfStatus("do-not-disturb")] }]);

Deno.test("here, unwilling, away", () => {
  const world = new World();
  assert.equal(world.availability.of(ALICE), "here");
  world.said = DISTURB_NOT;
  assert.equal(world.availability.of(ALICE), "unwilling");
  world.registered = false;
  assert.equal(world.availability.of(ALICE), "away");
});

Deno.test("the operator says what becomes of it; to deliver all the same costs nothing", () => {
  const world = new World();
  const { availability, settings } = world;
  world.said = DISTURB_NOT;
  assert.equal(availability.policyFor(ALICE), "defer");
  settings.unwilling = "busy";
  assert.equal(availability.policyFor(ALICE), "busy");
  assert.equal(availability.holds(ALICE), false);
  world.asked = 0;
  settings.unwilling = "deliver";
  assert.equal(availability.policyFor(ALICE), null);
  assert.equal(availability.holds(ALICE), false);
  assert.equal(world.asked, 0);
  settings.unwilling = "defer";
  world.registered = false;
  assert.equal(availability.policyFor(ALICE), null);
});

Deno.test("what was held goes out once, when the user is willing again, and not before", () => {
  const world = new World();
  const { availability } = world;
  availability.changed(ALICE);
  world.said = DISTURB_NOT;
  assert.equal(availability.holds(ALICE), true);
  world.said = composed([{ persons: [presenceOfStatus("do-not-disturb", { note: "really" })] }]);
  availability.changed(ALICE);
  assert.deepEqual(world.released, []);
  world.said = composed([]);
  availability.changed(ALICE);
  availability.changed(ALICE);
  assert.deepEqual(world.released, [ALICE]);
  assert.equal(availability.holds(ALICE), false);
});

Deno.test("with another policy nothing is held any more; who was removed is forgotten", () => {
  const world = new World();
  const { availability, settings } = world;
  world.said = DISTURB_NOT;
  availability.holds(ALICE);
  availability.settingsChanged();
  assert.deepEqual(world.released, []);
  settings.unwilling = "deliver";
  availability.settingsChanged();
  assert.deepEqual(world.released, [ALICE]);
  settings.unwilling = "defer";
  availability.holds(ALICE);
  availability.forget(ALICE);
  world.said = composed([]);
  availability.changed(ALICE);
  assert.deepEqual(world.released, [ALICE]);
});

Deno.test("what a composition says is read once, until it says something else by itself", () => {
  const world = new World();
  world.said = composed([{ persons: [activity(["busy"], [], { until: NOW + HOUR })] }]);
  assert.equal(world.availability.of(ALICE), "unwilling");
  world.time.jump(HOUR);
  assert.equal(world.availability.of(ALICE), "here");
});
