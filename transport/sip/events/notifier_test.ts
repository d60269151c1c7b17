import assert from "node:assert/strict";
import { EventWorld } from "../testing/event_world.ts";

Deno.test("SUBSCRIBE: 200 with Contact, Expires and To tag, then NOTIFY at once with the full state", () => {
  const world = new EventWorld();
  const answer = world.request("SUBSCRIBE", { more: "Record-Route: <sip:192.0.2.8;lr>\r\nAccept: text/plain\r\n" });
  assert.equal(answer.status, 200);
  assert.equal(answer.header("Expires"), "600");
  assert.match(answer.header("Contact")!, /^<sip:s1@192\.0\.2\.1:5060>$/);
  assert.equal(answer.header("Record-Route"), "<sip:192.0.2.8;lr>");
  const notify = world.lastNotify;
  assert.equal(notify.check(), null);
  assert.equal(notify.uri, "sip:watcher@192.0.2.9:5060");
  assert.equal(notify.get("Route"), "<sip:192.0.2.8;lr>");
  assert.deepEqual([notify.from.tag, notify.to.tag, notify.callId], [answer.toTag, "w1", "sub1"]);
  assert.equal(notify.get("Event"), "presence");
  assert.equal(notify.get("Content-Type"), "text/plain");
  assert.deepEqual(world.notifies, ["active;expires=600 | full closed 0"]);
  assert.deepEqual(world.presence.admitted, ["sip:watcher@a.test → sip:bob@b.test"]);
});

Deno.test("the core can ask which packages and which dialogs are the server's", () => {
  const world = new EventWorld();
  assert.deepEqual([world.server.serves("reg"), world.server.serves("dialog")], [true, false]);
  const tag = world.request("SUBSCRIBE").toTag;
  world.request("SUBSCRIBE", { toTag: tag, cseq: 2 });
  world.request("SUBSCRIBE", { toTag: "other", cseq: 3 });
  assert.deepEqual(world.core.requests.map(({ request }) => world.server.owns(request)), [false, true, false]);
});

Deno.test("what is wrong with a SUBSCRIBE gets its answer, and nothing is kept", () => {
  const world = new EventWorld();
  const cases: [Parameters<EventWorld["request"]>[1], number, string, string | undefined][] = [
    [{ event: "" }, 489, "Allow-Events", "presence, reg"],
    [{ event: "dialog" }, 489, "Allow-Events", "presence, reg"],
    [{ expires: 59 }, 423, "Min-Expires", "60"],
    [{ more: "Accept: image/png\r\n" }, 406, "Accept", "application/pidf+xml, text/plain"],
    [{ more: "Require: foo, bar\r\n" }, 420, "Unsupported", "foo, bar"],
    [{ body: "x", more: "Content-Encoding: gzip\r\n" }, 415, "Accept-Encoding", "identity"],
    [{ contact: "" }, 400, "Contact", undefined],
    [{ toTag: "nobody" }, 481, "Expires", undefined],
  ];
  for (const [parts, status, name, value] of cases) {
    const answer = world.request("SUBSCRIBE", { callId: `bad${status}`, ...parts });
    assert.equal(answer.status, status);
    assert.equal(answer.header(name), value);
    assert.notEqual(answer.toTag, "");
  }
  world.presence.admission = { state: "refused", status: 404, reason: "Nobody Here" };
  assert.match(world.request("SUBSCRIBE").head, /^SIP\/2\.0 404 Nobody Here\r\n/);
  assert.deepEqual([world.server.size, world.notifies], [0, []]);
});

Deno.test("the interval is shortened to the maximum, defaulted where absent, and never too brief from an hour on", () => {
  const world = new EventWorld();
  assert.equal(world.request("SUBSCRIBE", { expires: 86_400 }).header("Expires"), "7200");
  assert.equal(world.request("SUBSCRIBE", { expires: null, callId: "x" }).header("Expires"), "3600");
});

