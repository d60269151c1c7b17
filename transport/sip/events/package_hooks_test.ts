/** What a package may add to the framework: parameters, refusals, preparation, a pace, entity-tags. */
import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { Notification, SubscribeContents, SubscribeRefusal, Subscription } from "../event_package.ts";
import { EventWorld, PartialPackage } from "../testing/event_world.ts";

class HookedPackage extends PartialPackage {
  readonly pace = { interval_ms: 5000, burst: 2 };
  refusal: SubscribeRefusal | null = null;
  readonly asked: string[] = [];
  readonly over: string[] = [];
  /** What `prepare` waits for; null for nothing. */
  gate: PromiseWithResolvers<void> | null = null;
  readonly prepared: string[] = [];

  refuse({ resource, watcher, params, filter, subscription, expires }: SubscribeContents): SubscribeRefusal | null {
    const said = [...params].map(([name, value]) => `${name}=${value}`).join();
    this.asked.push(
      `${watcher} ${resource} ${said} ${filter?.contentType ?? "-"} ${subscription?.id ?? "new"} ${expires}`,
    );
    return this.refusal;
  }
  prepare(_subscription: Subscription, what: "full" | "partial"): Promise<void> | null {
    this.prepared.push(what);
    return this.gate?.promise ?? null;
  }
  stateTag({ subscription }: SubscribeContents): string {
    return `${this.state}${subscription?.params?.get("mode") ?? ""}`;
  }
  ended({ id }: Subscription): void {
    this.over.push(id);
  }
  override full(subscription: Subscription): Notification {
    return {
      contentType: "text/plain",
      body: utf8(`full ${this.state} ${subscription.params?.get("mode") ?? "-"}`),
      etag: this.state,
    };
  }
  override partial(subscription: Subscription): Notification | null {
    return {
      contentType: "text/plain",
      body: utf8(`partial ${this.state} ${subscription.params?.get("mode") ?? "-"}`),
      etag: this.state,
    };
  }
}

function setUp() {
  const world = new EventWorld();
  const hooked = new HookedPackage();
  world.server.register(hooked);
  const ask = (parts: Parameters<EventWorld["request"]>[1] = {}) => {
    const more = `Accept: text/plain\r\n${parts?.more ?? ""}`;
    return world.request("SUBSCRIBE", { event: "reg;mode=a", ...parts, more });
  };
  const change = (state: string) => {
    hooked.state = state;
    world.server.changed("reg", "sip:bob@b.test");
  };
  return { world, hooked, ask, change };
}

Deno.test("parameters of Event reach the package, those of the last SUBSCRIBE", () => {
  const { world, hooked, ask } = setUp();
  const { toTag } = ask();
  world.answer("NOTIFY", 200);
  ask({ event: `reg;mode="b c"`, toTag, cseq: 2, body: "x", more: "Content-Type: text/plain\r\n" });
  world.answer("NOTIFY", 200);
  ask({ event: "reg", toTag, cseq: 3, expires: 0 });
  assert.deepEqual(world.notifies.map((text) => text.split("| ")[1]), [
    "full closed a",
    `full closed "b c"`,
    "full closed -",
  ]);
  assert.equal(world.lastNotify.get("Event"), "reg");
  assert.deepEqual(hooked.asked, [
    "sip:watcher@a.test sip:bob@b.test mode=a - new 600",
    `sip:watcher@a.test sip:bob@b.test mode="b c" text/plain s1 600`,
    "sip:watcher@a.test sip:bob@b.test  - s1 0",
  ]);
  assert.deepEqual(hooked.over, ["s1"]);
});

Deno.test("what a package refuses gets its answer; a subscription that was there goes on", () => {
  const { world, hooked, ask } = setUp();
  const { toTag } = ask();
  world.answer("NOTIFY", 200);
  hooked.refusal = { status: 415, reason: "Not That", headers: [["Accept", "text/x"]] };
  const answer = ask({ toTag, cseq: 2, event: "reg;mode=b" });
  assert.deepEqual([answer.status, answer.header("Accept")], [415, "text/x"]);
  assert.match(answer.head, /^SIP\/2\.0 415 Not That/);
  assert.equal(ask({ callId: "other" }).status, 415);
  assert.deepEqual([world.server.size, world.notifies.length], [1, 1]);
});

