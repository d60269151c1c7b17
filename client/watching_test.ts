import assert from "node:assert/strict";
import { EMPTY, Metrics, silentLog, utf8 } from "../foundation/mod.ts";
import {
  firstLocation,
  parsePresence,
  presenceOfStatus,
  statusOf,
  typedLocation,
  writePresence,
} from "../transport/presence/mod.ts";
import { type Admission, EventServer, responseHead, type ServerTransaction } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";
import { Notes } from "./testing/notes.ts";
import type { WatchedUser } from "./watching.ts";

const BOB = "sip:bob@home.test", CAROL = "sip:carol@home.test";

/** What is told of others, as it is told. */
class Watcher extends Notes {
  readonly told: string[] = [];
  onPresence({ uri, state, status, reason }: WatchedUser): void {
    this.told.push(`${uri.slice(4, 7)} ${state} ${status?.status ?? "?"} ${status?.note ?? ""}${reason}`.trim());
  }
}

/** A presence service, and a client of it. */
function world(longest_s = 7200) {
  const network = new MemoryNetwork();
  const home = network.device("home.test");
  const { time } = network;
  const server = new EventServer({
    agent: home.agent,
    clock: time,
    timers: time.timers,
    log: silentLog,
    metrics: new Metrics(),
  });
  const documents = new Map<string, string>();
  const admissions = new Map<string, Admission>();
  const published: ServerTransaction[] = [];
  server.register({
    name: "presence",
    contentTypes: ["application/pidf+xml"],
    expires: { default: 3600, min: 60, max: longest_s },
    pace: { interval_ms: 0, burst: 1 },
    admit: (resource) => admissions.get(resource) ?? { state: "active" },
    full: ({ resource }) => ({
      contentType: "application/pidf+xml",
      body: utf8(documents.get(resource) ?? writePresence({ entity: resource })),
    }),
  });
  home.layer.user = {
    onRequest: (transaction) => {
      const { method, uri } = transaction.request;
      if (method === "SUBSCRIBE") return server.handleSubscribe(transaction, { aor: "sip:alice@home.test" }, `${uri}`);
      if (method === "PUBLISH") published.push(transaction);
      const headers = method === "PUBLISH" ? [["SIP-ETag", "e1"] as const] : [];
      transaction.respond(200, responseHead(transaction.request, 200, { toTag: "h", headers }), EMPTY);
    },
    onStrayResponse() {},
  };
  const user = new Watcher();
  const alice = network.device("phone.test", { aor: "sip:alice@home.test", notes: user });
  const say = (uri: string, status: Parameters<typeof presenceOfStatus>[0], note = "") => {
    documents.set(uri, writePresence({ entity: uri, persons: [presenceOfStatus(status, { note })] }));
    server.changed("presence", uri);
  };
  return { network, home, server, admissions, published, alice, told: user.told, say };
}

Deno.test("who is watched is told as it is, and as it changes, until it is watched no longer", async () => {
  const { network, alice, told, say } = world();
  say(BOB, "meeting", "room 5");
  assert.equal(alice.client.watch(BOB)!.state, "asked");
  assert.equal(alice.client.watch(BOB), alice.client.watched[0]);
  await network.until(() => told.length === 1, "the first state");
  say(BOB, "busy");
  await network.until(() => told.length === 2, "the next one");
  assert.deepEqual(told, ["bob active meeting room 5", "bob active busy"]);
  assert.equal(alice.client.unwatch(BOB), true);
  assert.equal(alice.client.unwatch(BOB), false);
  await network.pass(2000);
  say(BOB, "away");
  await network.pass(2000);
  assert.deepEqual([told.length, alice.client.watched], [2, []]);
  assert.equal(network.count("SUBSCRIBE"), 2);
});

Deno.test("who has not said yet whether we may know is pending; who refuses is asked no more", async () => {
  const { network, server, admissions, alice, told, say } = world();
  admissions.set(BOB, { state: "pending" });
  admissions.set(CAROL, { state: "refused", status: 403, reason: "You May Not" });
  alice.client.watch(BOB);
  alice.client.watch(CAROL);
  await network.until(() => told.length === 2, "both");
  assert.deepEqual(told.sort(), ["bob pending ?", "car ended ? 403 You May Not"]);
  admissions.set(BOB, { state: "active" });
  say(BOB, "available");
  server.reauthorize("presence", BOB);
  await network.until(() => told.length === 3, "the permission");
  assert.equal(told[2], "bob active available");
  server.terminate("presence", BOB, "rejected");
  await network.until(() => told.length === 4, "the end");
  assert.equal(told[3], "bob ended ? rejected");
  await network.pass(40_000);
  assert.equal(network.count("SUBSCRIBE"), 2);
});