Deno.test("one NOTIFY under way at a time, the latest state wins, and not too fast", () => {
  const world = new EventWorld();
  world.request("SUBSCRIBE");
  for (const state of ["one", "two", "three"]) {
    world.presence.state = state;
    world.server.changed("presence", "sip:bob@b.test");
  }
  world.server.changed("presence", "sip:other@b.test");
  assert.equal(world.notifies.length, 1);
  world.answer("NOTIFY", 200);
  assert.equal(world.notifies.length, 1, "the minimum interval");
  world.time.advance(600);
  assert.deepEqual(world.notifies.slice(1), ["active;expires=600 | full three 1"]);
  world.answer("NOTIFY", 200);
  world.time.advance(600);
  world.presence.state = "four";
  world.server.changed("presence", "sip:bob@b.test");
  assert.equal(world.notifies.at(-1), "active;expires=599 | full four 2", "after a pause at once");
  assert.equal(world.lastNotify.get("CSeq"), "3 NOTIFY");
});

Deno.test("a package that knows differences is asked for them, for all of it after a refresh, and may send none", () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  const tag = world.request("SUBSCRIBE", { event: "reg" }).toTag;
  world.answer("NOTIFY", 200);
  world.reg.state = "new";
  world.server.changed("reg", "sip:bob@b.test");
  world.answer("NOTIFY", 200);
  world.reg.state = "same";
  world.server.changed("reg", "sip:bob@b.test");
  assert.equal(world.notifies.length, 2);
  world.request("SUBSCRIBE", { event: "reg", toTag: tag, cseq: 2 });
  assert.deepEqual(world.notifies.map((text) => text.split("| ")[1]), [
    "full closed 0",
    "partial new 1",
    "full same 2",
  ]);
});

Deno.test("refresh: in the dialog, by the same watcher, in order; other events of a dialog are refused", () => {
  const world = new EventWorld();
  const tag = world.request("SUBSCRIBE", { event: "presence;id=7", cseq: 5 }).toTag;
  world.answer("NOTIFY", 200);
  world.time.advance(300_000);
  const refresh = { event: "presence;id=7", toTag: tag, cseq: 6, contact: "<sip:watcher@192.0.2.99>" };
  assert.equal(world.request("SUBSCRIBE", refresh).header("Expires"), "600");
  assert.equal(world.lastNotify.uri, "sip:watcher@192.0.2.99", "the new target");
  assert.equal(world.lastNotify.get("Event"), "presence;id=7");
  assert.equal(world.server.size, 1);
  assert.equal(world.request("SUBSCRIBE", { ...refresh, cseq: 4 }).status, 500);
  assert.equal(world.request("SUBSCRIBE", { ...refresh, cseq: 7, event: "presence" }).status, 403);
  world.identity = { aor: "sip:mallory@a.test" };
  assert.equal(world.request("SUBSCRIBE", { ...refresh, cseq: 8 }).status, 403);
  world.answer("NOTIFY", 200);
  world.time.advance(599_000);
  assert.equal(world.server.size, 1, "the refresh counts");
  world.time.advance(2_000);
  assert.equal(world.server.size, 0);
});

Deno.test("the end: not refreshed, asked for, or a poll; each with the state and reason=timeout", () => {
  const world = new EventWorld();
  const tag = world.request("SUBSCRIBE").toTag;
  world.answer("NOTIFY", 200);
  world.time.advance(601_000);
  assert.equal(world.notifies.at(-1), "terminated;reason=timeout | full closed 1");
  assert.equal(world.request("SUBSCRIBE", { toTag: tag, cseq: 2 }).status, 481);

  const other = world.request("SUBSCRIBE", { callId: "sub2" }).toTag;
  world.answer("NOTIFY", 200);
  assert.equal(
    world.request("SUBSCRIBE", { callId: "sub2", toTag: other, cseq: 2, expires: 0 }).header("Expires"),
    "0",
  );
  assert.equal(world.notifies.at(-1), "terminated;reason=timeout | full closed 1");

  assert.equal(world.request("SUBSCRIBE", { callId: "poll", expires: 0 }).status, 200);
  assert.equal(world.notifies.at(-1), "terminated;reason=timeout | full closed 0");
  assert.equal(world.server.size, 0);
});

Deno.test("a pending watcher sees nothing until the rules say so, nor does a rejected one", () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  world.presence.admission = { state: "pending" };
  world.request("SUBSCRIBE");
  world.answer("NOTIFY", 200);
  world.server.changed("presence", "sip:bob@b.test");
  assert.deepEqual(world.notifies, ["pending;expires=600 | "]);
  world.presence.admission = { state: "active" };
  world.server.reauthorize("presence", "sip:bob@b.test");
  assert.equal(world.notifies.at(-1), "active;expires=600 | full closed 1");
  world.answer("NOTIFY", 200);
  world.presence.admission = { state: "refused", status: 403 };
  world.server.reauthorize("presence", "sip:bob@b.test");
  assert.equal(world.notifies.at(-1), "terminated;reason=rejected | ");
  world.presence.admission = { state: "pending" };
  world.request("SUBSCRIBE", { callId: "poll", expires: 0 });
  assert.equal(world.notifies.at(-1), "terminated;reason=timeout | ", "a pending poll learns nothing");
});

