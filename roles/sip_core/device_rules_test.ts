import assert from "node:assert/strict";
import type { Core } from "./core.ts";
import type { Exchange } from "./exchange.ts";
import { insertBefore, type Row } from "./routing_table.ts";
import { believingCore } from "./testing/believing_core.ts";
import { CoreWorld, type Received, type Sent } from "./testing/core_world.ts";

const ADDRESS = "sip:bob@203.0.113.1:5070";
const AOR = "sip:bob@example.test";

/** Bob at 203.0.113.1:5070, Carol at 203.0.113.2; every sender of example.test is believed. */
class World extends CoreWorld {
  readonly core: Core;
  /** What stood before the proxy: method and recipient. */
  readonly seen: string[] = [];
  readonly exchanges: Exchange[] = [];
  trusted = false;

  constructor() {
    super();
    for (const name of ["alice", "bob", "carol"]) this.user(name);
    this.device("bob", ADDRESS, { instance: "<urn:uuid:bob>" });
    this.device("carol", "sip:carol@203.0.113.2");
    const look: Row = {
      name: "look",
      element: (next) => (exchange) => {
        this.seen.push(`${exchange.request.method} ${exchange.recipient?.aor ?? "nobody"}`);
        this.exchanges.push(exchange);
        next(exchange);
      },
    };
    this.core = believingCore(this, (table) => insertBefore(table, "proxy", look), () => this.trusted);
  }

  say(facts: Parameters<CoreWorld["receive"]>[0]): Received {
    const received = this.receive({ body: "", ...facts });
    this.core.onRequest(received);
    return received;
  }

  /** A call from Alice to Bob that goes through us, as Alice and Bob's device know it. */
  call(callId: string): { readonly routes: string; readonly sent: Sent } {
    this.say({ method: "INVITE", uri: AOR, headers: "Contact: <sip:alice@198.51.100.9>\r\n", callId });
    const sent = this.sent[this.sent.length - 1];
    return { routes: sent.request.list("Record-Route").toReversed().join(", "), sent };
  }
}

Deno.test("what begins something at the address of a device is for its user, whose rules are behind", async (t) => {
  for (const method of ["MESSAGE", "INVITE", "REFER", "SUBSCRIBE", "OPTIONS", "NOTIFY", "INFO", "PUBLISH", "PING"]) {
    await t.step(method, () => {
      const world = new World();
      world.say({ method, uri: "sip:anything@203.0.113.1:5070;transport=udp" });
      assert.deepEqual(world.seen, [`${method} ${AOR}`]);
      assert.equal(world.exchanges[0].device, "<urn:uuid:bob>");
      assert.deepEqual(world.sent.map(({ request }) => request.uri), [ADDRESS]);
    });
  }
});

Deno.test("a device without an instance is the only one that is asked", () => {
  const world = new World();
  world.device("carol", "sip:carol@203.0.113.3");
  world.say({ method: "MESSAGE", uri: "sip:carol@203.0.113.3" });
  assert.deepEqual(world.sent.map(({ request }) => request.uri), ["sip:carol@203.0.113.3"]);
});

Deno.test("an address that cannot be told whose it is leads nowhere", () => {
  const world = new World();
  world.device("carol", "sip:carol@203.0.113.1:5070");
  assert.deepEqual(world.say({ uri: "sip:x@203.0.113.1:5070" }).statuses, [404]);
  world.device("carol", "sip:carol@10.0.0.5", { source: { host: "203.0.113.77", port: 4000 } });
  assert.deepEqual(world.say({ uri: "sip:x@10.0.0.5" }).statuses, [403]);
  world.users.delete("sip:carol@example.test");
  assert.deepEqual(world.say({ uri: "sip:carol@203.0.113.2" }).statuses, [404], "registered, and no user any more");
  assert.deepEqual(world.seen, []);
});

Deno.test("a name that leads to a device is that device; one that leads elsewhere goes on", () => {
  const world = new World();
  const to = (host: string, port: number) => ({ transport: "udp" as const, host, port, tlsName: "" });
  world.names.set("hidden.test", [to("198.51.100.40", 5060), to("203.0.113.1", 5070)]);
  world.names.set("foreign.test", [to("198.51.100.40", 5060)]);
  // A Contact that names the server of a domain must not cut that domain off.
  world.device("carol", "sip:carol@198.51.100.40", { source: { host: "203.0.113.77", port: 4000 } });
  world.say({ uri: "sip:x@hidden.test" });
  world.say({ uri: "sip:x@foreign.test" });
  assert.deepEqual(world.seen, [`MESSAGE ${AOR}`, "MESSAGE nobody"]);
});

Deno.test("a name that has to be looked up holds nobody up; a CANCEL meanwhile ends the INVITE", () => {
  const world = new World();
  let found: () => void = () => {};
  world.locate = (_uri, done) => {
    found = () => done([]);
  };
  const invite = world.say({ method: "INVITE", uri: "sip:x@foreign.test" });
  assert.deepEqual(world.seen, []);
  invite.user!.onCancel(invite, invite.request);
  assert.deepEqual(invite.statuses, [487]);
  found();
  assert.deepEqual(world.seen, []);
  const again = world.say({ method: "INVITE", uri: "sip:x@foreign.test" });
  found();
  assert.deepEqual(world.seen, ["INVITE nobody"]);
  assert.deepEqual(again.statuses, []);
});

