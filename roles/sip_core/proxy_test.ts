import assert from "node:assert/strict";
import type { Exchange } from "./exchange.ts";
import { believingCore } from "./testing/believing_core.ts";
import { CoreWorld, type Received } from "./testing/core_world.ts";

function send(world: CoreWorld, facts: Parameters<CoreWorld["receive"]>[0], core = believingCore(world)): Received {
  const received = world.receive(facts);
  core.onRequest(received);
  return received;
}

Deno.test("a MESSAGE goes to the Contact, one hop spent, the rest as it came", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:bob@203.0.113.5:5070");
  const received = send(world, {
    uri: "sip:bob@example.test",
    headers: 'X-Odd:  kept \xe9\r\nProxy-Authorization: Digest username="alice", realm="example.test"\r\n' +
      'Proxy-Authorization: Digest username="a", realm="other.test"\r\n',
  });
  assert.equal(world.sent.length, 1);
  const { request, flow } = world.sent[0];
  assert.equal(request.uri, "sip:bob@203.0.113.5:5070");
  assert.deepEqual(flow.remote, { host: "203.0.113.5", port: 5070 });
  assert.equal(request.get("Max-Forwards"), "69");
  assert.equal(request.get("Max-Breadth"), "60");
  assert.equal(request.getAll("Via").length, 2);
  assert.ok(request.head.includes("X-Odd:  kept \xe9\r\n"));
  assert.deepEqual(request.getAll("Proxy-Authorization"), ['Digest username="a", realm="other.test"']);
  assert.equal(new TextDecoder().decode(request.body), "hello");
  world.sent[0].answer(200, "X-From-Bob: yes\r\n");
  assert.deepEqual(received.statuses, [200]);
  assert.equal(received.last.getAll("Via").length, 1);
  assert.equal(received.last.getOther("X-From-Bob"), "yes");
});

Deno.test("a request too large for UDP goes by TCP; credentials that end here do not count, those for others do", () => {
  for (const [realm, transport] of [["example.test", "udp"], ["other.test", "tcp"]] as const) {
    const world = new CoreWorld();
    world.user("bob");
    world.device("bob", "sip:bob@203.0.113.5:5070");
    const headers = `Proxy-Authorization: Digest username="alice", realm="${realm}", response="${"0".repeat(400)}"\r\n`;
    send(world, { uri: "sip:bob@example.test", headers, body: "z".repeat(500) });
    assert.equal(world.sent[0].flow.transport, transport, realm);
    assert.deepEqual(world.sent[0].flow.remote, { host: "203.0.113.5", port: 5070 });
  }
});

Deno.test("what no proxy may forward is refused with its reason", async (t) => {
  const cases: [name: string, facts: Parameters<CoreWorld["receive"]>[0], status: number][] = [
    ["scheme", { uri: "mailto:bob@example.test" }, 416],
    ["Request-URI", { uri: "sip:@example.test" }, 400],
    ["hops", { uri: "sip:bob@example.test", headers: "Max-Forwards: 0\r\n" }, 483],
    ["Proxy-Require", { uri: "sip:bob@example.test", headers: "Proxy-Require: privacy, magic\r\n" }, 420],
    ["unknown user", { uri: "sip:nobody@example.test" }, 404],
    ["unknown number", { uri: "tel:+15550000" }, 404],
    ["local number", { uri: "tel:5550000;phone-context=x" }, 484],
    ["offline", { uri: "sip:bob@example.test" }, 480],
    ["relaying", { uri: "sip:x@foreign.test", from: "sip:y@foreign.test" }, 403],
    ["method to us", { uri: "sip:example.test" }, 405],
    ["Require to us", { method: "OPTIONS", uri: "sip:example.test", headers: "Require: magic\r\n", body: "" }, 420],
    ["CANCEL of nothing", { method: "CANCEL", uri: "sip:bob@example.test", body: "" }, 481],
    ["no way", { uri: "sip:x@foreign.test" }, 500],
    ["breadth", { method: "INFO", uri: "sip:x@192.0.2.77", headers: "Max-Breadth: 0\r\n" }, 440],
  ];
  for (const [name, facts, status] of cases) {
    await t.step(name, () => {
      const world = new CoreWorld();
      world.user("bob");
      const received = send(world, facts);
      assert.deepEqual(received.statuses, [status]);
      assert.equal(world.sent.length, 0);
      if (status === 405) assert.ok(received.last.get("Allow")?.includes("MESSAGE"));
      if (status === 420) assert.equal(received.last.get("Unsupported"), "magic");
    });
  }
});