Deno.test("a subscription that the service ends for now is begun again; what was known stays", async () => {
  const { network, server, alice, told, say } = world();
  say(BOB, "working");
  alice.client.watch(BOB);
  await network.until(() => told.length === 1, "the first state");
  server.terminate("presence", BOB, "deactivated");
  await network.until(() => told.length === 2, "the end");
  assert.equal(told[1], "bob asked working deactivated");
  await network.pass(31_000);
  assert.equal(told[2], "bob active working");
  server.terminate("presence", BOB, "probation");
  await network.until(() => told.length === 4, "the end");
  alice.client.start();
  await network.until(() => told.length === 5, "at once, with the registration");
});

Deno.test("a subscription that the service has lost is begun again", async () => {
  const { network, home, alice, told, say } = world(120);
  say(BOB, "working");
  alice.client.watch(BOB);
  await network.until(() => told.length === 1, "the first state");
  const user = home.layer.user!;
  let refreshes = 0;
  home.layer.user = {
    onStrayResponse() {},
    onRequest: (transaction) => {
      if (transaction.request.method !== "SUBSCRIBE" || transaction.request.to.tag === "") {
        return user.onRequest(transaction);
      }
      refreshes++;
      transaction.respond(481, responseHead(transaction.request, 481, { toTag: "h" }), EMPTY);
    },
  };
  await network.until(() => told.length === 2, "the refresh");
  assert.deepEqual([refreshes, told[1]], [1, "bob asked working 481 Call/Transaction Does Not Exist"]);
  await network.pass(31_000);
  assert.equal(told[2], "bob active working");
});

Deno.test("one's own status is published, in the place of the one before, and taken back at the end", async () => {
  const { network, alice, published } = world();
  const until = network.time.now() + 7_200_000;
  alice.client.publishStatus("busy", { note: "in the lab", until });
  await network.until(() => alice.notes.events.includes("published"), "the status");
  alice.client.publishStatus("available");
  await network.until(() => published.length === 2, "the next one");
  const [first, second] = published.map(({ request }) => request);
  assert.deepEqual([first.get("Event"), first.get("Content-Type")], ["presence", "application/pidf+xml"]);
  const said = parsePresence(first.body);
  assert.equal(said.entity, "sip:alice@home.test");
  assert.deepEqual(statusOf(said, network.time.now()), { status: "busy", note: "in the lab", until });
  assert.equal(second.get("SIP-If-Match"), "e1");
  assert.equal(statusOf(parsePresence(second.body), 0).status, "available");
  let done = false;
  alice.client.stop(5000, () => done = true);
  await network.until(() => done, "the end");
  assert.deepEqual([published[2].request.get("Expires"), published[2].request.body.length], ["0", 0]);
});

Deno.test("where one is, is published beside the status, and sent to one as a message", async () => {
  const { network, alice, published } = world();
  const location = typedLocation("52.52,13.405");
  alice.client.publishStatus("working");
  await network.until(() => alice.notes.events.includes("published"), "the status");
  alice.client.publishLocation(location);
  await network.until(() => published.length === 2, "the place");
  alice.client.publishStatus("busy");
  await network.until(() => published.length === 3, "the next status");
  alice.client.publishLocation(null);
  await network.until(() => published.length === 4, "nowhere");
  const said = published.map(({ request }) => {
    const document = parsePresence(request.body);
    return [statusOf(document, 0).status, firstLocation(document) !== null];
  });
  assert.deepEqual(said, [["working", false], ["working", true], ["busy", true], ["busy", false]]);
  const bob = network.device("bob.test");
  alice.client.sendLocation(bob.uri, location);
  await network.until(() => bob.notes.messages.length === 1, "the message");
  const [{ contentType, body, from }] = bob.notes.messages;
  assert.deepEqual([contentType, from], ["application/pidf+xml", "sip:alice@home.test"]);
  assert.deepEqual(firstLocation(parsePresence(body)), location);
});

Deno.test("as many are watched as may be, and no more", async () => {
  const { network, alice } = world();
  for (let i = 0; i < 500; i++) assert.notEqual(alice.client.watch(`sip:u${i}@home.test`), null);
  assert.equal(alice.client.watch(BOB), null);
  let done = false;
  alice.client.stop(10_000, () => done = true);
  await network.until(() => done, "the end");
  assert.equal(alice.client.watch(BOB), null);
});
