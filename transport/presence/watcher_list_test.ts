import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../foundation/testing.ts";
import { WatcherFeed } from "./watcher_feed.ts";
import { readWatcherInfo } from "./watcher_info.ts";
import {
  type WaitingWatcher,
  WATCHER_LIMITS,
  WatcherList,
  type WatcherRow,
  type WatcherSubscription,
} from "./watcher_list.ts";
import { nextWatcherStatus, WATCHER_EVENTS, WATCHER_STATUSES, type WatcherEvent } from "./watcher_machine.ts";
import { WatcherTable } from "./watcher_table.ts";

const ME = "sip:joe@example.com";

type Row = WatcherRow<string>;
type Asked = Partial<WatcherSubscription<string>>;

function setUp(limits = {}, time = new FakeTime()) {
  const kept = new Map<string, WaitingWatcher>();
  const list = new WatcherList<string>(ME, {
    eventPackage: "presence",
    clock: time,
    limits: { ...WATCHER_LIMITS, ...limits },
    waits: (_list, { plain }, waits) => void (waits ? kept.set(plain.id, plain) : kept.delete(plain.id)),
  });
  const rows = new Map<string, Row>();
  /** Begins a subscription, or decides about one that there is. */
  const begin = (key: string, status: "pending" | "active", more: Asked = {}) => {
    const row = rows.get(key);
    const isLive = row !== undefined && row.owner !== null;
    const next = isLive
      ? list.decide(row, status)
      : list.begin({ owner: key, uri: `sip:${key}@example.com`, expires_s: 3600, ...more }, status);
    if (next === null) return false;
    list.refresh(next, 3600);
    rows.set(key, next);
    return true;
  };
  const subscribe = (key: string, status: "pending" | "active", uri = `sip:${key}@example.com`, terms = "") =>
    begin(key, status, { uri, terms });
  const end = (key: string, event: WatcherEvent) => {
    const row = rows.get(key);
    return row !== undefined && list.end(row, event);
  };
  const said = () => [...list.watchers()].map(({ uri, status, event }) => `${uri} ${status} ${event}`);
  return { time, list, rows, kept, begin, subscribe, end, said, feed: new WatcherFeed(list) };
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
  const { subscribe, rows, feed } = setUp();
  subscribe("A", "pending");
  assert.deepEqual(told(feed.full()), ["0 full", "sip:A@example.com pending subscribe"]);
  assert.equal(feed.partial(), null);
  const { id } = rows.get("A")!;
  assert.match(id, /^[A-Za-z0-9_-]{22}$/);
  subscribe("A", "active");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:A@example.com active approved"]);
  assert.equal(rows.get("A")!.id, id, "it is the same one");
  assert.equal(feed.partial(), null, "nothing is said twice");
  assert.deepEqual(told(feed.full()), ["2 full", "sip:A@example.com active approved"]);
});

Deno.test("a refresh is no change, and moves what is left", () => {
  const { subscribe, begin, feed, time } = setUp();
  begin("A", "active", { uri: "sip:a@b", displayName: 'A & "B"' });
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
  const { subscribe, list, rows, end, said, feed } = setUp();
  subscribe("1", "pending", "sip:a@b");
  feed.full();
  end("1", "timeout");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:a@b waiting timeout"]);
  assert.equal(rows.get("1")!.owner, null);
  subscribe("2", "pending", "sip:a@B", "other terms");
  assert.equal(said().length, 2, "with other terms it is another one");
  subscribe("3", "pending", "sip:a@B");
  assert.deepEqual(told(feed.partial()), [
    "2 partial",
    "sip:a@B pending subscribe",
    "sip:a@b terminated giveup",
    "sip:a@B pending subscribe",
  ]);
  end("3", "timeout");
  const waiting = [...list.watchers()].find(({ status }) => status === "waiting")!;
  assert.equal(list.apply(waiting, "timeout"), false, "it did so before");
  assert.equal(list.apply(waiting, "approved"), true);
  assert.equal(list.apply(waiting, "approved"), false, "it is over");
  assert.deepEqual(said(), ["sip:a@B pending subscribe"]);
});

