/** What a package may ask for and say: variants, what it brings in first, option tags, rates, conditions, states. */
import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type {
  EventPackage,
  Notification,
  SubscribeContents,
  SubscribeRefusal,
  Subscription,
} from "../event_package.ts";
import { EventWorld, TestPackage } from "../testing/event_world.ts";

const BOB = "sip:bob@b.test";

class TermsPackage extends TestPackage {
  override readonly name = "terms";
  variantIs: EventPackage | SubscribeRefusal | null = null;
  loading: PromiseWithResolvers<void> | null = null;
  supported?: readonly string[];
  requires?: readonly string[];
  rates?: { readonly maxRate: number; readonly minRate: number };
  readonly asked: SubscribeContents[] = [];
  readonly calls: string[] = [];

  variant(contents: SubscribeContents): EventPackage | SubscribeRefusal {
    this.asked.push(contents);
    return this.variantIs ?? this;
  }
  load(): Promise<void> | null {
    this.calls.push("load");
    return this.loading?.promise ?? null;
  }
  refuse(): null {
    this.calls.push("refuse");
    return null;
  }
  subscribed(subscription: Subscription, { expires, displayName }: SubscribeContents): void {
    this.calls.push(`subscribed ${subscription.id} ${expires} ${displayName}`);
  }
  stateTag(): string {
    return this.state;
  }
  override full(_subscription: Subscription): Notification | null {
    this.calls.push("full");
    return { contentType: "text/plain", body: utf8(this.state), etag: this.state };
  }
}

function setUp() {
  const world = new EventWorld();
  const terms = new TermsPackage();
  world.server.register(terms);
  const ask = (parts: Parameters<EventWorld["request"]>[1] = {}) =>
    world.arrives("SUBSCRIBE", { event: "terms", ...parts });
  return {
    world,
    terms,
    ask,
    change: (state: string) => {
      terms.state = state;
      world.server.changed("terms", BOB);
    },
  };
}
/** NOTIFYs sent, those apart that were sent again. */
function told(world: EventWorld): number {
  return new Set(world.sent("NOTIFY").map(({ message }) => message.cseq.number)).size;
}
/** Promises settle. */
async function turns() {
  for (let i = 0; i < 6; i++) await Promise.resolve();
}

Deno.test("variant: what begins a subscription may be served by another package, or refused; its dialog stays with it", () => {
  const { world, terms, ask } = setUp();
  const list = new TermsPackage();
  list.state = "list";
  terms.variantIs = list;
  const more = "Supported: eventlist, norefersub\r\nRequire: recipient-list-subscribe\r\n";
  list.supported = ["recipient-list-subscribe"];
  const first = ask({ more })()!;
  assert.equal(first.status, 200);
  assert.deepEqual(world.notifies, ["active;expires=600 | list"]);
  const { resource, watcher, options, subscription, expires } = terms.asked[0];
  assert.deepEqual([resource, watcher, subscription, expires], [BOB, "sip:watcher@a.test", null, 600]);
  assert.deepEqual(options, ["recipient-list-subscribe", "eventlist", "norefersub"]);
  world.answer("NOTIFY", 200);
  terms.variantIs = { status: 404, reason: "No Such List", headers: [["Warning", `399 b.test "gone"`]] };
  assert.equal(ask({ toTag: first.toTag, cseq: 2 })()!.status, 200);
  assert.equal(terms.asked.length, 1, "inside the dialog nobody is asked");
  const refused = ask({ callId: "other" })()!;
  assert.match(refused.head, /^SIP\/2\.0 404 No Such List\r\n/);
  assert.equal(refused.header("Warning"), `399 b.test "gone"`);
});

Deno.test("load: the answer waits for what the package brings in, and everything else is asked after it", async () => {
  const { world, terms, ask } = setUp();
  terms.loading = Promise.withResolvers<void>();
  const answer = ask({ more: `From-Name: x\r\n` });
  assert.deepEqual([answer(), terms.calls, terms.admitted], [null, ["load"], []]);
  terms.loading.resolve();
  await turns();
  assert.equal(answer()!.status, 200);
  assert.deepEqual(terms.calls, ["load", "refuse", "subscribed s1 600 ", "full"]);
  assert.equal(world.notifies.length, 1);
});

Deno.test("load fails: 503, and a subscription that was there goes on", async () => {
  const { world, terms, ask } = setUp();
  const { toTag } = ask()()!;
  world.answer("NOTIFY", 200);
  terms.loading = Promise.withResolvers<void>();
  terms.loading.reject(new Error("disk"));
  const refresh = ask({ toTag, cseq: 2 });
  const fresh = ask({ callId: "fresh" });
  await turns();
  assert.deepEqual([refresh()!.status, fresh()!.status, fresh()!.header("Retry-After")], [503, 503, "60"]);
  assert.equal(world.server.size, 1);
});

