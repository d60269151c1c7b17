import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../foundation/testing.ts";
import { WatcherFeed } from "./watcher_feed.ts";
import { readWatcherInfo } from "./watcher_info.ts";
import { WATCHER_LIMITS, WatcherList } from "./watcher_list.ts";
import { nextWatcherStatus, WATCHER_EVENTS, WATCHER_STATUSES } from "./watcher_machine.ts";
import { WatcherTable } from "./watcher_table.ts";

const ME = "sip:joe@example.com";

function setUp(limits = {}) {
  const time = new FakeTime();
  const list = new WatcherList(ME, "presence", time, { limits: { ...WATCHER_LIMITS, ...limits } });
  const subscribe = (key: string, status: "pending" | "active", uri = `sip:${key}@example.com`, terms = "") =>
    list.subscribed({ key, uri, terms, expires_s: 3600 }, status);
  const said = () => [...list.watchers()].map(({ uri, status, event }) => `${uri} ${status} ${event}`);
  return { time, list, subscribe, said, feed: new WatcherFeed(list) };
}

function told(document: string | null): string[] | null {
  if (document === null) return null;
  const { version, state, lists } = readWatcherInfo(document);
  return [
    `${version} ${state}`,
    ...lists[0].watchers.map(({ uri, status, event }) => `${uri} ${status} ${event}`),
  ];
}

Deno.test("the state machine is that of RFC 3857 figure 1, and no way leads elsewhere", () => {
  const ways = WATCHER_STATUSES.flatMap((status) =>
    WATCHER_EVENTS.flatMap((event) => {
      const next = nextWatcherStatus(status, event);
      return next === null ? [] : [`${status} ${event} ${next}`];
    })
  );
  assert.deepEqual(ways, [
    "pending approved active",
    "pending deactivated terminated",
    "pending probation terminated",
    "pending rejected terminated",
    "pending timeout waiting",
    "pending giveup terminated",
    "pending noresource terminated",
    "active deactivated terminated",
    "active probation terminated",
    "active rejected terminated",
    "active timeout terminated",
    "active noresource terminated",
    "waiting approved terminated",
    "waiting rejected terminated",
    "waiting giveup terminated",
    "waiting noresource terminated",
  ]);
});

Deno.test("RFC 3857 §5: who asks is pending, then approved; documents count from 0, full then partial", () => {
  const { subscribe, list, feed } = setUp();
  subscribe("A", "pending");
  assert.deepEqual(told(feed.full()), ["0 full", "sip:A@example.com pending subscribe"]);
  assert.equal(feed.partial(), null);
  const { id } = list.ofSubscription("A")!;
  assert.match(id, /^[A-Za-z0-9_-]{22}$/);
  subscribe("A", "active");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:A@example.com active approved"]);
  assert.equal(list.ofSubscription("A")!.id, id, "it is the same one");
  assert.equal(feed.partial(), null, "nothing is said twice");
  assert.deepEqual(told(feed.full()), ["2 full", "sip:A@example.com active approved"]);
});

Deno.test("a refresh is no change, and moves what is left", () => {
  const { subscribe, list, feed, time } = setUp();
  list.subscribed({ key: "A", uri: "sip:a@b", displayName: 'A & "B"', expires_s: 600 }, "active");
  feed.full();
  time.advance(100_000);
  subscribe("A", "active");
  assert.equal(feed.partial(), null);
  const [watcher] = readWatcherInfo(feed.full()).lists[0].watchers;
  assert.deepEqual(
    [watcher.displayName, watcher.expiration_s, watcher.subscribed_s, watcher.event],
    ['A & "B"', 3600, 100, "subscribe"],
  );
});

Deno.test("who ran out undecided waits, comes again as another, and is decided upon", () => {
  const { subscribe, list, said, feed } = setUp();
  subscribe("1", "pending", "sip:a@b");
  feed.full();
  list.ended("1", "timeout");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:a@b waiting timeout"]);
  assert.equal(list.ofSubscription("1"), undefined);
  subscribe("2", "pending", "sip:a@B", "other terms");
  assert.equal(said().length, 2, "with other terms it is another one");
  subscribe("3", "pending", "sip:a@B");
  assert.deepEqual(told(feed.partial()), [
    "2 partial",
    "sip:a@B pending subscribe",
    "sip:a@b terminated giveup",
    "sip:a@B pending subscribe",
  ]);
  list.ended("3", "timeout");
  const waiting = [...list.watchers()].find(({ status }) => status === "waiting")!;
  assert.equal(list.apply(waiting.id, "timeout"), false, "it did so before");
  assert.equal(list.apply(waiting.id, "approved"), true);
  assert.equal(list.apply(waiting.id, "approved"), false, "it is over");
  assert.deepEqual(said(), ["sip:a@B pending subscribe"]);
});

Deno.test("what came and went between two documents is not told; what was known is told to be over", () => {
  const { subscribe, list, feed } = setUp();
  subscribe("old", "active");
  feed.full();
  subscribe("fetch", "active");
  list.ended("fetch", "timeout");
  assert.equal(feed.partial(), null);
  list.ended("old", "timeout");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:old@example.com terminated timeout"]);
  assert.equal(list.ended("old", "timeout"), false);
});