Deno.test("what came and went between two documents is not told; what was known is told to be over", () => {
  const { subscribe, end, feed } = setUp();
  subscribe("old", "active");
  feed.full();
  subscribe("fetch", "active");
  end("fetch", "timeout");
  assert.equal(feed.partial(), null);
  end("old", "timeout");
  assert.deepEqual(told(feed.partial()), ["1 partial", "sip:old@example.com terminated timeout"]);
  assert.equal(end("old", "timeout"), false);
});

Deno.test("a watcher whose approval is taken back begins again, undecided", () => {
  const { subscribe, rows, feed } = setUp();
  subscribe("A", "active");
  feed.full();
  const { id } = rows.get("A")!;
  subscribe("A", "pending");
  assert.notEqual(rows.get("A")!.id, id);
  assert.deepEqual(told(feed.partial()), [
    "1 partial",
    "sip:A@example.com terminated deactivated",
    "sip:A@example.com pending subscribe",
  ]);
});

Deno.test("nobody waits for ever: the subscriptions to end are named", () => {
  const { subscribe, list, end, said, time } = setUp({ giveUp_s: 100 });
  subscribe("waits", "pending");
  end("waits", "timeout");
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
  const { subscribe, end, said } = setUp({ watchers: 6, undecided: 4, undecidedOfOne: 2 });
  assert.ok(subscribe("1", "pending", "sip:a@b", "1") && subscribe("2", "pending", "sip:a@b", "2"));
  assert.equal(subscribe("3", "pending", "sip:a@b", "3"), false, "too many of one watcher");
  end("1", "timeout");
  assert.equal(subscribe("3", "pending", "sip:a@b", "3"), true);
  assert.ok(subscribe("4", "pending") && subscribe("5", "pending"));
  assert.equal(subscribe("6", "pending"), false, "too many undecided");
  end("4", "timeout");
  assert.ok(subscribe("6", "pending"));
  assert.ok(subscribe("7", "active") && subscribe("8", "active"));
  assert.equal(subscribe("9", "active"), false);
  assert.equal(said().length, 6);
  assert.equal(subscribe("8", "active"), true, "a refresh needs no room");
});

Deno.test("who waits survives a restart with the same id; who no longer waits is not kept", () => {
  const { subscribe, end, time, kept } = setUp();
  subscribe("1", "pending", "sip:a@b");
  subscribe("2", "active");
  end("1", "timeout");
  const [stored] = JSON.parse(JSON.stringify([...kept.values()]));
  const again = setUp({}, time);
  assert.equal(again.list.restore(stored), true);
  assert.deepEqual([...again.list.watchers()].map(({ id, status }) => [id, status]), [[stored.id, "waiting"]]);
  again.kept.set(stored.id, stored);
  again.subscribe("x", "pending", "sip:a@b");
  assert.deepEqual([...again.list.watchers()].map(({ status }) => status), ["pending"]);
  assert.equal(again.kept.size, 0);
  assert.equal(setUp({ undecided: 0 }).list.restore(stored), false);
});

Deno.test("what waited in vain comes again once, however many they were", () => {
  const { subscribe, end, said } = setUp();
  subscribe("1", "pending", "sip:a@b");
  subscribe("2", "pending", "sip:a@b");
  end("1", "timeout");
  end("2", "timeout");
  subscribe("3", "pending", "sip:a@b");
  assert.deepEqual(said(), ["sip:a@b pending subscribe"]);
});

Deno.test("who asks for room is told what would become of him, and nothing happens", () => {
  const { list, subscribe, end, said } = setUp({ watchers: 3, undecidedOfOne: 2 });
  subscribe("1", "pending", "sip:a@b", "1");
  subscribe("2", "pending", "sip:a@b", "2");
  assert.equal(list.room("sip:a@b", "pending"), "crowded");
  assert.equal(list.room("sip:a@b", "active"), "free");
  subscribe("3", "active");
  assert.equal(list.room("sip:c@b", "active"), "full");
  end("1", "timeout");
  assert.equal(list.room("sip:c@b", "active"), "free");
  assert.equal(said().length, 3);
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
    const { subscribe, end, list, feed } = setUp({ changes: 5, undecidedOfOne: 2 });
    const table = new WatcherTable();
    table.receive(readWatcherInfo(feed.full()));
    for (const { key, what } of steps) {
      if (what === "pending" || what === "active") subscribe(`${key}`, what, `sip:${key % 3}@x`, `${key}`);
      else if (what === "end") end(`${key}`, "timeout");
      else if (what === "drop") end(`${key}`, "rejected");
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
