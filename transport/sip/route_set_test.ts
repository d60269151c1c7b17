import assert from "node:assert/strict";
import { parseMessage } from "./message.ts";
import { routeSetOf, routingOf } from "./route_set.ts";

Deno.test("RFC 3261 §12.2.1.1: no routes, loose router, strict router", () => {
  const target = "sip:bob@192.0.2.4";
  assert.deepEqual(routingOf(target, []), { uri: target, routes: [], nextHop: target });
  assert.deepEqual(routingOf(target, ["<sip:p1.test;lr>", "<sip:p2.test>"]), {
    uri: target,
    routes: ["<sip:p1.test;lr>", "<sip:p2.test>"],
    nextHop: "sip:p1.test;lr",
  });
  assert.deepEqual(routingOf(target, ["<sip:p1.test;method=INVITE?Subject=x>", "<sip:p2.test;lr>"]), {
    uri: "sip:p1.test",
    routes: ["<sip:p2.test;lr>", "<sip:bob@192.0.2.4>"],
    nextHop: "sip:p1.test",
  });
});

Deno.test("a route that is no URI is left out rather than followed", () => {
  assert.deepEqual(routingOf("sip:bob@b.test", ["<>"]), {
    uri: "sip:bob@b.test",
    routes: [],
    nextHop: "sip:bob@b.test",
  });
});

Deno.test("Record-Route over several lines and commas, both ways round", () => {
  const message = parseMessage(
    "SIP/2.0 200 OK\r\nRecord-Route: <sip:a;lr>, <sip:b;lr>\r\nRecord-Route: <sip:c;lr>;x=1\r\n\r\n",
  );
  assert.deepEqual(routeSetOf(message, false), ["<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>;x=1"]);
  assert.deepEqual(routeSetOf(message, true), ["<sip:c;lr>;x=1", "<sip:b;lr>", "<sip:a;lr>"]);
});
