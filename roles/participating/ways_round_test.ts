import assert from "node:assert/strict";
import { Exchange, identityOf, TrustedHops, TrustEgress } from "../sip_core/mod.ts";
import { DEFAULT_DEFERRAL, storedMessage } from "../deferred/stored_message.ts";
import type { Communication } from "./access.ts";
import { accessElement } from "./access_element.ts";
import { DEFAULT_PAGER } from "./pager_settings.ts";
import { storedAdmission } from "./stored_admission.ts";
import { BLOCK, DROP, FakeRules } from "./testing/fake_rules.ts";
import { PagerWorld } from "./testing/pager_world.ts";

const PAIR = "sip:alice@example.test > sip:bob@example.test";
const BOB = "sip:bob@example.test";
const GATEWAY = { aor: "sip:x7@gateway.test", displayName: "", number: "+15550100" };

function worldWith(rules = new FakeRules()): PagerWorld {
  const world = new PagerWorld({}, undefined, undefined, rules);
  world.device("bob", "sip:bob@203.0.113.1");
  return world;
}

/** What the rules are asked about an exchange with these facts. */
function askedOf(trusted: boolean, headers = ""): Communication {
  const world = worldWith();
  const rules = new FakeRules();
  const asked: Communication[] = [];
  rules.incoming = (communication) => {
    asked.push(communication);
    return { verdict: "allow", overrides: false };
  };
  const { services, pagerEvents: events } = world;
  const element = accessElement({ services, settings: DEFAULT_PAGER, events, access: rules, host: "example.test" });
  const exchange = new Exchange(world.receive({ uri: BOB, from: "sip:x7@gateway.test", headers }));
  exchange.recipient = world.users.get(BOB)!;
  exchange.identity = GATEWAY;
  exchange.trusted = trusted;
  element(() => {})(exchange);
  return asked[0];
}

Deno.test("a number that a trusted hop asserts is a name of the sender; one that anybody claims is not", () => {
  assert.equal(askedOf(true).number, "+15550100");
  assert.equal(askedOf(false).number, "");
});

Deno.test("an anonymous From hides the sender as Privacy does", () => {
  const rules = new FakeRules();
  const world = worldWith(rules);
  const exchange = new Exchange(world.receive({ uri: BOB, from: "sip:anonymous@anonymous.invalid" }));
  exchange.recipient = world.users.get(BOB)!;
  exchange.subscriber = world.users.get("sip:alice@example.test")!;
  exchange.identity = identityOf(exchange.subscriber);
  const { services, pagerEvents: events } = world;
  accessElement({ services, settings: DEFAULT_PAGER, events, access: rules, host: "example.test" })(() => {})(exchange);
  assert.deepEqual(rules.asked, [`out pager ${PAIR} (hidden)`, `in pager ${PAIR} (hidden)`]);
});

Deno.test("nobody who is blocked has the recipient's device call them", () => {
  const rules = new FakeRules();
  const world = worldWith(rules);
  const refer = (headers = "") => {
    const received = world.receive({
      method: "REFER",
      uri: BOB,
      headers: `Refer-To: <sip:alice@example.test>\r\n${headers}`,
      body: "",
    });
    world.core.onRequest(received);
    return received.statuses;
  };
  rules.in.set(PAIR, BLOCK);
  assert.deepEqual(refer(), [403]);
  rules.in.set(PAIR, DROP);
  assert.deepEqual(refer(), [480]);
  assert.equal(world.sent.length, 0);
  rules.in.delete(PAIR);
  refer();
  assert.deepEqual(world.sent.map(({ method }) => method), ["REFER"]);
});

Deno.test("a message that waits is judged by what was known of its sender", async (t) => {
  const cases: [name: string, headers: string, trusted: boolean, anonymous: boolean, number: string][] = [
    ["in the open", "", false, false, "+15550100"],
    ["hidden", "Privacy: id\r\n", false, true, ""],
    ["hidden wholly", "Privacy: user;id\r\n", false, true, ""],
    ["hidden only on its way", "Privacy: none\r\n", false, false, "+15550100"],
    ["asserted", "P-Asserted-Identity: <sip:x7@gateway.test>, <tel:+15550100>\r\n", true, false, "+15550100"],
    ["a claim", "P-Asserted-Identity: <tel:+15550199>\r\n", false, false, "+15550100"],
  ];
  for (const [name, headers, trusted, anonymous, number] of cases) {
    await t.step(name, () => {
      const world = worldWith();
      const exchange = new Exchange(world.receive({ uri: BOB, from: "sip:x7@gateway.test", headers }));
      exchange.identity = GATEWAY;
      exchange.trusted = trusted;
      const egress = new TrustEgress(new TrustedHops([]));
      const message = storedMessage(exchange, BOB, "", 0, DEFAULT_DEFERRAL, egress);
      const asked: Communication[] = [];
      const rules = new FakeRules();
      rules.incoming = (communication) => {
        asked.push(communication);
        return BLOCK;
      };
      assert.equal(storedAdmission(rules)(message), false);
      assert.deepEqual(asked.map((one) => [one.from, one.anonymous, one.number]), [[GATEWAY.aor, anonymous, number]]);
    });
  }
});

/** What is sent to Bob's user or his device, and how the rules of his that refuse or drop it are told. */
const AT_THE_DEVICE: readonly [method: string, blocked: number, dropped: number][] = [
  ["MESSAGE", 403, 200],
  ["REFER", 403, 480],
  ["SUBSCRIBE", 403, 480],
  ["OPTIONS", 403, 480],
  ["NOTIFY", 403, 480],
  ["INFO", 403, 480],
  ["PUBLISH", 403, 480],
];

Deno.test("the address of a device is no way round a block, nor is any other request", async (t) => {
  for (const uri of [BOB, "sip:bob@203.0.113.1", "sip:x@203.0.113.1:5060;transport=udp"]) {
    for (const [method, blocked, dropped] of AT_THE_DEVICE) {
      await t.step(`${method} ${uri}`, () => {
        const rules = new FakeRules();
        const world = worldWith(rules);
        const say = () => {
          const received = world.receive({ method, uri });
          world.core.onRequest(received);
          return received.statuses;
        };
        rules.in.set(PAIR, BLOCK);
        assert.deepEqual(say(), [blocked]);
        rules.in.set(PAIR, DROP);
        assert.deepEqual(say(), [dropped]);
        assert.equal(world.sent.length, 0);
        rules.in.delete(PAIR);
        say();
        assert.deepEqual(world.sent.map(({ method }) => method), [method]);
      });
    }
  }
});

Deno.test("a message to the address of a device that is away waits for that device", async () => {
  const world = worldWith();
  world.places.clear();
  world.device("bob", "sip:bob@203.0.113.1", { instance: "<urn:uuid:1>" });
  world.device("bob", "sip:bob@203.0.113.2", { instance: "<urn:uuid:2>" });
  const received = world.message("to one", { uri: "sip:bob@203.0.113.1" });
  assert.equal(world.sent.length, 1);
  world.sent[0].answer(480);
  await world.pass(100);
  assert.deepEqual(received.statuses, [202]);
  assert.deepEqual(world.store.pending(BOB).map(({ device }) => device), ["<urn:uuid:1>"]);
});

Deno.test("whoever asks their own devices is not asked about", () => {
  const rules = new FakeRules();
  const world = worldWith(rules);
  world.core.onRequest(world.receive({ method: "OPTIONS", uri: BOB, from: BOB, body: "" }));
  assert.deepEqual(rules.asked, []);
  assert.equal(world.sent.length, 1);
});
