import { deepEqual, equal } from "node:assert/strict";
import {
  parsePresence,
  presenceOfStatus,
  type PresenceStatus,
  writePresence,
} from "../../../transport/presence/mod.ts";
import { locationObject } from "./location_object.ts";
import { Presences } from "./presences.ts";
import { EngineWorld } from "./testing/engine_world.ts";

const BOB = "sip:bob@home.test", CAROL = "sip:carol@home.test";
const HERE = { latitude: 48.1, longitude: 11.5, radius: 25, place: "Tor <3>" };

/** What is told of somebody who is watched. */
function told(status: PresenceStatus, note: string, until: number | null, now: () => number) {
  const person = { ...presenceOfStatus(status, { note, until }), location: locationObject(HERE) };
  const document = parsePresence(new TextEncoder().encode(writePresence({ entity: BOB, persons: [person] })));
  const said = () =>
    until === null || now() < until ? { status, note, until } : { status: "available" as const, note: "", until: null };
  return {
    state: "active" as const,
    document,
    get status() {
      return said();
    },
  };
}

function shown(presences: Presences, uri: string) {
  const { status, note, reason } = presences.of(uri).value;
  return `${status} ${note}${reason}`.trim();
}

Deno.test("contacts are watched some at a time, once the link is there, and no more than may be", async () => {
  const world = new EngineWorld();
  const presences = new Presences(world.parts);
  const uris = Array.from({ length: 45 }, (_, i) => `sip:u${i}@home.test`);
  presences.want([...uris, "tel:+1555"]);
  equal(world.client.watched.size, 0);
  world.client.most = 44;
  world.state.value = "online";
  equal(world.client.watched.size, 20);
  world.time.advance(200);
  equal(world.client.watched.size, 40);
  world.time.advance(200);
  equal(world.client.watched.size, 44);
  presences.want(uris.slice(5));
  equal(world.client.watched.size, 39);
  await world.pass(31_000);
  equal(world.client.watched.size, 40);
});

Deno.test("a status is shown with its note and place, and ends by itself", () => {
  const world = new EngineWorld();
  world.state.value = "online";
  const presences = new Presences(world.parts);
  presences.want([BOB, CAROL]);
  equal(presences.state.value, "loading");
  const until = world.time.now() + 60_000;
  const watched = world.client.watched.get(BOB)!;
  Object.defineProperties(
    watched,
    Object.getOwnPropertyDescriptors(told("meeting", "Room 4", until, () => world.time.now())),
  );
  world.tell("onPresence", watched);
  equal(presences.state.value, "ready");
  equal(shown(presences, BOB), "meeting Room 4");
  deepEqual(presences.of(BOB).value.location, { kind: "location", ...HERE });
  world.time.advance(59_000);
  equal(shown(presences, BOB), "meeting Room 4");
  world.time.advance(2_000);
  equal(shown(presences, BOB), "available");
  world.shows(CAROL, { state: "pending" });
  equal(shown(presences, CAROL), "unknown");
});

Deno.test("presence that is down says nothing of anybody; one person who refuses is not presence that is down", () => {
  const world = new EngineWorld();
  world.state.value = "online";
  const presences = new Presences(world.parts);
  presences.want([BOB, CAROL]);
  world.shows(BOB, { state: "ended", reason: "403 Forbidden" });
  equal(presences.state.value, "ready");
  equal(shown(presences, BOB), "unknown 403 Forbidden");
  for (const uri of [BOB, CAROL]) world.shows(uri, { state: "asked", reason: "503 Service Unavailable" });
  equal(presences.state.value, "failed");
  world.shows(CAROL, { state: "active", reason: "" });
  equal(presences.state.value, "ready");
});

Deno.test("a short break of the link changes nothing; a long one says that nothing is known, until it is back", () => {
  const world = new EngineWorld();
  world.state.value = "online";
  const presences = new Presences(world.parts);
  presences.want([BOB]);
  world.shows(BOB, told("busy", "", null, () => world.time.now()));
  world.state.value = "waiting";
  world.time.advance(5_000);
  world.state.value = "online";
  world.time.advance(20_000);
  equal(shown(presences, BOB), "busy");
  world.state.value = "waiting";
  world.time.advance(6_000);
  world.state.value = "connecting";
  world.time.advance(5_000);
  deepEqual([shown(presences, BOB), presences.state.value], ["unknown", "failed"]);
  world.state.value = "online";
  deepEqual([shown(presences, BOB), presences.state.value], ["busy", "ready"]);
});