Deno.test("a Route preloaded to a device or to the edge in front of one is refused, from a trusted hop it is not", async (t) => {
  const cases: [name: string, uri: string, route: string, status: number][] = [
    ["to an outsider", "sip:x@foreign.test", "<sip:203.0.113.1:5070;lr>", 403],
    ["to somebody else", "sip:carol@example.test", "<sip:203.0.113.1:5070;lr>", 403],
    ["to a number", "tel:+15550100", "<sip:203.0.113.1:5070;lr>", 403],
    ["to a strict router", "sip:x@foreign.test", "<sip:203.0.113.1:5070>", 403],
    ["behind our own", "sip:x@foreign.test", "<sip:192.0.2.1;lr>, <sip:203.0.113.1:5070;lr>", 403],
    ["by a name", "sip:x@foreign.test", "<sip:hidden.test;lr>", 403],
    ["to the edge", "sip:x@foreign.test", "<sip:tok@198.51.100.7;lr>", 403],
    ["elsewhere", "sip:x@foreign.test", "<sip:198.51.100.8;lr>", 0],
  ];
  for (const [name, uri, route, status] of cases) {
    await t.step(name, () => {
      const world = new World();
      world.names.set("hidden.test", [{ transport: "udp", host: "203.0.113.1", port: 5070, tlsName: "" }]);
      world.device("carol", "sip:c@c.invalid", { path: ["<sip:tok@198.51.100.7;lr>"] });
      const say = () => world.say({ uri, headers: `Route: ${route}\r\n` }).statuses;
      assert.deepEqual(say(), status === 0 ? [] : [status]);
      world.trusted = true;
      assert.deepEqual(say(), []);
    });
  }
});

Deno.test("an edge with a Route does not hide that the target is a device", () => {
  const world = new World();
  world.say({ uri: ADDRESS, headers: "Route: <sip:198.51.100.8;lr>\r\n" });
  assert.deepEqual(world.seen, [`MESSAGE ${AOR}`]);
});

Deno.test("the cores of our own trust domain are no devices, whatever they register", () => {
  const world = new World();
  world.hops.add("198.51.100.50");
  for (const name of ["bob", "carol"]) world.device(name, "sip:198.51.100.50:5060");
  world.say({ uri: "sip:x@198.51.100.50" });
  assert.deepEqual(world.say({ uri: "sip:x@foreign.test", headers: "Route: <sip:198.51.100.50;lr>\r\n" }).statuses, []);
  assert.deepEqual(world.seen, ["MESSAGE nobody", "MESSAGE nobody"]);
});

Deno.test("inside a dialog that went through us nobody is asked again", async (t) => {
  for (const method of ["INVITE", "REFER", "INFO", "UPDATE", "NOTIFY", "BYE"]) {
    await t.step(method, () => {
      const world = new World();
      const { routes } = world.call("d1");
      const headers = `Route: ${routes}\r\n`;
      const uri = "sip:bob@203.0.113.1:5070;ob";
      world.say({ method, uri, to: `<${AOR}>;tag=b`, headers, callId: "d1" });
      assert.deepEqual(world.seen, [`INVITE ${AOR}`, `${method} nobody`]);
      assert.equal(world.sent[1].request.uri, uri);
    });
  }
});

Deno.test("a tag that is made up, or a token from another dialog, proves no dialog", async (t) => {
  const to = `<${AOR}>;tag=made-up`;
  const made = (method: string): { world: World; received: Received } => {
    const world = new World();
    const received = world.say({ method, uri: "sip:b2@203.0.113.1:5070;ob", to });
    return { world, received };
  };
  for (const method of ["INVITE", "REFER", "SUBSCRIBE", "INFO", "NOTIFY", "OPTIONS"]) {
    await t.step(method, () => {
      const { world } = made(method);
      assert.deepEqual(world.seen, [`${method} ${AOR}`]);
      assert.deepEqual(world.sent.map(({ request }) => request.uri), ["sip:b2@203.0.113.1:5070;ob"], "as it stands");
    });
  }
  for (const method of ["BYE", "UPDATE", "PRACK"]) {
    await t.step(
      `${method} ends in a 481 of the device`,
      () => assert.deepEqual(made(method).world.seen, [`${method} nobody`]),
    );
  }
  await t.step("a message begins something each time", () => {
    const { world } = made("MESSAGE");
    assert.deepEqual(world.seen, [`MESSAGE ${AOR}`]);
    assert.deepEqual(world.sent.map(({ request }) => request.uri), [ADDRESS]);
  });
  await t.step("a token", () => {
    const world = new World();
    const { routes } = world.call("d1");
    const headers = `Route: ${routes}\r\n`;
    assert.deepEqual(world.say({ method: "INVITE", uri: ADDRESS, to, headers, callId: "d2" }).statuses, [403]);
    world.say({ method: "INVITE", uri: ADDRESS, headers, callId: "d1" });
    world.say({ uri: "sip:carol@203.0.113.2", to, headers, callId: "d1" });
    assert.deepEqual(world.seen, [`INVITE ${AOR}`, `INVITE ${AOR}`, "MESSAGE sip:carol@example.test"]);
  });
});

