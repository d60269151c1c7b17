import assert from "node:assert/strict";
import { parseMessage, tryParseUri } from "../../transport/sip/mod.ts";
import { HeadEditor } from "../../transport/sip/mod.ts";
import { TrustEgress } from "./egress.ts";
import { Exchange } from "./exchange.ts";
import type { Binding } from "./location.ts";
import { proxy } from "./proxy.ts";
import { bindingTarget, bindingTargets, directDestination } from "./targets.ts";
import { CoreWorld } from "./testing/core_world.ts";
import { TrustedHops } from "./trust.ts";

Deno.test("a device is reached on the way that gets there", async (t) => {
  // `flow`: the registration's flow is alive, dead, or from before a restart.
  type Case = [
    name: string,
    contact: string,
    facts: Partial<Binding>,
    flow: "alive" | "dead" | "gone",
    way: "flow" | "locate" | "source" | "dead",
  ];
  const at = (host: string, port: number) => ({ source: { host, port } });
  const cases: Case[] = [
    ["UDP at its Contact", "sip:b@203.0.113.5:5070", at("203.0.113.5", 5070), "alive", "locate"],
    ["UDP behind NAT", "sip:b@192.168.1.5:5060", at("203.0.113.5", 40000), "alive", "flow"],
    ["UDP behind NAT after a restart", "sip:b@192.168.1.5:5060", at("203.0.113.5", 40000), "gone", "source"],
    ["UDP with an invalid host", "sip:b@x.invalid", at("203.0.113.5", 40000), "alive", "flow"],
    ["UDP with a name", "sip:b@phone.example.test", at("203.0.113.5", 40000), "alive", "locate"],
    [
      "TCP, same machine",
      "sip:b@203.0.113.5;transport=tcp",
      { ...at("203.0.113.5", 40000), transport: "tcp" },
      "alive",
      "flow",
    ],
    [
      "TCP closed",
      "sip:b@203.0.113.5;transport=tcp",
      { ...at("203.0.113.5", 40000), transport: "tcp" },
      "dead",
      "locate",
    ],
    [
      "TCP behind NAT",
      "sip:b@10.0.0.5;transport=tcp",
      { ...at("203.0.113.5", 40000), transport: "tcp" },
      "alive",
      "flow",
    ],
    [
      "TCP for another machine",
      "sip:b@203.0.113.9",
      { ...at("203.0.113.5", 40000), transport: "tcp" },
      "alive",
      "locate",
    ],
    [
      "TCP that asks for UDP",
      "sip:b@203.0.113.5;transport=udp",
      { ...at("203.0.113.5", 4), transport: "tcp" },
      "alive",
      "locate",
    ],
    ["WebSocket", "sip:b@x.invalid;transport=ws", { transport: "ws", flowOnly: true }, "alive", "flow"],
    ["WebSocket closed", "sip:b@x.invalid;transport=ws", { transport: "ws", flowOnly: true }, "dead", "dead"],
    ["outbound after a restart", "sip:b@203.0.113.5", { transport: "tcp", flowOnly: true }, "gone", "dead"],
    ["behind a Path", "sip:b@10.0.0.5", { path: ["<sip:203.0.113.50;lr>"] }, "alive", "locate"],
  ];
  for (const [name, contact, facts, flow, way] of cases) {
    await t.step(name, () => {
      const world = new CoreWorld();
      const from = facts.source ?? { host: "203.0.113.5", port: 40000 };
      const link = world.flowWith((facts.transport ?? "udp") as "udp" | "tcp" | "ws", from.host, from.port);
      if (flow === "dead") link.close();
      const binding = world.device("bob", contact, { source: from, ...facts, flowId: flow === "gone" ? 0 : link.id });
      const target = bindingTarget("sip:bob@example.test", binding, world);
      assert.equal(target.dead, way === "dead");
      if (way === "flow") assert.equal(target.flow, link);
      else if (way === "source") assert.deepEqual(target.flow!.remote, from);
      else assert.equal(target.flow, null);
    });
  }
});

