import assert from "node:assert/strict";
import { OPEN_RULES } from "../access.ts";
import { accept, answer, mediaOf, offer, SessionWorld, textOf } from "./testing/session_world.ts";

const SIZE = /^399 example\.test "133 Size exceeded: 999999999 bytes announced, 10485760 allowed"$/;

Deno.test("two users have a session through the box: each side sees only the box, and what ends one side ends the other", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const invited = world.invite(offer({ more: ["a=setup:actpass", "a=max-size:5000"] }));
  const [sent] = world.requests("INVITE");
  assert.equal(sent.request.uri, "sip:bob@203.0.113.1");
  assert.notEqual(sent.request.callId, invited.request.callId, "a call of its own");
  assert.match(sent.request.get("Contact")!, /\+g\.oma\.sip-im/);
  const offered = mediaOf(sent.request);
  assert.match(offered.path.join(), /^msrp:\/\/im\.example\.test:2855\/[A-Za-z0-9_-]{24};tcp$/);
  assert.equal(offered.setup, "actpass");
  assert.equal(offered.maxSize, 5000);
  assert.equal(offered.address, "im.example.test");
  assert.doesNotMatch(textOf(sent.request), /198\.51\.100|alice/, "nothing of the inviter's network");
  sent.answer(180, "Contact: <sip:bob@203.0.113.1>\r\n");
  accept(sent, answer({ types: "text/plain image/*", more: ["a=setup:active", "a=max-size:3000"] }));
  assert.deepEqual(invited.statuses, [180, 200]);
  const answered = mediaOf(invited.last);
  assert.match(answered.path.join(), /^msrp:\/\/im\.example\.test:2855\/[A-Za-z0-9_-]{24};tcp$/);
  assert.notEqual(answered.path[0], offered.path[0], "a session id for each leg");
  assert.deepEqual(answered.acceptTypes, ["text/plain", "image/*"]);
  assert.equal(answered.maxSize, 3000);
  assert.equal(answered.setup, "passive");
  world.within(invited, "ACK");
  const [media] = world.opened;
  assert.equal(media.told.get("inviter")!.active, false);
  assert.equal(media.told.get("invitee")!.active, false);
  assert.deepEqual(media.told.get("invitee")!.media.path, ["msrp://203.0.113.1:8888/bob1;tcp"]);
  const [row] = world.sessions.list();
  assert.deepEqual([row.from, row.to, row.state, row.anchored], [
    "sip:alice@example.test",
    "sip:bob@example.test",
    "up",
    true,
  ]);
  const bye = world.within(invited, "BYE", 'Reason: SIP;cause=200;text="done"\r\n');
  assert.deepEqual(bye.statuses, [200]);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /done/);
  assert.equal(media.closed, true);
  assert.equal(world.sessions.size, 0);
  assert.deepEqual(world.happened, [
    "sessionStarted sip:alice@example.test sip:bob@example.test",
    "sessionEnded inviter",
  ]);
});

Deno.test("who may not begin a session is told why", async (t) => {
  const cases: [string, (world: SessionWorld) => void, number, RegExp][] = [
    ["suspended", (world) => world.user("alice", { state: "suspended" }), 403, /suspended/],
    ["not logged in", (world) => world.settings.requireLogin = true, 403, /register first/],
    ["no account", (world) => world.users.delete("sip:alice@example.test"), 403, /no account/],
  ];
  for (const [name, arrange, status, reason] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld();
      world.device("bob", "sip:bob@203.0.113.1");
      arrange(world);
      const { last } = world.invite();
      assert.equal(last.status, status);
      assert.match(last.reason, reason);
      if (name !== "suspended") assert.match(last.get("Warning")!, /^399 example\.test "127 Service not authorised"$/);
      assert.equal(world.sent.length, 0);
    });
  }
});

