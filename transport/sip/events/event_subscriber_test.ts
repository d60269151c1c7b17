import assert from "node:assert/strict";
import { silentLog, utf8 } from "../../../foundation/mod.ts";
import { AgentWorld } from "../testing/agent_world.ts";
import type { ClientSubscription } from "./client_subscription.ts";
import {
  EventSubscriber,
  type ReceivedNotification,
  type SubscribeRequest,
  type SubscriptionUser,
} from "./event_subscriber.ts";

const REG: SubscribeRequest = {
  event: "reg",
  uri: "sip:bob@192.0.2.9",
  from: "<sip:watcher@a.test>",
  to: "<sip:bob@b.test>",
  expires: 600,
  accept: ["application/reginfo+xml"],
};

/** A subscriber, and the hand of its notifiers. */
class SubscriberWorld extends AgentWorld implements SubscriptionUser {
  readonly subscriber: EventSubscriber;
  readonly came: string[] = [];
  readonly ends: string[] = [];
  #branch = 0;

  constructor(maxSubscriptions?: number) {
    super();
    const { agent, time, metrics } = this;
    const options = { agent, clock: time, timers: time.timers, log: silentLog, metrics, maxSubscriptions };
    this.subscriber = new EventSubscriber(options);
    this.core.answer = (transaction) => this.subscriber.handleNotify(transaction);
  }

  onNotification(_: ClientSubscription, { notifier, state, body }: ReceivedNotification): void {
    this.came.push(`${notifier} ${state} ${new TextDecoder().decode(body)}`);
  }
  onEnded(
    _: ClientSubscription,
    { status, reason, retryAfter }: { status: number; reason: string; retryAfter: number },
  ): void {
    this.ends.push(`${status} ${reason} ${retryAfter}`);
  }

  /** A NOTIFY arrives; gives the status of the answer. */
  notify(
    tag: string,
    state: string,
    { body = "x", cseq = 1, event = "reg", more = "", toTag = "", callId = "" } = {},
  ): number {
    const subscribe = this.sent("SUBSCRIBE")[0].message;
    const flow = this.flow("udp");
    const before = flow.sent.length;
    this.wires.receive(
      flow,
      `NOTIFY sip:w@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKn${++this
        .#branch}\r\nMax-Forwards: 70\r\n` +
        `From: <sip:bob@b.test>;tag=${tag}\r\nTo: <sip:watcher@a.test>;tag=${toTag || subscribe.from.tag}\r\n` +
        `Call-ID: ${callId || subscribe.callId}\r\nCSeq: ${cseq} NOTIFY\r\nContact: <sip:${tag}@192.0.2.9>\r\n` +
        `Event: ${event}\r\n${state === "" ? "" : `Subscription-State: ${state}\r\n`}${more}` +
        `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`,
      utf8(body),
    );
    return Number(flow.sent.slice(before).find((head) => head.startsWith("SIP/2.0"))?.slice(8, 11));
  }

  /** SUBSCRIBEs sent, retransmissions not counted. */
  get subscribes(): number {
    return new Set(this.sent("SUBSCRIBE").map(({ message }) => message.via.branch)).size;
  }

  subscribe(more: Partial<SubscribeRequest> = {}): ClientSubscription {
    return this.subscriber.subscribe({ ...REG, ...more }, this);
  }
}