Deno.test("a NOTIFY waits for what the package brings in, and tells the state of then; a failure is tried again", async () => {
  const { world, hooked, ask, change } = setUp();
  hooked.gate = Promise.withResolvers<void>();
  ask();
  change("newer");
  assert.deepEqual([world.notifies, hooked.prepared], [[], ["full"]]);
  hooked.gate.reject(new Error("not now"));
  for (let i = 0; i < 5; i++) await Promise.resolve();
  assert.deepEqual(world.notifies, []);
  hooked.gate = null;
  world.time.advance(5100);
  assert.deepEqual(world.notifies, ["active;expires=595 | full newer a"]);
  world.answer("NOTIFY", 200);
  hooked.gate = Promise.withResolvers<void>();
  change("newest");
  const { gate } = hooked;
  hooked.gate = null;
  gate.resolve();
  for (let i = 0; i < 5; i++) await Promise.resolve();
  assert.equal(world.notifies.at(-1), "active;expires=595 | partial newest a");
});

Deno.test("what cannot be brought in ends the subscription in time, and an end is told without it", async () => {
  const { world, hooked, ask } = setUp();
  hooked.gate = Promise.withResolvers<void>();
  hooked.gate.reject(new Error("never"));
  ask();
  for (const seconds of [0, 6, 31, 121]) {
    world.time.advance(seconds * 1000);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
  assert.deepEqual(world.notifies, ["terminated;reason=probation | "]);
  assert.equal(world.server.size, 0);
  ask({ callId: "poll", expires: 0 });
  for (let i = 0; i < 5; i++) await Promise.resolve();
  assert.equal(world.notifies.at(-1), "terminated;reason=timeout | ");
});

Deno.test("a package's own pace: so many at once after a quiet time, then one each interval", () => {
  const { world, ask, change } = setUp();
  ask();
  world.answer("NOTIFY", 200);
  const times: number[] = [];
  const start = world.time.monotonic();
  for (let i = 0; i < 220; i++) {
    change(`s${i}`);
    if (world.notifies.length > times.length + 1) {
      times.push(Math.round((world.time.monotonic() - start) / 1000));
      world.answer("NOTIFY", 200);
    }
    world.time.advance(100);
  }
  assert.deepEqual(times, [0, 5, 10, 15, 20]);
  world.time.advance(30_000);
  world.answer("NOTIFY", 200);
  const before = world.notifies.length;
  change("x");
  world.answer("NOTIFY", 200);
  change("y");
  world.answer("NOTIFY", 200);
  change("z");
  assert.equal(world.notifies.length, before + 2);
});

Deno.test("RFC 5839: the same state is not sent again: 204 inside the dialog, an empty NOTIFY at its beginning", () => {
  const { world, ask, change } = setUp();
  const { toTag } = ask({ event: "reg" });
  assert.equal(world.lastNotify.get("SIP-ETag"), "closed");
  world.answer("NOTIFY", 200);
  const same = ask({ event: "reg", toTag, cseq: 2, expires: 900, more: "Suppress-If-Match: closed\r\n" });
  assert.deepEqual([same.status, same.header("Expires"), world.notifies.length], [204, "900", 1]);
  world.time.advance(700_000);
  assert.equal(world.server.size, 1, "it counts as a refresh");
  change("open");
  assert.equal(world.notifies.at(-1)?.split("| ")[1], "partial open -");
  world.answer("NOTIFY", 200);
  assert.equal(ask({ event: "reg", toTag, cseq: 3, more: "Suppress-If-Match: closed\r\n" }).status, 200);
  assert.equal(world.notifies.at(-1)?.split("| ")[1], "full open -");
  world.answer("NOTIFY", 200);

  const first = ask({ event: "reg", callId: "resumed", more: "Suppress-If-Match: open\r\n" });
  assert.equal(first.status, 200);
  assert.deepEqual([world.lastNotify.body.length, world.lastNotify.has("Content-Type")], [0, false]);
  assert.deepEqual([world.lastNotify.callId, world.lastNotify.get("SIP-ETag")], ["resumed", "open"]);

  const sent = world.notifies.length;
  assert.equal(ask({ event: "reg", toTag, cseq: 4, expires: 0, more: "Suppress-If-Match: *\r\n" }).status, 204);
  assert.deepEqual([world.notifies.length, world.server.size], [sent, 1]);
});

Deno.test("a package without entity-tags answers a condition as if there were none", () => {
  const { world } = setUp();
  const { toTag } = world.request("SUBSCRIBE", { event: "presence" });
  world.answer("NOTIFY", 200);
  const more = "Suppress-If-Match: *\r\n";
  assert.equal(world.request("SUBSCRIBE", { event: "presence", toTag, cseq: 2, more }).status, 200);
  assert.deepEqual([world.notifies.length, world.lastNotify.has("SIP-ETag")], [2, false]);
});

Deno.test("one subscription is told, or ended, by itself", () => {
  const { world } = setUp();
  for (const callId of ["a", "b"]) {
    world.request("SUBSCRIBE", { event: "presence", callId });
    world.answer("NOTIFY", 200);
  }
  world.time.advance(1000);
  const [first] = world.server.subscriptions("presence", "sip:bob@b.test");
  const one: Subscription = first;
  one.changed?.();
  assert.deepEqual([world.notifies.length, world.lastNotify.callId], [3, "a"]);
  world.answer("NOTIFY", 200);
  one.terminate?.("rejected");
  assert.equal(world.notifies.at(-1), "terminated;reason=rejected | ");
  assert.deepEqual([one.ended, world.server.size], [true, 1]);
});

Deno.test("a package that cannot decide at the moment: a refresh comes later and nothing ends, who leaves has left", () => {
  const { world, hooked, ask } = setUp();
  const { toTag } = ask();
  world.answer("NOTIFY", 200);
  hooked.admission = { state: "refused", status: 503 };
  const answer = ask({ toTag, cseq: 2 });
  assert.deepEqual([answer.status, answer.header("Retry-After")], [503, "60"]);
  assert.deepEqual([world.server.size, world.notifies.length], [1, 1]);
  hooked.admission = { state: "active" };
  assert.equal(ask({ toTag, cseq: 3 }).status, 200);
  world.answer("NOTIFY", 200);
  hooked.admission = { state: "refused", status: 503 };
  assert.equal(ask({ toTag, cseq: 4, expires: 0 }).status, 200);
  assert.match(world.notifies.at(-1)!, /^terminated;reason=timeout/);
  assert.equal(world.server.size, 0);
});

Deno.test("a package that cannot decide at the moment when its rules changed: the subscriber is told to come again", () => {
  const { world, hooked, ask } = setUp();
  ask();
  world.answer("NOTIFY", 200);
  hooked.admission = { state: "refused", status: 503 };
  world.server.reauthorize("reg", "sip:bob@b.test");
  assert.equal(world.notifies.at(-1), "terminated;reason=probation | ");
});

Deno.test("bodies of SUBSCRIBEs are kept up to a limit, each by itself and all of one watcher together", () => {
  const { world, ask } = setUp();
  const body = "x".repeat(131_072), more = "Content-Type: text/plain\r\n";
  assert.equal(ask({ body: `${body}x`, more }).status, 413);
  const tags = Array.from({ length: 16 }, (_, n) => {
    const { status, toTag } = ask({ callId: `c${n}`, body, more });
    assert.equal(status, 200);
    world.answer("NOTIFY", 200);
    return toTag;
  });
  assert.deepEqual([ask({ callId: "more", body: "x", more }).status, ask({ callId: "none" }).status], [403, 200]);
  assert.equal(ask({ callId: "c3", toTag: tags[3], cseq: 2, body, more }).status, 200, "in the place of its own");
  assert.equal(ask({ callId: "c4", toTag: tags[4], cseq: 2, body: "x", more }).status, 200);
  assert.equal(ask({ callId: "more", body: body.slice(1), more }).status, 200);
  assert.equal(ask({ callId: "c5", toTag: tags[5], cseq: 2, expires: 0, body: "x", more }).status, 200);
  assert.equal(ask({ callId: "again", body, more }).status, 200);
  assert.equal(ask({ callId: "again2", body: "x", more }).status, 403);
  world.identity = { aor: "sip:other@a.test" };
  assert.equal(ask({ callId: "other", body, more }).status, 200);
});

Deno.test("a package that fails over a new subscription leaves none behind", () => {
  const { world, hooked, ask } = setUp();
  Object.assign(hooked, {
    subscribed: () => {
      throw new RangeError("too deep");
    },
  });
  assert.equal(ask().status, 500);
  assert.equal(world.server.size, 0);
});
