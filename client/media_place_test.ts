import assert from "node:assert/strict";
import type { MsrpMedia } from "../transport/payload/mod.ts";
import { DirectPlace } from "./direct_place.ts";
import { transportOf } from "./media_place.ts";

const NO_DOOR = { uriFor: () => null };
const OFFER: MsrpMedia = {
  proto: "TCP/MSRP",
  port: 2855,
  address: "x.test",
  path: ["msrp://x.test:2855/1;tcp"],
  acceptTypes: ["*"],
  acceptWrappedTypes: [],
  direction: "sendrecv",
  fingerprints: [],
  cema: false,
};

Deno.test("without a door: a name that nobody can look up, port 9, never the same id twice", () => {
  const place = new DirectPlace({ node: NO_DOOR, transport: "wss" });
  const one = place.newEnd(null), two = place.newEnd(null);
  assert.match(one.uri, /^msrps:\/\/[a-z0-9]{12}\.invalid:2855\/[\w-]{24};ws$/);
  assert.deepEqual([one.port, one.reachable, one.proto], [9, false, "TCP/TLS/MSRP"]);
  assert.notEqual(one.sessionId, two.sessionId);
});

Deno.test("an answer speaks as the offer does, whatever our own sessions speak", () => {
  const place = new DirectPlace({ node: NO_DOOR, transport: "wss" });
  assert.match(place.newEnd(OFFER).uri, /^msrp:.*;tcp$/);
  assert.equal(place.newEnd({ ...OFFER, proto: "TCP/WSS/MSRP" }).proto, "TCP/WSS/MSRP");
  assert.match(place.newEnd({ ...OFFER, proto: "TCP/WSS/MSRP" }).uri, /^msrps:.*;ws$/);
  assert.equal(transportOf({ ...OFFER, path: ["msrp://x.test/1;ws"] }), "ws");
  assert.equal(transportOf({ ...OFFER, path: ["msrps://x.test/1;tcp"] }), "tls");
});

Deno.test("with a door: where it is", () => {
  const node = { uriFor: (id: string) => `msrp://192.0.2.1:7000/${id};tcp` };
  const own = new DirectPlace({ node, transport: "tcp" }).newEnd(null);
  assert.deepEqual([own.host, own.port, own.reachable, own.relays.length], ["192.0.2.1", 7000, true, 0]);
});