Deno.test("a watcher whose approval is taken back begins again, undecided", () => {
  const { subscribe, list, feed } = setUp();
  subscribe("A", "active");
  feed.full();
  const { id } = list.ofSubscription("A")!;
  subscribe("A", "pending");
  assert.notEqual(list.ofSubscription("A")!.id, id);
  assert.deepEqual(told(feed.partial()), [
    "1 partial",
    "sip:A@example.com terminated deactivated",
    "sip:A@example.com pending subscribe",
  ]);
});

Deno.test("nobody waits for ever: the subscriptions to end are named", () => {
  const { subscribe, list, said, time } = setUp({ giveUp_s: 100 });
  subscribe("waits", "pending");
  list.ended("waits", "timeout");
  time.advance(60_000);
  subscribe("pending", "pending");
  subscribe("active", "active");
  time.advance(50_000);
  assert.deepEqual(list.giveUp(), []);
  assert.equal(said().length, 2);
  time.advance(50_000);
  assert.deepEqual(list.giveUp(), ["pending"]);
  assert.deepEqual(said(), ["sip:active@example.com active subscribe"]);
});

Deno.test("the list is bounded: what waits longest makes room, live subscriptions never do", () => {
  const { subscribe, list, said } = setUp({ watchers: 6, undecided: 4, undecidedOfOne: 2 });
  assert.ok(subscribe("1", "pending", "sip:a@b", "1") && subscribe("2", "pending", "sip:a@b", "2"));
  assert.equal(subscribe("3", "pending", "sip:a@b", "3"), false, "too many of one watcher");
  list.ended("1", "timeout");
  assert.equal(subscribe("3", "pending", "sip:a@b", "3"), true);
  assert.ok(subscribe("4", "pending") && subscribe("5", "pending"));
  assert.equal(subscribe("6", "pending"), false, "too many undecided");
  list.ended("4", "timeout");
  assert.ok(subscribe("6", "pending"));
  assert.ok(subscribe("7", "active") && subscribe("8", "active"));
  assert.equal(subscribe("9", "active"), false);
  assert.equal(said().length, 6);
  assert.equal(subscribe("8", "active"), true, "a refresh needs no room");
});

Deno.test("who waits survives a restart with the same id", () => {
  const { subscribe, list, time } = setUp();
  subscribe("1", "pending", "sip:a@b");
  subscribe("2", "active");
  list.ended("1", "timeout");
  const kept = JSON.parse(JSON.stringify(list.waiting()));
  const again = new WatcherList(ME, "presence", time, { kept });
  assert.deepEqual([...again.watchers()].map(({ id, status }) => [id, status]), [[kept[0].id, "waiting"]]);
  again.subscribed({ key: "x", uri: "sip:a@b", expires_s: 60 }, "pending");
  assert.deepEqual([...again.watchers()].map(({ status }) => status), ["pending"]);
});

Deno.test("who missed more than is remembered is told everything", () => {
  const { subscribe, feed } = setUp({ changes: 4 });
  feed.full();
  for (let i = 0; i < 20; i++) subscribe(`w${i}`, "active");
  const document = told(feed.partial())!;
  assert.equal(document[0], "1 full");
  assert.equal(document.length, 21);
});

Deno.test("without followers no change is remembered, and a new one begins well", () => {
  const { subscribe, list, feed } = setUp();
  feed.full();
  subscribe("1", "active");
  feed.close();
  subscribe("2", "active");
  assert.equal(list.changesSince(1), null);
  const other = new WatcherFeed(list);
  assert.deepEqual(told(other.partial())![0], "0 full");
  subscribe("3", "active");
  assert.deepEqual(told(other.partial()), ["1 partial", "sip:3@example.com active subscribe"]);
});

Deno.test("whatever happens, a subscriber who takes the documents knows the list", () => {
  const step = fc.record({ key: fc.nat(6), what: fc.constantFrom("pending", "active", "end", "drop", "tell", "full") });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { subscribe, list, feed } = setUp({ changes: 5, undecidedOfOne: 2 });
    const table = new WatcherTable();
    table.receive(readWatcherInfo(feed.full()));
    for (const { key, what } of steps) {
      if (what === "pending" || what === "active") subscribe(`${key}`, what, `sip:${key % 3}@x`, `${key}`);
      else if (what === "end") list.ended(`${key}`, "timeout");
      else if (what === "drop") list.ended(`${key}`, "rejected");
      else {
        const document = what === "full" ? feed.full() : feed.partial();
        if (document !== null) assert.notEqual(table.receive(readWatcherInfo(document)), "missed");
      }
    }
    const last = feed.partial();
    if (last !== null) table.receive(readWatcherInfo(last));
    const known = [...table.watchers(ME, "presence").values()].map(({ id, status }) => `${id} ${status}`).sort();
    assert.deepEqual(known, [...list.watchers()].map(({ id, status }) => `${id} ${status}`).sort());
  }));
});