Deno.test("a subscription that ends while its refresh waits is not there any more: 481", async () => {
  const { world, terms, ask } = setUp();
  const { toTag } = ask()()!;
  world.answer("NOTIFY", 200);
  terms.loading = Promise.withResolvers<void>();
  const refresh = ask({ toTag, cseq: 2 });
  world.server.terminate("terms", BOB, "noresource");
  terms.loading.resolve();
  await turns();
  assert.equal(refresh()!.status, 481);
  assert.deepEqual([world.notifies.at(-1), world.server.size], ["terminated;reason=noresource | ", 0]);
});

Deno.test("reauthorize brings in what the decision needs; where that fails the subscriber comes again", async () => {
  const { world, terms, ask } = setUp();
  ask();
  world.answer("NOTIFY", 200);
  terms.loading = Promise.withResolvers<void>();
  terms.admission = { state: "pending" };
  const before = terms.admitted.length;
  world.server.reauthorize("terms", BOB);
  assert.equal(terms.admitted.length, before);
  terms.loading.resolve();
  await turns();
  assert.equal(world.notifies.at(-1), "pending;expires=600 | ");
  world.answer("NOTIFY", 200);
  terms.loading = Promise.withResolvers<void>();
  terms.loading.reject(new Error("disk"));
  world.server.reauthorize("terms", BOB);
  await turns();
  assert.equal(world.notifies.at(-1), "terminated;reason=probation | ");
});

Deno.test("supported and requires: 420 for what is not known, Require in the 2xx and in each NOTIFY", () => {
  const { world, terms, ask } = setUp();
  terms.supported = ["eventlist"];
  terms.requires = ["eventlist"];
  const refused = ask({ more: "Require: eventlist, other\r\n" })()!;
  assert.deepEqual([refused.status, refused.header("Unsupported")], [420, "other"]);
  const answer = ask({ more: "Require: EventList\r\n" })()!;
  assert.deepEqual([answer.status, answer.header("Require")], [200, "eventlist"]);
  assert.equal(world.lastNotify.get("Require"), "eventlist");
  world.answer("NOTIFY", 200);
  world.server.terminate("terms", BOB, "noresource");
  assert.equal(world.lastNotify.get("Require"), "eventlist");
});

Deno.test("RFC 6446: rates are agreed, said in Subscription-State, and kept; nonsense is refused", () => {
  const { world, terms, ask, change } = setUp();
  terms.rates = { maxRate: 1 / 5, minRate: 1 / 60 };
  assert.match(ask({ event: "terms;max-rate=0" })()!.head, /^SIP\/2\.0 400 max-rate is "0"/);
  const { toTag } = ask({ event: "terms;max-rate=0.1;min-rate=5" })()!;
  assert.equal(world.notifies[0].split(" |")[0], "active;expires=600;max-rate=0.1;min-rate=0.0166666667");
  world.answer("NOTIFY", 200);
  change("a");
  change("b");
  world.time.advance(9500);
  assert.equal(world.notifies.length, 1, "once in ten seconds");
  world.time.advance(1000);
  assert.equal(world.notifies.at(-1), "active;expires=590;max-rate=0.1;min-rate=0.0166666667 | b");
  world.answer("NOTIFY", 200);
  world.time.advance(60_500);
  assert.equal(told(world), 3, "once a minute, though nothing happened");
  world.answer("NOTIFY", 200);
  ask({ event: "terms", toTag, cseq: 2 });
  assert.equal(world.notifies.at(-1), "active;expires=600 | b", "the last SUBSCRIBE's word holds: it wants none");
});

Deno.test("RFC 6446 §3.3: the answer to a NOTIFY may ask for another rate; what cannot be read changes nothing", () => {
  const { world, terms, ask, change } = setUp();
  terms.rates = { maxRate: 1, minRate: 1 / 60 };
  ask({ event: "terms;max-rate=1" });
  world.answer("NOTIFY", 200, "Event: terms;max-rate=0.05\r\n");
  change("a");
  world.time.advance(19_000);
  assert.equal(world.notifies.length, 1);
  world.time.advance(1500);
  assert.match(world.notifies[1], /^active;expires=580;max-rate=0\.05 \| a$/);
  for (const event of ["terms;max-rate=x", "terms;max-rate=0", "terms", ";;", ""]) {
    world.answer("NOTIFY", 200, event === "" ? "" : `Event: ${event}\r\n`);
    change(`after ${event}`);
    world.time.advance(20_500);
  }
  assert.ok(world.notifies.every((one, i) => i === 0 || one.includes(";max-rate=0.05")), world.notifies.join("\n"));
});

