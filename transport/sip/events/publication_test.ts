import assert from "node:assert/strict";
import type { FakeTime } from "../../../foundation/testing.ts";
import { EventWorld } from "../testing/event_world.ts";
import type { PublicationRules } from "./publication_rules.ts";
import { PublicationStore } from "./publication_store.ts";

const PIDF = "Content-Type: application/pidf+xml\r\n";

function world(rules: Partial<PublicationRules> = {}, time?: FakeTime) {
  const events = new EventWorld({ time });
  const changes: string[] = [];
  const store = new PublicationStore(
    {
      event: "presence",
      contentTypes: ["application/pidf+xml"],
      expires: { default: 3600, min: 60, max: 7200 },
      authorize: (resource, publisher) =>
        resource === "sip:bob@b.test"
          ? (publisher === "" ? { status: 403, reason: "No" } : null)
          : { status: 404, reason: "Nobody" },
      changed: (resource) => {
        changes.push(resource);
        events.server.changed("presence", resource);
      },
      ...rules,
    },
    events.time,
    events.time.timers,
    events.metrics,
  );
  events.server.acceptPublications(store);
  let number = 0;
  const publish = (body: string, { etag = "", expires = 600 as number | null, more = PIDF, event = "presence" } = {}) =>
    events.request("PUBLISH", {
      callId: `p${++number}`,
      contact: "",
      event,
      expires,
      body,
      more: (body === "" ? "" : more) + (etag === "" ? "" : `SIP-If-Match: ${etag}\r\n`),
    });
  const live = () => store.live("sip:bob@b.test").map(({ body }) => new TextDecoder().decode(body));
  return { events, store, publish, live, changes };
}

Deno.test("RFC 3903 §4.2 to §4.5, §15: initial, refresh, modify, remove, each with another entity-tag", () => {
  const { events, publish, live, changes, store } = world();
  const initial = publish("open");
  assert.deepEqual([initial.status, initial.header("Expires")], [200, "600"]);
  const first = initial.header("SIP-ETag")!;
  assert.deepEqual([live(), changes.length], [["open"], 1]);

  events.time.advance(500_000);
  const refresh = publish("", { etag: first });
  const second = refresh.header("SIP-ETag")!;
  assert.equal(refresh.status, 200);
  assert.notEqual(second, first);
  assert.equal(changes.length, 1, "a refresh changes nothing");
  assert.equal(publish("", { etag: first }).status, 412, "the tag of before is gone");
  events.time.advance(500_000);
  assert.deepEqual(live(), ["open"]);

  const third = publish("busy", { etag: second }).header("SIP-ETag")!;
  assert.deepEqual([live(), changes.length], [["busy"], 2]);

  const removed = publish("", { etag: third, expires: 0 });
  assert.deepEqual([removed.status, removed.header("Expires")], [200, "0"]);
  assert.ok(removed.header("SIP-ETag"));
  assert.deepEqual([live(), changes.length, store.size], [[], 3, 0]);
});

Deno.test("what is published reaches the watcher, after the answer", () => {
  const { events, publish } = world();
  events.request("SUBSCRIBE");
  events.answer("NOTIFY", 200);
  events.time.advance(1000);
  events.presence.state = "published";
  const flow = events.flow("udp");
  publish("open");
  assert.deepEqual(flow.lines().slice(-2).map((line) => line.slice(0, 11)), ["SIP/2.0 200", "NOTIFY sip:"]);
});

Deno.test("soft state expires, and that is a change", () => {
  const { events, publish, live, changes } = world();
  const etag = publish("open").header("SIP-ETag")!;
  events.time.advance(600_100);
  assert.deepEqual([live(), changes.length], [[], 2]);
  assert.equal(publish("", { etag }).status, 412);
});