Deno.test("OPTIONS to the box is answered by it, and so is one whose hops are spent", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:bob@203.0.113.5");
  for (const [uri, headers] of [["sip:example.test", ""], ["sip:bob@example.test", "Max-Forwards: 0\r\n"]]) {
    const received = send(world, { method: "OPTIONS", uri, headers, body: "" });
    assert.deepEqual(received.statuses, [200]);
    assert.ok(received.last.get("Allow")?.includes("SUBSCRIBE"));
  }
  assert.equal(world.sent.length, 0);
});

Deno.test("a request that comes back unchanged is a loop, one that was changed is not", () => {
  const world = new CoreWorld();
  const core = believingCore(world);
  send(world, { method: "INFO", uri: "sip:x@192.0.2.77" }, core);
  const via = world.sent[0].request.getAll("Via")[0];
  const again = send(world, { method: "INFO", uri: "sip:x@192.0.2.77", headers: `Via: ${via}\r\n` }, core);
  assert.deepEqual(again.statuses, [482]);
  const spiral = send(world, { method: "INFO", uri: "sip:y@192.0.2.77", headers: `Via: ${via}\r\n` }, core);
  assert.deepEqual(spiral.statuses, []);
});

Deno.test("INVITE forks by q: equal ones together, lower ones when those have failed", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b1@203.0.113.1", { q: 1 });
  world.device("bob", "sip:b2@203.0.113.2", { q: 1 });
  world.device("bob", "sip:b3@203.0.113.3", { q: 0.5 });
  const received = send(world, {
    method: "INVITE",
    uri: "sip:bob@example.test",
    headers: "Contact: <sip:a@198.51.100.9>\r\n",
  });
  assert.equal(world.sent.length, 2);
  assert.deepEqual(world.sent.map((sent) => sent.request.get("Max-Breadth")), ["30", "30"]);
  world.sent[0].answer(180);
  world.sent[0].answer(486);
  assert.equal(world.sent.length, 2);
  world.sent[1].answer(404);
  assert.equal(world.sent.length, 3);
  assert.equal(world.sent[2].request.get("Max-Breadth"), "60");
  world.sent[2].answer(480);
  assert.deepEqual(received.statuses, [180, 486]);
});

Deno.test("Max-Breadth below the targets makes the fork go one after the other", () => {
  const world = new CoreWorld();
  world.user("bob");
  for (const n of [1, 2, 3]) world.device("bob", `sip:b${n}@203.0.113.${n}`);
  send(world, { method: "INVITE", uri: "sip:bob@example.test", headers: "Max-Breadth: 1\r\n" });
  assert.equal(world.sent.length, 1);
  world.sent[0].answer(486);
  assert.equal(world.sent.length, 2);
});

Deno.test("the best answer: 6xx before all and nobody else asked, then the class, then what helps", async (t) => {
  const cases: [answers: number[], best: number][] = [
    [[404, 486], 404],
    [[500, 404], 404],
    [[404, 500], 404],
    [[404, 415], 415],
    [[302, 404], 302],
    [[603, 404], 603],
    [[480, 600], 600],
    [[503, 503], 500],
    [[503, 502], 502],
    [[408, 404], 404],
  ];
  for (const [answers, best] of cases) {
    await t.step(`${answers} gives ${best}`, () => {
      const world = new CoreWorld();
      world.user("bob");
      answers.forEach((_, i) => world.device("bob", `sip:b@203.0.113.${i}`));
      const received = send(world, { method: "INVITE", uri: "sip:bob@example.test" });
      answers.forEach((status, i) => world.sent[i].answer(status));
      assert.deepEqual(received.statuses, [best]);
    });
  }
});

Deno.test("challenges of all branches go back together", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b1@203.0.113.1");
  world.device("bob", "sip:b2@203.0.113.2");
  const received = send(world, { method: "INVITE", uri: "sip:bob@example.test" });
  world.sent[0].answer(401, 'WWW-Authenticate: Digest realm="one", nonce="1"\r\n');
  world.sent[1].answer(407, 'Proxy-Authenticate: Digest realm="two", nonce="2"\r\n');
  assert.deepEqual(received.statuses, [401]);
  assert.ok(received.last.get("WWW-Authenticate")?.includes("one"));
  assert.ok(received.last.get("Proxy-Authenticate")?.includes("two"));
});

Deno.test("a 2xx goes back at once and the others are cancelled; each further 2xx goes back too", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b1@203.0.113.1");
  world.device("bob", "sip:b2@203.0.113.2");
  const received = send(world, { method: "INVITE", uri: "sip:bob@example.test" });
  world.sent[0].answer(200);
  assert.equal(world.sent[1].cancelled, true);
  world.sent[0].answer(200);
  world.sent[1].answer(200);
  assert.deepEqual(received.statuses, [200, 200, 200]);
});