Deno.test("flows of one device are tried one after the other, and what is dead is reported", () => {
  const world = new CoreWorld();
  const [first, second] = [1, 2].map((n) => world.flowWith("tls", "203.0.113.5", 40_000 + n));
  const facts = { instance: "<urn:uuid:x>", flowOnly: true, transport: "tls" };
  world.user("bob");
  world.device("bob", "sip:b@x.invalid", { ...facts, regId: 1, flowId: first.id, registeredAt: 1 });
  world.device("bob", "sip:b@x.invalid", { ...facts, regId: 2, flowId: second.id, registeredAt: 2 });
  assert.equal(bindingTargets("sip:bob@example.test", world.bindings("sip:bob@example.test"), world).length, 1);
  second.close();
  const received = world.receive({ uri: "sip:bob@example.test" });
  const exchange = new Exchange(received);
  exchange.recipient = world.users.get("sip:bob@example.test")!;
  proxy(world.services)(exchange);
  assert.equal(world.failedFlows[0].regId, 2);
  assert.equal(world.sent[0].flow, first);
  world.sent[0].answer(430);
  assert.deepEqual(received.statuses, [480], "430 is between proxies");
});

Deno.test("a sips request stays on TLS", () => {
  const world = new CoreWorld();
  world.user("bob");
  world.device("bob", "sip:b@203.0.113.5");
  const received = world.receive({ uri: "sips:bob@example.test" });
  const exchange = new Exchange(received);
  exchange.recipient = world.users.get("sip:bob@example.test")!;
  proxy(world.services)(exchange);
  assert.deepEqual(received.statuses, [480]);
  assert.equal(world.sent.length, 0);
});

Deno.test("an address needs no name server", async (t) => {
  const cases: [uri: string, way: string | null][] = [
    ["sip:b@203.0.113.5", "udp 203.0.113.5 5060"],
    ["sip:b@203.0.113.5:5080;transport=TCP", "tcp 203.0.113.5 5080"],
    ["sips:b@203.0.113.5", "tls 203.0.113.5 5061"],
    ["sips:b@[2001:db8::1]:5099;transport=tcp", "tls 2001:db8::1 5099"],
    ["sip:b@host.test;maddr=203.0.113.6", "udp 203.0.113.6 5060"],
    ["sip:b@203.0.113.5;transport=sctp", null],
    ["sip:b@host.test", null],
    ["tel:+15550100", null],
  ];
  for (const [uri, way] of cases) {
    await t.step(uri, () => {
      const found = directDestination(tryParseUri(uri)!);
      assert.equal(found && `${found.transport} ${found.host} ${found.port}`, way);
    });
  }
});

Deno.test("identity leaves only where it may: to users and trusted hops, not to strangers, not against Privacy", async (t) => {
  const cases: [name: string, privacy: string, toUser: boolean, remote: string, asserted: boolean][] = [
    ["to a user", "", true, "203.0.113.5", true],
    ["to a user, private", "Privacy: id\r\n", true, "203.0.113.5", false],
    ["to a trusted hop, private", "Privacy: id\r\n", false, "192.0.2.50", true],
    ["to a stranger", "", false, "203.0.113.5", false],
  ];
  for (const [name, privacy, toUser, remote, asserted] of cases) {
    await t.step(name, () => {
      const world = new CoreWorld();
      const egress = new TrustEgress(new TrustedHops(["192.0.2.50"]));
      const headers = `${privacy}P-Asserted-Identity: <sip:forged@example.test>\r\n`;
      const exchange = new Exchange(world.receive({ uri: "sip:bob@example.test", headers }));
      exchange.identity = { aor: "sip:alice@example.test", displayName: "Alice", number: "+15550101" };
      const editor = new HeadEditor(exchange.request);
      egress.request(exchange, editor, world.flowWith("udp", remote, 5060), toUser);
      const values = parseMessage(editor.toString()).getAll("P-Asserted-Identity");
      assert.deepEqual(values, asserted ? ['"Alice" <sip:alice@example.test>, <tel:+15550101>'] : []);
    });
  }
});