Deno.test("terminate waits for the NOTIFY under way; terminateAll ends everybody", () => {
  const world = new EventWorld();
  world.request("SUBSCRIBE");
  world.server.terminate("presence", "sip:bob@b.test", "noresource");
  assert.equal(world.notifies.length, 1);
  world.answer("NOTIFY", 200);
  assert.equal(world.notifies[1], "terminated;reason=noresource | ");
  world.request("SUBSCRIBE", { callId: "b" });
  world.answer("NOTIFY", 200);
  world.server.terminateAll("deactivated");
  assert.equal(world.notifies.at(-1), "terminated;reason=deactivated | ");
  assert.equal(world.server.size, 0);
});

Deno.test("RFC 6665 §4.2.2: which answers to NOTIFY, and silence, end a subscription", () => {
  for (const status of [404, 405, 410, 416, 480, 481, 485, 489, 501, 604]) {
    const world = new EventWorld();
    world.request("SUBSCRIBE");
    world.answer("NOTIFY", status);
    assert.equal(world.server.size, 0, String(status));
  }
  const world = new EventWorld();
  world.request("SUBSCRIBE");
  world.time.advance(33_000);
  assert.equal(world.server.size, 0, "timer F");
  assert.equal(world.notifies.length, 1 + 10, "the retransmissions only");
});

Deno.test("other failures are tried again with the whole state, as late as asked, and not for ever", () => {
  const world = new EventWorld();
  world.request("SUBSCRIBE", { event: "reg", expires: 3600 });
  world.answer("NOTIFY", 503, "Retry-After: 20\r\n");
  world.time.advance(19_000);
  assert.equal(world.notifies.length, 1);
  world.reg.state = "later";
  world.server.changed("reg", "sip:bob@b.test");
  world.time.advance(1_500);
  assert.match(world.notifies[1], /full later 1$/);
  world.answer("NOTIFY", 500);
  world.time.advance(31_000);
  world.answer("NOTIFY", 500);
  world.time.advance(121_000);
  assert.equal(world.server.size, 1);
  world.answer("NOTIFY", 500);
  assert.equal(world.server.size, 0);
});

Deno.test("a connection without room is no failure: the NOTIFY goes over it as soon as there is some, however late", async () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  const flow = world.inbound("tcp");
  world.request("SUBSCRIBE", { contact: "<sip:watcher@192.0.2.50;transport=tcp>", expires: 3600 }, flow);
  world.answer("NOTIFY", 200);
  flow.full = true;
  world.presence.state = "late";
  let made = 0;
  const { presence } = world, full = presence.full.bind(presence);
  presence.full = (subscription) => {
    made++;
    return full(subscription);
  };
  world.server.changed("presence", "sip:bob@b.test");
  for (let i = 0; i < 50; i++) {
    await Promise.resolve();
    world.time.advance(200);
  }
  assert.equal(world.notifies.length, 1);
  assert.ok(made > 3 && made < 12, `made ${made} times for a reader that takes nothing`);
  flow.full = false;
  await Promise.resolve();
  world.time.advance(3200);
  assert.match(world.notifies[1], /^active;expires=\d+ \| full late/);
  assert.equal(world.sent("NOTIFY")[1].flow, flow);
  assert.equal(world.server.size, 1);
});

Deno.test("the last NOTIFY waits for room in its connection for some seconds, and no longer", async () => {
  for (const [wait_ms, told] of [[3000, 2], [9000, 1]]) {
    const world = new EventWorld();
    const flow = world.inbound("tcp");
    world.request("SUBSCRIBE", { contact: "<sip:watcher@192.0.2.50;transport=tcp>" }, flow);
    world.answer("NOTIFY", 200);
    flow.full = true;
    world.server.terminate("presence", "sip:bob@b.test", "noresource");
    for (let ms = 0; ms < wait_ms; ms += 100) {
      await Promise.resolve();
      world.time.advance(100);
    }
    flow.full = false;
    for (let ms = 0; ms < 20_000; ms += 100) {
      await Promise.resolve();
      world.time.advance(100);
    }
    assert.equal(new Set(world.sent("NOTIFY").map(({ message }) => message.cseq.number)).size, told);
  }
});