Deno.test("what the recipient's side says", async (t) => {
  const cases: [
    string,
    ConstructorParameters<typeof SessionWorld>[0],
    (world: SessionWorld) => void,
    number,
    RegExp,
  ][] = [
    ["nobody there", {}, () => {}, 480, /not logged in/],
    ["barred", {}, (world) => world.user("bob", { state: "barred" }), 480, /cannot receive/],
    ["unknown", {}, (world) => world.users.delete("sip:bob@example.test"), 404, /No such user/],
    [
      "rules",
      { access: { ...OPEN_RULES, incoming: () => ({ verdict: "refuse", reason: "block list" }) } },
      (world) => world.device("bob", "sip:bob@203.0.113.1"),
      403,
      /does not accept/,
    ],
    [
      "sender's limit",
      { settings: { concurrent: 1 } },
      (world) => {
        world.user("carol");
        world.device("carol", "sip:carol@203.0.113.9");
        world.device("bob", "sip:bob@203.0.113.1");
        world.invite(offer(), { uri: "sip:carol@example.test" });
      },
      486,
      /as many sessions/,
    ],
    [
      "all sessions of the box",
      { settings: { maxSessions: 0 } },
      (world) => world.device("bob", "sip:bob@203.0.113.1"),
      503,
      /No more/,
    ],
    ["no door", { doors: ["tls"] }, (world) => world.device("bob", "sip:bob@203.0.113.1"), 488, /No MSRP door/],
  ];
  for (const [name, options, arrange, status, reason] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld(options);
      arrange(world);
      const { last } = world.invite();
      assert.equal(last.status, status);
      assert.match(last.reason, reason);
      if (name === "rules") {
        assert.equal(last.get("Warning"), '399 example.test "100 Function not allowed due to block list"');
      }
      if (status === 503) assert.equal(last.get("Retry-After"), "10");
    });
  }
});

Deno.test("content that the operator does not allow is refused before a byte moves, and the refusal says what is allowed", async (t) => {
  const file = (type: string, size: number) => ["a=sendonly", `a=file-selector:name:"a.bin" type:${type} size:${size}`];
  const types = [{ type: "text/plain", maxBytes: 1000 }, { type: "image/*", maxBytes: Number.MAX_SAFE_INTEGER }];
  const cases: [string, string, number, RegExp][] = [
    ["too large", offer({ more: file("image/png", 999_999_999) }), 403, SIZE],
    ["text over its own limit", offer({ more: file("text/plain", 1001) }), 403, /1001 bytes announced, 1000 allowed/],
    ["type", offer({ more: file("application/zip", 10) }), 415, /text\/plain, image\/\*/],
    ["accept-types", offer({ types: "application/zip" }), 488, /^305 example\.test "None of the content types/],
  ];
  for (const [name, sdp, status, says] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld({ settings: { types } });
      world.device("bob", "sip:bob@203.0.113.1");
      const { last } = world.invite(sdp);
      assert.equal(last.status, status);
      assert.match(last.get(status === 415 ? "Accept" : "Warning")!, says);
      assert.equal(last.get("Content-Type"), "application/sdp");
      assert.match(
        textOf(last),
        /m=message 0 TCP\/MSRP \*\r\na=accept-types:text\/plain image\/\* message\/cpim .*\r\na=max-size:10485760/,
      );
      assert.equal(world.sent.length, 0);
      assert.deepEqual(world.happened, [`sessionRefused ${status} content rules`]);
    });
  }
});

Deno.test("a file keeps its name and all it says of itself", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const selector = 'a=file-selector:name:"Sommer%20%C3%BC.jpg" type:image/jpeg size:4092 hash:sha-1:72:24:5F';
  const invited = world.invite(offer({ more: ["a=sendonly", "a=setup:actpass", selector, "a=file-transfer-id:x1"] }));
  const [sent] = world.requests("INVITE");
  assert.ok(textOf(sent.request).includes(selector), "octet by octet");
  assert.match(textOf(sent.request), /a=file-transfer-id:x1/);
  assert.equal(mediaOf(sent.request).direction, "sendonly");
  accept(sent, answer({ more: ["a=recvonly", "a=setup:active", selector, "a=file-transfer-id:x1"] }));
  assert.equal(invited.last.status, 200);
  assert.equal(mediaOf(invited.last).direction, "recvonly");
  assert.equal(world.sessions.list()[0].kind, "file");
});