Deno.test("the token of a dialog begins nothing at the device that it leads to", () => {
  const world = new World();
  const flow = world.flowWith("ws", "203.0.113.40", 40_000);
  world.places.clear();
  world.device("bob", "sip:bob@b.invalid", { flowOnly: true, flowId: flow.id, transport: "ws" });
  const { routes } = world.call("d1");
  const facts = { uri: "sip:bob@b.invalid", headers: `Route: ${routes}\r\n`, callId: "d1" };
  world.say({ ...facts, method: "INFO", to: `<${AOR}>;tag=b` });
  assert.deepEqual(world.sent.map((sent) => sent.flow), [flow, flow]);
  assert.deepEqual(world.say(facts).statuses, [500], "no such server");
  assert.equal(world.sent.length, 2);
});

Deno.test("dialogs of an earlier boot go on, with the rules asked", () => {
  const { routes } = new World().call("d1");
  const after = new World();
  after.device("carol", "sip:carol@10.0.0.5", {
    path: ["<sip:tok@198.51.100.7;lr>"],
    source: { host: "198.51.100.7", port: 5060 },
  });
  const headers = `Route: ${routes}\r\n`;
  after.say({ method: "INVITE", uri: ADDRESS, to: `<${AOR}>;tag=b`, headers, callId: "d1" });
  const edge = `Route: ${routes}, <sip:tok@198.51.100.7;lr>\r\n`;
  after.say({ method: "INVITE", uri: "sip:carol@10.0.0.5", to: `<${AOR}>;tag=b`, headers: edge, callId: "d1" });
  assert.deepEqual(after.seen, [`INVITE ${AOR}`, "INVITE sip:carol@example.test"]);
  assert.deepEqual(after.sent.map(({ request }) => request.uri), [ADDRESS, "sip:carol@10.0.0.5"]);
  assert.equal(after.sent[1].flow.remote.host, "198.51.100.7");
  // By a user's name through another one's device.
  const round = "Route: <sip:203.0.113.1:5070;lr>\r\n";
  assert.deepEqual(
    after.say({ method: "INVITE", uri: "sip:carol@example.test", to: `<${AOR}>;tag=b`, headers: round }).statuses,
    [481],
  );
});

Deno.test("who may not send through us learns nothing of who is where", () => {
  const world = new World();
  for (const uri of [ADDRESS, "sip:x@203.0.113.9"]) {
    const answer = world.say({ uri, from: "sip:y@foreign.test" });
    assert.deepEqual(answer.statuses, [403]);
    assert.equal(answer.last.reason, "Relaying is for users of this server");
  }
  // Let in for another reason: nobody is known to send it, and a Route is no way either.
  const headers = "Route: <sip:203.0.113.1:5070;lr>\r\n";
  const routed = world.say({ uri: "sip:carol@example.test", from: "sip:y@foreign.test", headers });
  assert.deepEqual(routed.statuses, [403]);
  assert.deepEqual(world.seen, []);
});

Deno.test("what answers OPTIONS tells nobody but its user where it is", async (t) => {
  const sdp = new TextEncoder().encode("v=0\r\nc=IN IP4 203.0.113.1\r\n");
  const cases: [name: string, method: string, from: string, status: number, contact: boolean, octets: number][] = [
    ["to another user", "OPTIONS", "sip:alice@example.test", 200, false, 0],
    ["refused", "OPTIONS", "sip:alice@example.test", 406, false, 0],
    ["to himself", "OPTIONS", AOR, 200, true, sdp.length],
    ["of a message", "MESSAGE", "sip:alice@example.test", 200, false, sdp.length],
    ["elsewhere instead", "OPTIONS", "sip:alice@example.test", 302, true, sdp.length],
    ["of a call", "INVITE", "sip:alice@example.test", 200, true, sdp.length],
  ];
  for (const [name, method, from, status, contact, octets] of cases) {
    await t.step(name, () => {
      const world = new World();
      const received = world.say({ method, uri: AOR, from });
      world.sent[0].answer(
        status,
        `m: <${ADDRESS}>\r\nAllow: MESSAGE\r\nContent-Type: application/sdp\r\n`,
        undefined,
        sdp,
      );
      assert.equal(received.last.status, status);
      assert.equal(received.last.head.includes("203.0.113.1"), contact);
      assert.equal(received.last.body.length, octets);
      assert.equal(received.last.get("Content-Length"), String(octets));
      assert.equal(received.last.get("Allow"), "MESSAGE");
    });
  }
});