Deno.test("what a datagram does not take is tried a few times, and not for as long as the subscription lasts", async () => {
  const world = new EventWorld({ minInterval_ms: 0 });
  const flow = world.inbound("udp");
  world.request("SUBSCRIBE", { contact: "<sip:watcher@192.0.2.50>", expires: 3600 }, flow);
  world.answer("NOTIFY", 200);
  flow.full = true;
  world.server.changed("presence", "sip:bob@b.test");
  for (let second = 0; second < 200; second++) {
    await Promise.resolve();
    world.time.advance(1000);
  }
  assert.equal(world.server.size, 0);
});

Deno.test("NOTIFY goes over the flow of the SUBSCRIBE where the Contact leads nowhere else", () => {
  const cases: ["udp" | "tcp" | "ws", string, boolean][] = [
    ["ws", "<sip:w@df7jal23ls0d.invalid;transport=ws>", true],
    ["tcp", "<sip:watcher@192.0.2.50;transport=tcp>", true],
    ["udp", "<sip:watcher@10.0.0.5:5060>", true], // behind a NAT
    ["udp", "<sip:watcher@192.0.2.9:5062;ob>", true],
    ["udp", "<sip:watcher@192.0.2.9:5062>", false],
  ];
  for (const [transport, contact, over] of cases) {
    const world = new EventWorld();
    const flow = world.inbound(transport);
    assert.equal(world.request("SUBSCRIBE", { contact }, flow).status, 200);
    assert.equal(world.sent("NOTIFY")[0].flow === flow, over, contact);
    assert.equal(`<${world.lastNotify.uri}>`, contact);
  }
});

Deno.test("a subscriber by GRUU is found through our bindings, also on a new connection", () => {
  let flowId = 0;
  const world = new EventWorld({
    minInterval_ms: 0,
    ownTarget: (uri) =>
      uri.host === "a.test" ? { uri: "sip:w@192.0.2.77:5077;transport=tcp", routes: [], flowId } : null,
  });
  const first = world.inbound("tcp");
  flowId = first.id;
  world.request("SUBSCRIBE", { contact: "<sip:watcher@a.test;gr=urn:uuid:1>" }, first);
  assert.equal(world.sent("NOTIFY")[0].flow, first);
  assert.equal(world.lastNotify.uri, "sip:w@192.0.2.77:5077;transport=tcp");
  world.answer("NOTIFY", 200);
  first.close("gone");
  const second = world.inbound("tcp", "192.0.2.10");
  flowId = second.id;
  world.server.changed("presence", "sip:bob@b.test");
  assert.equal(second.lines()[0], "NOTIFY sip:w@192.0.2.77:5077;transport=tcp SIP/2.0");
});

Deno.test("subscriptions are bounded: in all, and for one watcher", () => {
  const world = new EventWorld({ maxSubscriptions: 3, maxPerWatcher: 2 });
  for (const callId of ["a", "b"]) assert.equal(world.request("SUBSCRIBE", { callId }).status, 200);
  assert.equal(world.request("SUBSCRIBE", { callId: "c" }).status, 403);
  world.identity = { aor: "sip:other@a.test" };
  assert.equal(world.request("SUBSCRIBE", { callId: "d" }).status, 200);
  const refused = world.request("SUBSCRIBE", { callId: "e" });
  assert.deepEqual([refused.status, refused.header("Retry-After")], [503, "60"]);
  world.time.advance(700_000);
  assert.equal(world.server.size, 0);
  assert.equal(world.request("SUBSCRIBE", { callId: "f" }).status, 200, "what ended makes room");
});

Deno.test("a package may know its subscriptions, with filter and accepted types", () => {
  const world = new EventWorld();
  world.request("SUBSCRIBE", {
    body: "<filter/>",
    more: "Content-Type: application/simple-filter+xml\r\nAccept: */*\r\n",
  });
  const [subscription] = world.server.subscriptions("presence", "sip:bob@b.test");
  assert.equal(subscription.filter?.contentType, "application/simple-filter+xml");
  assert.deepEqual(subscription.accept, ["application/pidf+xml", "text/plain"]);
  assert.equal(subscription.sent, 1);
});