Deno.test("a file that the device refuses by its port is declined, and the device hears that nothing came of it", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const selector = 'a=file-selector:name:"a.jpg" type:image/jpeg size:40';
  const invited = world.invite(offer({ more: ["a=sendonly", selector] }));
  accept(world.requests("INVITE")[0], answer({ port: 0, more: [] }));
  assert.deepEqual(invited.statuses, [603]);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("INVITEs of other services go on to the proxy as they are", async (t) => {
  const audio = "v=0\r\no=a 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
  for (const [name, sdp] of [["audio", audio], ["no offer", null], ["not SDP", "garbage"]] as const) {
    await t.step(name, () => {
      const world = new SessionWorld();
      world.device("bob", "sip:bob@203.0.113.1");
      const invited = world.invite(sdp);
      assert.equal(world.sent.length, 1);
      assert.equal(world.sent[0].request.callId, invited.request.callId);
      assert.equal(world.sessions.size, 0);
    });
  }
});

Deno.test("an INVITE of the service whose body is no use gets a precise answer", async (t) => {
  const im = "Accept-Contact: *;+g.oma.sip-im\r\n";
  const audio = "v=0\r\no=a 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
  const cases: [string, string, string, number, RegExp][] = [
    ["not SDP", "garbage", im, 400, /malformed/],
    ["audio only", audio, im, 488, /No message section/],
    ["another type", "x", `${im}Content-Type: text/plain\r\n`, 415, /session description/],
    ["encoded", offer(), `${im}Content-Encoding: gzip\r\n`, 415, /encoding/],
    ["path missing", offer().replace(/a=path:.*\r\n/, ""), im, 400, /path/],
  ];
  for (const [name, sdp, headers, status, reason] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld();
      world.device("bob", "sip:bob@203.0.113.1");
      const { last } = world.invite(sdp, { headers });
      assert.equal(last.status, status);
      assert.match(last.reason, reason);
    });
  }
});

Deno.test("all devices ring at once; the first that takes it has it, and the others are called off", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  world.device("bob", "sip:bob@203.0.113.2", { q: 0.1 });
  const invited = world.invite();
  const [one, two] = world.requests("INVITE");
  one.answer(180, "Contact: <sip:bob@203.0.113.1>\r\n");
  two.answer(180, "Contact: <sip:bob@203.0.113.2>\r\n");
  accept(two, answer());
  assert.deepEqual(invited.statuses, [180, 200], "several devices ring as one");
  assert.equal(one.cancelled, true);
  one.answer(487);
  assert.equal(world.sessions.size, 1);
  assert.equal(world.sessions.list()[0].state, "up");
});

Deno.test("two devices that take it in the same moment: the second one is let go", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  world.device("bob", "sip:bob@203.0.113.2");
  world.invite();
  const [one, two] = world.requests("INVITE");
  accept(one, answer());
  accept(two, answer());
  const byes = world.requests("BYE");
  assert.equal(byes.length, 1);
  assert.equal(byes[0].request.callId, two.request.callId);
});

Deno.test("what the devices' answers make of an invitation", async (t) => {
  const cases: [answers: number[], status: number][] = [
    [[486], 486],
    [[603], 603],
    [[480], 480],
    [[408], 480],
    [[404], 404],
    [[486, 480], 486],
    [[480, 603], 603],
    [[407], 403],
    [[503], 480],
  ];
  for (const [answers, status] of cases) {
    await t.step(answers.join(" and "), () => {
      const world = new SessionWorld();
      answers.forEach((_, i) => world.device("bob", `sip:bob@203.0.113.${i}`));
      const invited = world.invite();
      const sent = world.requests("INVITE");
      answers.forEach((answered, i) => sent[i].answer(answered, 'Warning: 399 x "Busy with lunch"\r\n'));
      assert.deepEqual(invited.statuses, [status]);
      if (status === 486 || status === 603) assert.ok(invited.last.get("Warning") !== undefined || answers.length > 1);
      assert.equal(world.sessions.size, 0);
    });
  }
});

Deno.test("the inviter gives up, or nobody answers: every device is called off", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const given = world.invite();
  const [first] = world.requests("INVITE");
  first.answer(180, "Contact: <sip:bob@203.0.113.1>\r\n");
  given.user!.onCancel(given, given.request);
  assert.deepEqual(given.statuses, [180, 487]);
  assert.equal(first.cancelled, true);
  accept(first, answer());
  assert.equal(world.requests("BYE").length, 1, "a 2xx that crossed the CANCEL is undone");
  assert.deepEqual(world.happened, ["sessionRefused 487 inviter"]);
  world.settings.answerWithin_s = 20;
  const late = world.invite();
  const [, second] = world.requests("INVITE");
  second.answer(180, "Contact: <sip:bob@203.0.113.1>\r\n");
  world.time.advance(20_100);
  assert.equal(second.cancelled, true);
  second.answer(487);
  assert.equal(late.last.status, 480);
});