Deno.test("SUBSCRIBE, 200, NOTIFY, refresh ahead of the end, and again", () => {
  const world = new SubscriberWorld();
  world.subscribe();
  const first = world.lastSent("SUBSCRIBE");
  assert.equal(first.check(), null);
  assert.deepEqual([first.get("Event"), first.get("Expires"), first.get("Accept")], ["reg", "600", REG.accept[0]]);
  assert.ok(first.has("Contact"));
  world.answer("SUBSCRIBE", 200, "Expires: 300\r\nContact: <sip:peer@192.0.2.9>\r\n");
  assert.equal(world.notify("n1", "active;expires=300"), 200);
  assert.deepEqual(world.came, ["n1 active x"]);
  world.time.advance(239_000);
  assert.equal(world.subscribes, 1);
  world.time.advance(2_000);
  const refresh = world.lastSent("SUBSCRIBE");
  assert.equal(refresh.uri, "sip:n1@192.0.2.9", "the notifier's Contact");
  assert.deepEqual([refresh.to.tag, refresh.from.tag, refresh.get("CSeq")], ["n1", first.from.tag, "2 SUBSCRIBE"]);
  world.answer("SUBSCRIBE", 200, "Expires: 300\r\n");
  assert.equal(world.notify("n1", "active;expires=300", { cseq: 2 }), 200);
  world.time.advance(241_000);
  assert.equal(world.lastSent("SUBSCRIBE").get("CSeq"), "3 SUBSCRIBE");
  assert.deepEqual(world.ends, []);
});

Deno.test("a NOTIFY before the answer counts, and the answer may still shorten it", () => {
  const world = new SubscriberWorld();
  world.subscribe();
  assert.equal(world.notify("n1", "pending"), 200);
  assert.deepEqual(world.came, ["n1 pending x"]);
  world.answer("SUBSCRIBE", 200, "Expires: 100\r\nContact: <sip:peer@192.0.2.9>\r\n");
  world.time.advance(51_000);
  assert.equal(world.subscribes, 2, "refreshed at half of 100 s");
});

Deno.test("a SUBSCRIBE that forked: each notifier has its dialog, until timer N; the last one ends it", () => {
  const world = new SubscriberWorld();
  const subscription = world.subscribe();
  world.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
  assert.deepEqual([world.notify("n1", "active"), world.notify("n2", "active")], [200, 200]);
  world.time.advance(33_000);
  assert.equal(world.notify("n3", "active"), 481, "after timer N nobody joins");
  assert.equal(world.notify("n1", "terminated;reason=noresource", { cseq: 2, body: "" }), 200);
  assert.deepEqual(world.ends, []);
  subscription.unsubscribe();
  const last = world.lastSent("SUBSCRIBE");
  assert.deepEqual([last.to.tag, last.get("Expires")], ["n2", "0"]);
  world.answer("SUBSCRIBE", 200, "Expires: 0\r\n");
  assert.equal(world.notify("n2", "terminated;reason=timeout", { cseq: 2 }), 200);
  assert.deepEqual(world.ends, ["0 timeout -1"]);
  assert.equal(world.subscriber.size, 0);
  assert.equal(world.notify("n2", "active", { cseq: 3 }), 481);
});

Deno.test("NOTIFYs that do not fit get their answers and change nothing", () => {
  const world = new SubscriberWorld();
  world.subscribe();
  const cases: [Parameters<SubscriberWorld["notify"]>, number][] = [
    [["n1", "active", { event: "presence" }], 481],
    [["n1", "active", { event: "reg;id=1" }], 481],
    [["n1", "active", { toTag: "other" }], 481],
    [["n1", "active", { callId: "other" }], 481],
    [["n1", ""], 400],
    [["n1", "active", { more: "Require: eventlist\r\n" }], 420],
    [["n1", "active", { more: "Content-Encoding: gzip\r\n" }], 415],
    [["n1", "active", { more: "Contact: <sip:two@192.0.2.9>\r\n" }], 400],
  ];
  for (const [parts, status] of cases) assert.equal(world.notify(...parts), status, JSON.stringify(parts));
  assert.equal(world.notify("n1", "active", { cseq: 5 }), 200);
  assert.equal(world.notify("n1", "active", { cseq: 4, body: "old" }), 500, "out of order");
  assert.deepEqual(world.came, ["n1 active x"]);
});