Deno.test("a CANCEL cancels every open branch and starts no other; 487 goes back", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b1@203.0.113.1");
  world.device("bob", "sip:b2@203.0.113.2", { q: 0.1 });
  const received = send(world, { method: "INVITE", uri: "sip:bob@example.test" });
  received.user!.onCancel(received, received.request);
  assert.equal(world.sent[0].cancelled, true);
  world.sent[0].answer(487);
  assert.equal(world.sent.length, 1);
  assert.deepEqual(received.statuses, [487]);
});

Deno.test("timer C ends an INVITE that rings for ever, provisional answers begin it anew", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b1@203.0.113.1");
  const received = send(world, { method: "INVITE", uri: "sip:bob@example.test" });
  world.sent[0].pending = false; // Its own timer B is the transaction layer's; here it rings.
  world.sent[0].answer(180);
  world.time.advance(120_000);
  world.sent[0].answer(180);
  world.time.advance(120_000);
  assert.equal(world.sent[0].cancelled, false);
  world.time.advance(70_000);
  assert.equal(world.sent[0].cancelled, true);
  world.time.advance(33_000);
  assert.deepEqual(received.statuses, [180, 180, 487]);
});

Deno.test("when a server fails the next one of the name is asked, and the failed one is remembered", () => {
  const world = new CoreWorld();
  const to = (host: string) => ({ transport: "tcp" as const, host, port: 5060, tlsName: "" });
  world.names.set("foreign.test", [to("203.0.113.1"), to("203.0.113.2"), to("203.0.113.3")]);
  const received = send(world, { uri: "sip:x@foreign.test" });
  world.sent[0].fail("transport");
  world.sent[1].answer(503);
  world.sent[2].answer(200);
  assert.deepEqual(world.sent.map((sent) => sent.flow.remote.host), ["203.0.113.1", "203.0.113.2", "203.0.113.3"]);
  assert.notEqual(world.sent[0].branch, world.sent[1].branch);
  assert.equal(world.failedDestinations.length, 2);
  assert.deepEqual(received.statuses, [200]);
});

Deno.test("a number reaches its user, as tel, user=phone or plain", () => {
  for (const uri of ["tel:+1-555-0100", "sip:+15550100@example.test;user=phone", "sip:+15550100@example.test"]) {
    const world = new CoreWorld();
    world.user("bob", { e164: "+15550100" });
    world.device("bob", "sip:bob@203.0.113.5");
    send(world, { uri });
    assert.equal(world.sent[0].request.uri, "sip:bob@203.0.113.5", uri);
  }
});

Deno.test("Path becomes Route, and its first hop is where the request goes", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:bob@10.0.0.5", { path: ["<sip:tok@203.0.113.50;lr>", "<sip:inner.test;lr>"] });
  send(world, { uri: "sip:bob@example.test" });
  assert.equal(world.sent[0].flow.remote.host, "203.0.113.50");
  assert.deepEqual(world.sent[0].request.list("Route"), ["<sip:tok@203.0.113.50;lr>", "<sip:inner.test;lr>"]);
  assert.equal(world.sent[0].request.uri, "sip:bob@10.0.0.5");
});

Deno.test("our own Route values come off; what remains decides the next hop; orig is noted", () => {
  const world = new CoreWorld();
  let seen: Exchange | null = null;
  const core = believingCore(world, (table) => {
    table.splice(2, 0, { name: "look", element: (next) => (exchange) => next(seen = exchange) });
  });
  send(world, {
    uri: "sip:bob@example.test",
    headers: "Route: <sip:192.0.2.1;lr;orig>, <sip:example.test;lr>\r\nRoute: <sip:203.0.113.9;lr>\r\n",
  }, core);
  assert.equal(seen!.ownRoutes, 2);
  assert.equal(seen!.originating, true);
  assert.deepEqual(world.sent[0].request.list("Route"), ["<sip:203.0.113.9;lr>"]);
  assert.equal(world.sent[0].flow.remote.host, "203.0.113.9");
});

Deno.test("a strict router behind us gets its Request-URI, one before us gives it back", () => {
  const world = new CoreWorld();
  const core = believingCore(world);
  send(world, { method: "INFO", uri: "sip:x@foreign.test", headers: "Route: <sip:203.0.113.9>\r\n" }, core);
  assert.equal(world.sent[0].request.uri, "sip:203.0.113.9");
  assert.deepEqual(world.sent[0].request.list("Route"), ["<sip:x@foreign.test>"]);
  send(world, { method: "INFO", uri: "sip:192.0.2.1;lr", headers: "Route: <sip:x@203.0.113.9>\r\n" }, core);
  assert.equal(world.sent[1].request.uri, "sip:x@203.0.113.9");
  assert.equal(world.sent[1].request.has("Route"), false);
});

