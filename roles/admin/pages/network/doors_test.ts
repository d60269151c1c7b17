import assert from "node:assert/strict";
import { DOOR_KEYS, entriesFor, holdsPort, isLocal, openingOf, portShared } from "./doors.ts";

const SIP = ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060", "tls://127.0.0.1:5061"];
const OPEN_SIP = ["udp://[::]:5060", "tcp://[::]:5060", "tls://[::]:5061"];

Deno.test("opening to the network keeps transports and ports, and closing gives back what was", () => {
  assert.deepEqual(entriesFor("listen.sip", "network", SIP), OPEN_SIP);
  assert.deepEqual(entriesFor("listen.sip", "local", OPEN_SIP), SIP);
  assert.deepEqual(entriesFor("listen.sip", "network", []), OPEN_SIP);
  assert.deepEqual(entriesFor("listen.msrp", "network", []), ["tcp://[::]:2855", "tls://[::]:2856"]);
  assert.deepEqual(entriesFor("listen.sip", "network", ["tls://192.0.2.1:7061"]), ["tls://192.0.2.1:7061"]);
});

Deno.test("of the web only https opens to the network, and it is added where it is missing", () => {
  const opened = entriesFor("listen.web", "network", ["http://127.0.0.1:8080"]);
  assert.deepEqual(opened, ["http://127.0.0.1:8080", "https://[::]:8443"]);
  assert.deepEqual(entriesFor("listen.web", "network", ["http://0.0.0.0:80", "https://localhost:443"]), [
    "http://127.0.0.1:80",
    "https://[::]:443",
  ]);
});

Deno.test("a choice is known again from its entries; anything else is somebody's own", () => {
  for (const key of DOOR_KEYS) {
    for (const opening of ["local", "network"] as const) {
      assert.equal(openingOf(key, entriesFor(key, opening, [])), opening, key);
    }
  }
  assert.equal(openingOf("listen.sip", [...OPEN_SIP, "nonsense"]), "own");
  assert.equal(openingOf("listen.sip", []), "own");
  assert.equal(openingOf("listen.sip", [SIP[0], OPEN_SIP[1]]), "own");
});

Deno.test("two entries that cannot be open together are found by port, kind and address", () => {
  assert.equal(portShared("tls://[::]:5061", ["udp://[::]:5061", "https://127.0.0.1:5061"]), "https://127.0.0.1:5061");
  assert.equal(portShared("tcp://localhost:2855", ["tls://127.0.0.1:2855"]), "tls://127.0.0.1:2855");
  assert.equal(portShared("tcp://0.0.0.0:2855", ["tls://192.0.2.1:2855"]), "tls://192.0.2.1:2855");
  for (
    const [entry, other] of [
      ["tcp://0.0.0.0:2855", "tls://[::1]:2855"],
      ["tcp://127.0.0.1:2855", "tls://127.0.0.2:2855"],
      ["tcp://127.0.0.1:0", "tls://127.0.0.1:0"],
      ["tcp://127.0.0.1:2855", "nonsense"],
    ]
  ) assert.equal(portShared(entry, [other]), "", entry);
});

Deno.test("a port that the box itself holds is not taken by another", () => {
  assert.ok(holdsPort("tls://[::]:5061", SIP));
  assert.ok(holdsPort("https://[::]:5061", SIP));
  assert.ok(!holdsPort("udp://[::]:5061", SIP));
  assert.ok(!holdsPort("nonsense", SIP));
  assert.ok(isLocal("https://[::1]:8443") && !isLocal("https://[::]:8443"));
});
