import assert from "node:assert/strict";
import { silentLog, utf8 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { imdnNamespace, imdnRequest, imdnsOf, parseCpim, writeCpim } from "../../../transport/payload/mod.ts";
import { terminating } from "../../participating/mod.ts";
import { PagerWorld, settle } from "../../participating/testing/pager_world.ts";
import { chain, type Element, type Handler, routingTable } from "../../sip_core/mod.ts";
import { DEFAULT_PAGER } from "../../participating/mod.ts";
import { StoredNotices } from "./stored_notices.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

/** Notices over the rows of a whole pager service, from the target class on. */
class World extends PagerWorld {
  readonly notices: StoredNotices;

  constructor() {
    super();
    const { services, subscribers, deferred } = this;
    const directory = { subscribers, gruus: null };
    const pass: Element = (next) => next;
    const table = routingTable(services, {
      directory,
      authenticate: pass,
      registrar: (exchange) => exchange.reply(200),
      subscribe: pass,
      publish: pass,
      contentRules: pass,
      originating: pass,
      terminating: terminating({ services, deferred, settings: DEFAULT_PAGER, events: this.pagerEvents }),
    });
    const rows = table.slice(table.findIndex(({ name }) => name === "target class")).map(({ element }) => element);
    const deliver: Handler = chain(rows, (exchange) => exchange.reply(404));
    this.notices = new StoredNotices({
      contents: { claim: () => {}, release: () => {}, read: () => Promise.reject(new Error("no contents here")) },
      subscribers,
      deliver,
      domains: services.domains,
      clock: this.time,
      log: silentLog,
      metrics: this.metrics,
    });
    this.notices.watch(this.deferredEvents, (id) => this.store.read(id));
  }
}

function asking(sender: string): DeferredMessage {
  const body = writeCpim({
    from: { name: "", uri: sender },
    to: [{ name: "", uri: BOB }],
    namespaces: [imdnNamespace],
    extensions: imdnRequest("m1", ["processing", "negative-delivery"]),
    contentHeaders: [["Content-Type", "text/plain"]],
  }, utf8("hello"));
  return {
    recipient: BOB,
    device: "",
    sender,
    arrivedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    transaction: "t1",
    headers: `From: <${sender}>\r\nTo: <${BOB}>\r\nContent-Type: message/cpim\r\n`,
    body,
  };
}

async function post(world: World, message: DeferredMessage): Promise<void> {
  world.deferred.post(message, () => {});
  await settle();
  await settle();
}

Deno.test("a sender who is there hears at once that the message is stored; nothing is stored for that", async () => {
  const world = new World();
  world.register("alice", "sip:alice@203.0.113.9");
  await post(world, asking(ALICE));
  const [{ request }] = world.sent;
  assert.equal(request.uri, "sip:alice@203.0.113.9");
  assert.equal(request.from.uriText, BOB);
  assert.equal(imdnsOf(parseCpim(request.body))[0].disposition.status, "stored");
  world.sent[0].answer(200);
  await settle();
  assert.equal(world.store.pending(ALICE).length, 0);
});

Deno.test("for a sender who is away it is stored, once, and followed by no notification; it comes when the sender does", async () => {
  const world = new World();
  await post(world, asking(ALICE));
  assert.equal(world.sent.length, 0);
  assert.equal(world.store.pending(ALICE).length, 1);
  world.notices.stored(asking(ALICE));
  await settle();
  assert.equal(world.store.pending(ALICE).length, 1);
  world.register("alice", "sip:alice@203.0.113.9");
  await world.pass(200);
  assert.equal(imdnsOf(parseCpim(world.sent[0].request.body))[0].messageId, "m1");
});

Deno.test("a sender of another domain hears by the proxy, in the recipient's name", async () => {
  const world = new World();
  world.names.set("other.test", [{ transport: "udp", host: "198.51.100.7", port: 5060, tlsName: "" }]);
  await post(world, asking("sip:zoe@other.test"));
  const [{ request, flow }] = world.sent;
  assert.equal(request.uri, "sip:zoe@other.test");
  assert.equal(flow.remote.host, "198.51.100.7");
  assert.equal(request.from.uriText, BOB);
});