Deno.test("a session without messages ends with a Reason on both sides; messages keep it", () => {
  const world = new SessionWorld();
  const { media } = world.session();
  world.time.advance(200_000);
  media.lastTraffic = world.time.monotonic();
  world.time.advance(200_000);
  assert.equal(world.sessions.size, 1);
  world.time.advance(200_000);
  assert.equal(world.sessions.size, 0);
  const byes = world.requests("BYE");
  assert.equal(byes.length, 2);
  for (const bye of byes) assert.equal(bye.request.get("Reason"), 'SIP;cause=200;text="inactivity"');
  assert.deepEqual(world.happened.at(-1), "sessionEnded inactivity");
});

Deno.test("a party whose connection broke has fifteen seconds to come again", () => {
  const world = new SessionWorld();
  const { media } = world.session();
  media.listener.onLost("invitee");
  world.time.advance(14_000);
  media.listener.onBound("invitee");
  world.time.advance(14_000);
  assert.equal(world.sessions.size, 1);
  media.listener.onLost("inviter");
  world.time.advance(15_200);
  assert.equal(world.sessions.size, 0);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /MSRP connection lost/);
});

Deno.test("what ends sessions from outside", async (t) => {
  const cases: [string, (world: SessionWorld) => void, string | null][] = [
    ["administrator", (world) => world.sessions.end(world.sessions.list()[0].id), "administrator"],
    ["shutdown", (world) => world.sessions.endAll(), "shutdown"],
    ["suspended", (world) => world.sessions.endOf("sip:bob@example.test"), "user not in service"],
    ["device signs off", (world) => unregister(world, "removed"), "registration lost"],
    ["registration expires", (world) => unregister(world, "expired"), "registration lost"],
    ["connection of the registration breaks", (world) => unregister(world, "flow"), null],
    ["the longest duration", (world) => {
      world.settings.maxDuration_s = 60;
      world.settings.idle_s = 0;
      world.time.advance(121_000);
    }, "duration"],
  ];
  for (const [name, act, why] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld();
      world.session();
      act(world);
      assert.equal(world.sessions.size, why === null ? 1 : 0);
      if (why !== null) assert.equal(world.happened.at(-1), `sessionEnded ${why}`);
    });
  }
});

function unregister(world: SessionWorld, why: "removed" | "expired" | "flow"): void {
  const aor = "sip:bob@example.test";
  const [binding] = world.bindings(aor);
  world.places.set(aor, []);
  world.coreEvents.emit("unregistered", { aor, binding, why, at: world.time.now() });
}

Deno.test("sessions are listed oldest first and in pages, and those of a user counted", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const all = Array.from({ length: 4 }, () => world.invite(offer()));
  const ids = world.sessions.list().map(({ id }) => id);
  assert.deepEqual([ids.length, world.sessions.of("sip:bob@example.test")], [4, 4]);
  assert.deepEqual(world.sessions.list("", 2).map(({ id }) => id), ids.slice(0, 2));
  assert.deepEqual(world.sessions.list(ids[1], 2).map(({ id }) => id), ids.slice(2));
  assert.deepEqual(world.sessions.list("gone").length, 4, "from the beginning where that one is no more");
  assert.equal(world.sessions.end(ids[1]), true);
  assert.equal(world.sessions.end(ids[1]), false);
  assert.deepEqual(world.sessions.list().map(({ id }) => id), [ids[0], ids[2], ids[3]]);
  assert.equal(world.sessions.of("sip:alice@example.test"), 3);
  world.sessions.endAll();
  assert.deepEqual([world.sessions.size, world.sessions.list(), world.sessions.of("sip:alice@example.test")], [
    0,
    [],
    0,
  ]);
  assert.ok(all.every(({ statuses }) => statuses.at(-1) === 480));
});