Deno.test("Record-Route leads both sides of a dialog back over their flows, and dead ones give 430", () => {
  const world = new CoreWorld();
  const core = believingCore(world);
  const alice = world.flowWith("ws", "198.51.100.9", 40_000);
  const bob = world.flowWith("tls", "198.51.100.10", 40_001);
  world.user("bob");
  world.device("bob", "sip:bob@bob.invalid", { flowOnly: true, flowId: bob.id, transport: "tls" });
  send(world, {
    method: "INVITE",
    uri: "sip:bob@example.test",
    headers: "Contact: <sip:alice@a.invalid;transport=ws>\r\n",
    flow: alice,
    callId: "dialog",
  }, core);
  assert.equal(world.sent[0].flow, bob);
  const [toBob, toAlice] = world.sent[0].request.list("Record-Route");
  // Bob's route set is as listed, Alice's is reversed.
  const bye = (flow: typeof bob, routes: string[], uri: string, callId = "dialog") => {
    const headers = `Route: ${routes.join(", ")}\r\n`;
    return send(world, { method: "BYE", uri, to: `<${uri}>;tag=b1`, headers, flow, callId, body: "" }, core);
  };
  bye(bob, [toBob, toAlice], "sip:alice@a.invalid");
  assert.equal(world.sent[1].flow, alice);
  assert.equal(world.sent[1].request.has("Route"), false);
  bye(alice, [toAlice, toBob], "sip:bob@bob.invalid");
  assert.equal(world.sent[2].flow, bob);
  bob.close();
  assert.deepEqual(bye(alice, [toAlice, toBob], "sip:bob@bob.invalid").statuses, [430]);
  const forged = toBob.replace(/\.([0-9a-f])([0-9a-f]{15})@/, (_, c, rest) => `.${c === "0" ? 1 : 0}${rest}@`);
  assert.deepEqual(bye(alice, [forged], "sip:bob@bob.invalid").statuses, [403]);
  assert.deepEqual(
    bye(alice, [toBob], "sip:bob@bob.invalid", "another").statuses,
    [403],
    "the token of another dialog",
  );
});

Deno.test("an ACK for a 2xx is forwarded without a transaction, along the dialog's route", () => {
  const world = new CoreWorld();
  const core = believingCore(world);
  world.user("bob");
  world.device("bob", "sip:bob@203.0.113.5");
  send(world, {
    method: "INVITE",
    uri: "sip:bob@example.test",
    headers: "Contact: <sip:a@198.51.100.9>\r\n",
    callId: "c",
  }, core);
  const [route] = world.sent[0].request.list("Record-Route");
  const ack = send(
    world,
    {
      method: "ACK",
      uri: "sip:bob@203.0.113.5",
      to: "<sip:bob@example.test>;tag=b1",
      headers: `Route: ${route}\r\n`,
      callId: "c",
      body: "",
    },
    core,
  );
  assert.equal(world.sent.length, 1);
  assert.equal(world.stateless.length, 1);
  assert.equal(world.stateless[0].request.uri, "sip:bob@203.0.113.5");
  assert.deepEqual(world.stateless[0].flow.remote, { host: "203.0.113.5", port: 5060 });
  assert.deepEqual(ack.statuses, []);
});

Deno.test("a request after a restart of a dialog with strangers is told that the dialog is gone", () => {
  const before = new CoreWorld();
  before.user("bob");
  before.device("bob", "sip:bob@203.0.113.5");
  send(before, {
    method: "SUBSCRIBE",
    uri: "sip:bob@example.test",
    headers: "Contact: <sip:a@198.51.100.9>\r\n",
    body: "",
  });
  const [route] = before.sent[0].request.list("Record-Route");
  const after = new CoreWorld();
  const received = send(after, {
    method: "NOTIFY",
    uri: "sip:c@203.0.113.7",
    from: "sip:c@foreign.test",
    to: "<sip:d@foreign.test>;tag=x",
    headers: `Route: ${route}\r\n`,
    body: "",
  });
  assert.deepEqual(received.statuses, [481]);
});

Deno.test("a row that throws becomes a 500, and the next request is served", () => {
  const world = new CoreWorld();
  let first = true;
  const core = believingCore(world, (table) => {
    table.unshift({
      name: "broken",
      element: (next) => (exchange) => {
        if (first) {
          first = false;
          throw new Error("a fault");
        }
        next(exchange);
      },
    });
  });
  assert.deepEqual(send(world, { uri: "sip:nobody@example.test" }, core).statuses, [500]);
  assert.deepEqual(send(world, { uri: "sip:nobody@example.test" }, core).statuses, [404]);
  assert.ok(world.metrics.render().includes("parley_sip_faults_total 1"));
});