Deno.test("refused, unanswered, or no NOTIFY within timer N: over, with the reason", () => {
  const refused = new SubscriberWorld();
  refused.subscribe();
  refused.answer("SUBSCRIBE", 503, "Retry-After: 17\r\n");
  assert.deepEqual(refused.ends, ["503 Service Unavailable 17"]);
  const silent = new SubscriberWorld();
  silent.subscribe();
  silent.time.advance(33_000);
  assert.equal(silent.ends.length, 1);
  const mute = new SubscriberWorld();
  mute.subscribe();
  mute.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
  mute.time.advance(33_000);
  assert.deepEqual(mute.ends, ["0 timeout -1"]);
  assert.equal(mute.subscriber.size, 0);
});

Deno.test("a refresh: 481 ends it, 500 leaves what was granted, no NOTIFY after it ends it", () => {
  const begun = () => {
    const world = new SubscriberWorld();
    world.subscribe();
    world.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
    world.notify("n1", "active;expires=600");
    world.time.advance(541_000);
    assert.equal(world.subscribes, 2);
    return world;
  };
  const gone = begun();
  gone.answer("SUBSCRIBE", 481);
  assert.equal(gone.ends[0].slice(0, 3), "481");
  const troubled = begun();
  troubled.answer("SUBSCRIBE", 500);
  troubled.time.advance(32_000);
  assert.equal(troubled.subscribes, 3, "once more before the end");
  assert.deepEqual(troubled.ends, []);
  const mute = begun();
  mute.answer("SUBSCRIBE", 200, "Expires: 600\r\n");
  mute.time.advance(33_000);
  assert.equal(mute.ends.length, 1);
});

Deno.test("a poll ends with its answer; an unsubscription before the first NOTIFY is made good by it", () => {
  const poll = new SubscriberWorld();
  poll.subscribe({ expires: 0 });
  assert.equal(poll.notify("n1", "terminated;reason=timeout"), 200);
  assert.deepEqual([poll.came, poll.ends], [["n1 terminated x"], ["0 timeout -1"]]);
  const early = new SubscriberWorld();
  early.subscribe().unsubscribe();
  early.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
  assert.equal(early.notify("n1", "active"), 200);
  assert.equal(early.lastSent("SUBSCRIBE").get("Expires"), "0");
});

Deno.test("a notifier that goes on instead of ending what we left is left all the same", () => {
  const world = new SubscriberWorld();
  const subscription = world.subscribe();
  world.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
  world.notify("n1", "active;expires=600");
  world.time.advance(40_000);
  subscription.unsubscribe();
  world.answer("SUBSCRIBE", 200, "Expires: 600\r\n");
  for (let second = 0; second < 30; second += 10) {
    assert.equal(world.notify("n1", "active;expires=600", { cseq: 2 + second }), 200);
    world.time.advance(10_000);
  }
  assert.equal(world.notify("n1", "active;expires=600", { cseq: 99 }), 200);
  world.time.advance(3000);
  assert.deepEqual([world.ends, world.subscriber.size], [["0 unsubscribed -1"], 0]);
});

Deno.test("a notifier that grants next to nothing does not have us refresh all the time", () => {
  const world = new SubscriberWorld();
  world.subscribe();
  world.answer("SUBSCRIBE", 200, "Expires: 600\r\nContact: <sip:peer@192.0.2.9>\r\n");
  for (let cseq = 1; cseq <= 60 && world.ends.length === 0; cseq++) {
    world.notify("n1", "active;expires=6", { cseq });
    world.time.advance(1000);
  }
  assert.equal(world.subscribes, 1, "each NOTIFY begins its time anew");
  world.notify("n1", "active;expires=1", { cseq: 90 });
  world.time.advance(2000);
  assert.deepEqual([world.subscribes, world.ends], [1, ["0 timeout -1"]]);
});

Deno.test("subscriptions of our own, and notifiers of one, are bounded", () => {
  const world = new SubscriberWorld(1);
  world.subscribe();
  assert.throws(() => world.subscribe(), RangeError);
  for (let i = 0; i < 8; i++) assert.equal(world.notify(`n${i}`, "active"), 200);
  assert.equal(world.notify("n8", "active"), 481);
});