Deno.test("a package without rates does not hear them, whatever they are", () => {
  const { world, ask } = setUp();
  assert.equal(ask({ event: "terms;max-rate=0" })()!.status, 200);
  world.answer("NOTIFY", 200, "Event: terms;max-rate=0.001\r\n");
  world.time.advance(1000);
  world.server.changed("terms", BOB);
  assert.deepEqual(world.notifies.map((one) => one.split(" |")[0]), ["active;expires=600", "active;expires=599"]);
});

Deno.test("RFC 5839 §5.2.3: Suppress-If-Match: * keeps it quiet until the next SUBSCRIBE; its end is told", () => {
  const { world, ask, change } = setUp();
  const { toTag } = ask({ more: "Suppress-If-Match: *\r\n" })()!;
  assert.deepEqual(world.notifies, ["active;expires=600 | "]);
  world.answer("NOTIFY", 200);
  change("a");
  world.time.advance(100_000);
  assert.equal(world.notifies.length, 1);
  assert.equal(ask({ toTag, cseq: 2, more: "Suppress-If-Match: *\r\n" })()!.status, 204);
  change("b");
  world.time.advance(100_000);
  assert.equal(world.notifies.length, 1);
  assert.equal(ask({ toTag, cseq: 3 })()!.status, 200);
  assert.equal(world.notifies.at(-1), "active;expires=600 | b");
  world.answer("NOTIFY", 200);
  world.time.advance(1000);
  change("c");
  assert.equal(world.notifies.at(-1), "active;expires=599 | c");
  world.answer("NOTIFY", 200);
  assert.equal(ask({ toTag, cseq: 4, more: "Suppress-If-Match: *\r\n" })()!.status, 204);
  world.server.terminate("terms", BOB, "noresource");
  assert.equal(world.notifies.at(-1), "terminated;reason=noresource | ");
});

Deno.test("setState by the package: another state is told at once, with all that may be seen then", () => {
  const { world, terms, ask } = setUp();
  ask();
  world.answer("NOTIFY", 200);
  const [one] = world.server.subscriptions("terms", BOB) as Iterable<Subscription>;
  one.setState?.("active");
  assert.equal(world.notifies.length, 1, "that is no other");
  world.time.advance(1000);
  one.setState?.("pending");
  assert.equal(world.notifies.at(-1), "pending;expires=599 | ");
  world.answer("NOTIFY", 200);
  terms.state = "secret";
  one.changed?.();
  world.time.advance(1000);
  assert.equal(world.notifies.length, 2, "pending ones are told nothing");
  one.setState?.("active");
  assert.equal(world.notifies.at(-1), "active;expires=598 | secret");
});

Deno.test("a package may end, or hold back, a subscription as it begins: its 200 comes first", () => {
  for (
    const [act, state] of [["terminate", "terminated;reason=rejected"], ["setState", "pending;expires=600"]] as const
  ) {
    const { world, terms, ask } = setUp();
    const over: string[] = [];
    Object.assign(terms, {
      subscribed: (subscription: Subscription) =>
        act === "terminate" ? subscription.terminate!("rejected") : subscription.setState!("pending"),
      ended: ({ id }: Subscription) => over.push(id),
    });
    assert.equal(ask()()!.status, 200);
    assert.deepEqual([world.notifies, over], [[`${state} | `], act === "terminate" ? ["s1"] : []]);
    assert.deepEqual(world.flow("udp").lines().map((line) => line.slice(0, 7)), ["SIP/2.0", "NOTIFY "]);
  }
});

Deno.test("the end of a resource brings its last state where the package says so, and no other end does", () => {
  for (const tellsEnd of [true, false]) {
    const world = new EventWorld();
    const eventPackage = Object.assign(new TestPackage(), { name: "ends", tellsEnd });
    world.server.register(eventPackage);
    for (const callId of ["a", "b"]) {
      world.request("SUBSCRIBE", { event: "ends", callId }, world.inbound("tcp"));
      world.answer("NOTIFY", 200);
    }
    const [first] = world.server.subscriptions("ends", BOB);
    first.terminate("rejected");
    eventPackage.state = "over";
    world.server.terminate("ends", BOB, "noresource");
    const ends = world.notifies.filter((line) => line.startsWith("terminated"));
    assert.deepEqual(ends.toSorted(), [
      `terminated;reason=noresource | ${tellsEnd ? "full over 1" : ""}`,
      "terminated;reason=rejected | ",
    ]);
  }
});