Deno.test("several devices publish side by side, the newest last", () => {
  const { publish, live } = world();
  const phone = publish("phone").header("SIP-ETag")!;
  publish("desk");
  assert.deepEqual(live(), ["phone", "desk"]);
  const again = publish("phone again", { etag: phone }).header("SIP-ETag")!;
  assert.deepEqual(live(), ["desk", "phone again"]);
  publish("", { etag: again });
  assert.deepEqual(live(), ["desk", "phone again"], "a refresh does not make it newer");
});

Deno.test("what is wrong with a PUBLISH gets its answer (RFC 3903 §6), and nothing is stored", () => {
  const { events, publish, store } = world({
    maxBody: 10,
    check: (_, body) => body[0] === 60 ? { status: 400, reason: "Not PIDF" } : null,
  });
  const cases: [ReturnType<typeof publish>, number, string, string | undefined][] = [
    [publish("x", { event: "" }), 489, "Allow-Events", "presence"],
    [publish("x", { event: "dialog" }), 489, "Allow-Events", "presence"],
    [publish(""), 400, "SIP-ETag", undefined],
    [publish("x", { etag: "unknown" }), 412, "SIP-ETag", undefined],
    [publish("x", { etag: "two tags" }), 400, "SIP-ETag", undefined],
    [publish("x", { expires: 30 }), 423, "Min-Expires", "60"],
    [publish("x", { more: "Content-Type: text/html\r\n" }), 415, "Accept", "application/pidf+xml"],
    [publish("x", { more: PIDF + "Content-Encoding: gzip\r\n" }), 415, "Accept-Encoding", "identity"],
    [publish("x", { more: PIDF + "Require: foo\r\n" }), 420, "Unsupported", "foo"],
    [publish("12345678901"), 413, "SIP-ETag", undefined],
    [publish("<"), 400, "SIP-ETag", undefined],
  ];
  for (const [answer, status, name, value] of cases) {
    assert.equal(answer.status, status, answer.head);
    assert.equal(answer.header(name), value);
  }
  events.resource = "sip:nobody@b.test";
  assert.equal(publish("x").status, 404);
  assert.equal(store.size, 0);
});

Deno.test("default and maximum interval; Expires 0 without a tag keeps nothing", () => {
  const { publish, store } = world();
  assert.equal(publish("a", { expires: null }).header("Expires"), "3600");
  assert.equal(publish("b", { expires: 90_000 }).header("Expires"), "7200");
  assert.equal(publish("c", { expires: 0 }).status, 200);
  assert.equal(store.size, 2);
});

Deno.test("a resource holds so many, then the oldest goes; in all so many, then 503", () => {
  const { publish, live, store, events } = world({ maxPerResource: 2, maxPublications: 2 });
  for (const body of ["a", "b", "c"]) assert.equal(publish(body).status, 200);
  assert.deepEqual([live(), store.size], [["b", "c"], 2]);
  const full = world({ maxPublications: 1 }, events.time);
  full.publish("a");
  const refused = full.publish("b");
  assert.deepEqual([refused.status, refused.header("Retry-After")], [503, "60"]);
  full.store.clear("sip:bob@b.test");
  assert.equal(full.store.size, 0);
});

Deno.test("a resource holds so many octets, then the oldest go; a change that grows counts like a new one", () => {
  const { publish, live } = world({ maxBody: 100 });
  const etags = ["a", "b", "c", "d"].map((one) => publish(one.repeat(90)).header("SIP-ETag")!);
  publish("e".repeat(40));
  assert.deepEqual(live().map((body) => body[0]), ["a", "b", "c", "d", "e"]);
  publish("f".repeat(40), { etag: etags[1] });
  publish("g".repeat(50));
  assert.deepEqual(live().map((body) => body[0]), ["a", "c", "d", "e", "f", "g"]);
  publish("h".repeat(51), { etag: etags[3] });
  assert.deepEqual(live().map((body) => body[0]), ["a", "c", "e", "f", "g", "h"]);
  publish("i".repeat(100));
  assert.deepEqual(live().map((body) => body[0]), ["c", "e", "f", "g", "h", "i"]);
});
