import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1 } from "../../foundation/mod.ts";
import { LOST } from "./connection.ts";
import { DEFAULT_CONNECTION_LIMITS } from "./connection_limits.ts";
import { frame, FROM, head, parsed, TO } from "./testing/frames.ts";
import { RecordingUser, turn, World } from "./testing/world.ts";

const ANSWER = (tid: string, status = "200 OK") =>
  `MSRP ${tid} ${status}\r\nTo-Path: ${FROM}\r\nFrom-Path: ${TO}\r\n-------${tid}$\r\n`;

/** The requests that went out, as `start-flag-body`. */
function chunks(text: string): string[] {
  return parsed(text).told.map((one) => {
    assert.ok(one.kind === "request", JSON.stringify(one));
    return `${one.request.messageId} ${one.request.start}${one.continuation}${one.body}`;
  });
}
function tids(text: string): string[] {
  return [...text.matchAll(/^MSRP (\S+) [A-Z]/gm)].map((found) => found[1]);
}

Deno.test("what is sent in one turn goes out in one write, in order", async () => {
  const { duplex, connection } = await new World().bound();
  for (let i = 0; i < 5; i++) {
    assert.equal(connection.send(head({ messageId: `m${i}` }), fromLatin1(`${i}`), "$", null), true);
  }
  assert.equal(duplex.writes.length, 0);
  await turn();
  assert.equal(duplex.writes.length, 1);
  assert.deepEqual(chunks(duplex.text), ["m0 1$0", "m1 1$1", "m2 1$2", "m3 1$3", "m4 1$4"]);
});

Deno.test("one write at a time: what is sent meanwhile goes out together afterwards", async () => {
  const { duplex, connection } = await new World().bound();
  duplex.takes = false;
  for (let i = 0; i < 4; i++) {
    connection.send(head({ messageId: `m${i}` }), fromLatin1("x"), "$", null);
    await turn();
  }
  assert.equal(duplex.writes.length, 1);
  duplex.take();
  assert.equal(duplex.writes.length, 2);
  assert.deepEqual(chunks(duplex.text), ["m0 1$x", "m1 1$x", "m2 1$x", "m3 1$x"]);
  duplex.take();
  assert.equal(connection.queued, 0);
});

Deno.test("over WebSocket each write is one frame (RFC 7977 §5.1), and a chunk is ended with the turn", async () => {
  const { duplex, connection } = await new World().bound("9di4eae923wzd", "ws");
  connection.send(head({ messageId: "a" }), fromLatin1("1"), "$", null);
  const chunk = connection.begin(head({ messageId: "b", total: 6 }), null)!;
  chunk.write(fromLatin1("xx"));
  connection.send(head({ messageId: "c" }), fromLatin1("2"), "$", null);
  chunk.write(fromLatin1("yy"));
  await turn();
  chunk.write(fromLatin1("zz"));
  chunk.finish("$");
  await turn();
  const written = duplex.writes.map((octets) => chunks(String.fromCharCode(...octets)));
  assert.deepEqual(written, [["a 1$1"], ["b 1+xx"], ["c 1$2"], ["b 3+yy"], ["b 5$zz"]]);
});

Deno.test("a connection that is being made queues; one that cannot be made tells its users", async () => {
  const world = new World();
  const uri = { secure: false, user: "", host: "peer.test", port: 2855, sessionId: "x", transport: "tcp", text: "" };
  const options = { share: false, fingerprints: [], address: null };
  const connection = world.board.connect(uri, options)!;
  const failing = world.board.connect(uri, options)!;
  const user = new RecordingUser();
  connection.send(head(), fromLatin1("x"), "$", user, "a");
  failing.send(head(), fromLatin1("x"), "$", user, "b");
  await turn();
  const [first, second] = world.dialled.map(({ duplex }) => duplex);
  assert.equal(first.writes.length, 0);
  first.user.onConnected();
  assert.equal(chunks(first.text).length, 1);
  second.user.onClosed("connection refused");
  assert.deepEqual(user.answers, []);
  await turn();
  assert.deepEqual(user.answers, [[LOST, "b"]]);
});

Deno.test("the answer of the next hop comes to the one that asked", async () => {
  const { duplex, connection } = await new World().bound();
  const user = new RecordingUser();
  for (const context of ["a", "b", "c"]) connection.send(head(), fromLatin1("x"), "$", user, context);
  await turn();
  const [a, b, c] = tids(duplex.text);
  duplex.say(ANSWER(b) + ANSWER(c, "413 too large"));
  duplex.say(ANSWER(b) + ANSWER("unknown1"));
  assert.deepEqual(user.answers, [[200, "b"], [413, "c"]]);
  duplex.say(ANSWER(a).replace("-------", "Use-Path: msrp://relay;tcp\r\n-------"));
  assert.deepEqual(user.answers.at(-1), [200, "a"]);
  assert.equal(user.others, "Use-Path: msrp://relay;tcp\r\n");
});

Deno.test("the answer to a request counts on its own connection only", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const other = world.accept();
  const user = new RecordingUser();
  connection.send(head(), fromLatin1("x"), "$", user);
  await turn();
  other.duplex.say(ANSWER(tids(duplex.text)[0]));
  assert.deepEqual(user.answers, []);
  duplex.say(ANSWER(tids(duplex.text)[0]));
  assert.deepEqual(user.answers, [[200, undefined]]);
});

Deno.test("no answer within 30 s is 408; with Failure-Report partial silence is success; with no nothing is told", async () => {
  const world = new World();
  const { connection } = await world.bound();
  const user = new RecordingUser();
  connection.send(head(), fromLatin1("x"), "$", user, "yes");
  connection.send(head({ failureReport: "partial" }), fromLatin1("x"), "$", user, "partial");
  connection.send(head({ failureReport: "no" }), fromLatin1("x"), "$", user, "no");
  connection.send(head({ method: "REPORT" }), fromLatin1(""), "$", user, "report");
  await turn();
  world.time.advance(29_000);
  assert.deepEqual(user.answers, []);
  world.time.advance(3_000);
  assert.deepEqual(user.answers, [[408, "yes"], [200, "partial"]]);
  assert.equal(world.metrics.value("msrp_timeouts_total", "response"), 1);
  assert.equal(world.metrics.value("msrp_pending_requests"), 0);
});

Deno.test("the 30 s begin when the octets go to the system", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const user = new RecordingUser();
  duplex.takes = false;
  connection.send(head(), fromLatin1("x"), "$", null);
  await turn();
  connection.send(head(), fromLatin1("x"), "$", user);
  world.time.advance(20_000);
  duplex.take();
  duplex.take();
  world.time.advance(20_000);
  assert.deepEqual(user.answers, []);
  world.time.advance(12_000);
  assert.deepEqual(user.answers, [[408, undefined]]);
});

Deno.test("when it dies the users are told in order, then the sessions, never inside the call", async () => {
  const world = new World();
  const { duplex, connection, end } = await world.bound();
  const user = new RecordingUser();
  for (const context of [1, 2, 3]) connection.send(head(), fromLatin1("x"), "$", user, context);
  const chunk = connection.begin(head(), user, "chunk")!;
  chunk.write(fromLatin1("abc"));
  await turn();
  duplex.say(ANSWER(tids(duplex.text)[1]));
  duplex.user.onClosed("reset");
  assert.equal(connection.open, false);
  assert.equal(user.answers.length, 1);
  assert.equal(end.whats(), "");
  chunk.write(fromLatin1("def"));
  chunk.finish("$");
  assert.equal(connection.send(head(), fromLatin1("x"), "$", user, "late"), false);
  assert.equal(connection.begin(head(), user), null);
  await turn();
  assert.deepEqual(user.answers, [[200, 2], [LOST, 1], [LOST, 3], [LOST, "chunk"]]);
  assert.deepEqual(end.told, [{ what: "lost", reason: "reset" }]);
  assert.equal(world.metrics.value("msrp_pending_requests"), 0);
  assert.equal(world.board.connections, 0);
});

Deno.test("answers: what Failure-Report forbids is not said, a REPORT is never answered", async () => {
  const { duplex, connection } = await new World().bound();
  const request = (lines: string, method = "SEND") => {
    const told = parsed(frame({ lines, method }, null)).told[0];
    assert.ok(told.kind === "request");
    return told.request;
  };
  const said = async (lines: string, status: number, method?: string) => {
    duplex.writes.length = 0;
    connection.respond(request(lines, method), status);
    await turn();
    return duplex.statuses;
  };
  assert.deepEqual(await said("", 200), ["d93kswow 200"]);
  assert.deepEqual(await said("", 413), ["d93kswow 413"]);
  assert.deepEqual(await said("Failure-Report: partial\r\n", 200), []);
  assert.deepEqual(await said("Failure-Report: partial\r\n", 413), ["d93kswow 413"]);
  assert.deepEqual(await said("Failure-Report: no\r\n", 413), []);
  assert.deepEqual(await said("", 481, "REPORT"), []);
  assert.deepEqual(await said("", 200, "AUTH"), ["d93kswow 200"]);
});

Deno.test("a chunk in pieces is one transaction while nothing comes in between", async () => {
  const { duplex, connection } = await new World().bound();
  const user = new RecordingUser();
  const chunk = connection.begin(head({ total: 30 }), user, "m")!;
  for (let i = 0; i < 3; i++) {
    chunk.write(fromLatin1(`${i}`.repeat(10)));
    await turn();
  }
  chunk.finish("$");
  chunk.write(fromLatin1("too late"));
  chunk.finish("$");
  await turn();
  assert.deepEqual(chunks(duplex.text), [`12339sdqwer 1$${"0".repeat(10)}${"1".repeat(10)}${"2".repeat(10)}`]);
  assert.match(duplex.text, /Byte-Range: 1-\*\/30\r\n/);
  duplex.say(ANSWER(tids(duplex.text)[0]));
  assert.deepEqual(user.answers, [[200, "m"]]);
});

Deno.test("another frame interrupts a chunk, which goes on further on as a new transaction (RFC 4975 §5.1)", async () => {
  const { duplex, connection, end } = await new World().bound();
  const user = new RecordingUser();
  const chunk = connection.begin(head({ messageId: "long", start: 101, total: 200 }), user, "long")!;
  const other = connection.begin(head({ messageId: "other" }), user, "other")!;
  chunk.write(fromLatin1("abc"));
  chunk.write(fromLatin1("de"));
  connection.send(head({ messageId: "short" }), fromLatin1("hi"), "$", user, "short");
  chunk.write(fromLatin1("fgh"));
  duplex.say(frame({ messageId: "asked" }, "?"));
  assert.equal(end.whats(), "whole");
  chunk.write(fromLatin1("i"));
  other.write(fromLatin1("XY"));
  chunk.write(fromLatin1("j"));
  other.finish("#");
  chunk.finish("$");
  await turn();
  const told = parsed(duplex.text).told;
  const requests = told.filter((one) => one.kind === "request");
  assert.deepEqual(
    requests.map(({ request, body, continuation }) => `${request.messageId} ${request.start}${continuation}${body}`),
    [
      "long 101+abcde",
      "short 1$hi",
      "long 106+fgh",
      "long 109+i",
      "other 1+XY",
      "long 110+j",
      "other 3#",
      "long 111$",
    ],
  );
  assert.equal(told[3].kind, "response");
  assert.equal(new Set(requests.map(({ request }) => request.tid)).size, 8);
  // Of the interrupted transactions only failures are told.
  for (const { request } of requests) duplex.say(ANSWER(request.tid, request.start === 109 ? "413 stop" : "200 OK"));
  assert.deepEqual(user.answers, [[200, "short"], [413, "long"], [200, "other"], [200, "long"]]);
});

Deno.test("an answer that comes before the end of its chunk: failure at once, success with the end", async () => {
  const { duplex, connection } = await new World().bound();
  const user = new RecordingUser();
  const good = connection.begin(head({ messageId: "good" }), user, "good")!;
  good.write(fromLatin1("abc"));
  await turn();
  duplex.say(ANSWER(tids(duplex.text)[0]));
  assert.deepEqual(user.answers, []);
  good.finish("$");
  assert.deepEqual(user.answers, []);
  await turn();
  assert.deepEqual(user.answers, [[200, "good"]]);
  const bad = connection.begin(head({ messageId: "bad" }), user, "bad")!;
  bad.write(fromLatin1("abc"));
  await turn();
  duplex.say(ANSWER(tids(duplex.text)[1], "413 stop"));
  assert.deepEqual(user.answers.at(-1), [413, "bad"]);
  bad.finish("#");
  await turn();
  assert.equal(user.answers.length, 2);
  assert.deepEqual(chunks(duplex.text), ["good 1$abc", "bad 1#abc"]);
});

Deno.test("a body above 2,048 octets says that it may be interrupted (RFC 4975 §7.1.1)", async () => {
  const { duplex, connection } = await new World().bound();
  connection.send(head({ end: 2048, total: 2048 }), new Uint8Array(2048), "$", null);
  connection.send(head({ end: 2049, total: 2049 }), new Uint8Array(2049), "$", null);
  await turn();
  assert.deepEqual([...duplex.text.matchAll(/Byte-Range: (\S+)/g)].map((found) => found[1]), [
    "1-2048/2048",
    "1-*/2049",
  ]);
});

Deno.test("a connection is full at 32 KiB, has room at 16 KiB, and is closed at 1 MiB", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  duplex.takes = false;
  const room: boolean[] = [];
  const chunk = connection.begin(head(), null)!;
  chunk.write(new Uint8Array(20_000));
  await turn();
  assert.equal(connection.full, false);
  chunk.write(new Uint8Array(13_000));
  assert.equal(connection.full, true);
  connection.whenRoom({ onRoom: () => room.push(connection.full) });
  await turn();
  assert.deepEqual(room, []);
  // 20,000 were under way; 13,000 remain.
  duplex.take();
  assert.deepEqual(room, [false]);
  assert.equal(duplex.destroyed, false);
  for (let i = 0; i < 40; i++) chunk.write(new Uint8Array(32_768));
  assert.equal(connection.open, false);
  assert.equal(duplex.destroyed, true);
  assert.ok(connection.queued <= DEFAULT_CONNECTION_LIMITS.queue);
  assert.equal(world.metrics.value("msrp_garbage_total", "overflow"), 1);
});

Deno.test("waiting for room: told in order, and no more than it has room for; told when there is room, or no connection", async () => {
  const { duplex, connection } = await new World().bound();
  const told: number[] = [];
  const waiter = (i: number) => ({
    onRoom() {
      told.push(i);
      if (i % 2 === 1) connection.send(head(), new Uint8Array(40_000), "$", null);
    },
  });
  const once = waiter(0);
  connection.whenRoom(once);
  connection.whenRoom(once);
  assert.deepEqual(told, []);
  await turn();
  assert.deepEqual(told, [0]);
  duplex.takes = false;
  connection.send(head(), new Uint8Array(40_000), "$", null);
  for (let i = 0; i < 5; i++) connection.whenRoom(waiter(i));
  await turn();
  assert.deepEqual(told, [0]);
  duplex.take();
  assert.deepEqual(told, [0, 0, 1]);
  await turn();
  duplex.take();
  assert.deepEqual(told, [0, 0, 1, 2, 3]);
  duplex.user.onClosed("gone");
  await turn();
  assert.deepEqual(told, [0, 0, 1, 2, 3, 4]);
});

Deno.test("reading is held while another connection is full, counted, and goes on when it has room or is gone", async () => {
  const world = new World();
  const source = await world.bound("source");
  const one = await world.bound("one");
  const two = await world.bound("two");
  source.connection.holdFor(one.connection);
  assert.equal(source.duplex.paused, false);
  for (const { duplex, connection } of [one, two]) {
    duplex.takes = false;
    connection.send(head(), new Uint8Array(40_000), "$", null);
    await turn();
    source.connection.holdFor(connection);
    source.connection.holdFor(connection);
  }
  assert.equal(source.duplex.paused, true);
  one.duplex.take();
  assert.equal(source.duplex.paused, true);
  two.duplex.user.onClosed("gone");
  await turn();
  assert.equal(source.duplex.paused, false);
  assert.equal(world.metrics.value("msrp_held_total"), 1);
});

Deno.test("a peer that asks and does not take the answers is not read any more, and stays within bounds", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  duplex.takes = false;
  let asked = 0;
  while (!duplex.paused && asked < 100_000) duplex.say(frame({ tid: `t${asked++}` }, "x"));
  await turn();
  assert.ok(asked < 100_000);
  assert.ok(connection.queued < DEFAULT_CONNECTION_LIMITS.selfHold + 1_000, `${connection.queued}`);
  duplex.takes = true;
  duplex.take();
  assert.equal(duplex.paused, false);
  assert.equal(duplex.statuses.length, asked);
});

Deno.test("requests without an answer are bounded: full first, then the oldest is given up", async () => {
  const world = new World({ connection: { ...DEFAULT_CONNECTION_LIMITS, pending: 10 } });
  const { duplex, connection } = await world.bound();
  const user = new RecordingUser();
  let room = 0;
  for (let i = 0; i < 20; i++) {
    assert.equal(connection.full, i >= 10);
    connection.send(head(), fromLatin1("x"), "$", user, i);
  }
  connection.whenRoom({ onRoom: () => room++ });
  connection.send(head(), fromLatin1("x"), "$", user, 20);
  assert.deepEqual(user.answers, [[408, 0]]);
  await turn();
  assert.equal(room, 0);
  for (const tid of tids(duplex.text)) duplex.say(ANSWER(tid));
  assert.equal(room, 1);
  assert.equal(user.answers.length, 21);
});

Deno.test("close: what was queued goes out, then the end is said; what still comes in is for nobody", async () => {
  const { duplex, connection, end } = await new World().bound();
  duplex.takes = false;
  connection.send(head({ messageId: "a" }), fromLatin1("1"), "$", null);
  await turn();
  connection.send(head({ messageId: "b" }), fromLatin1("2"), "$", null);
  connection.close("enough");
  await turn();
  assert.equal(duplex.ended, false);
  duplex.say(frame({}, "late"));
  duplex.take();
  duplex.take();
  assert.deepEqual(chunks(duplex.text), ["a 1$1", "b 1$2"]);
  assert.equal(duplex.ended, true);
  assert.deepEqual(end.told, [{ what: "lost", reason: "enough" }]);
});

Deno.test("a connection that is closed and whose peer never closes is let go", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  connection.close("enough");
  await turn();
  assert.equal(duplex.ended, true);
  world.time.advance(7_000);
  assert.equal(duplex.destroyed, true);
  assert.equal(world.board.connections, 0);
});

Deno.test("framing errors: 400 where one can be answered, then the end; others go on unharmed", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const other = await world.bound("other");
  duplex.say(frame({}, "fine") + frame({ tid: "brokenid", lines: "a\nb\r\n" }, "x"));
  await turn();
  assert.deepEqual(duplex.statuses, ["d93kswow 200", "brokenid 400"]);
  assert.equal(connection.open, false);
  assert.equal(duplex.ended, true);
  assert.equal(other.connection.open, true);
  assert.equal(world.metrics.value("msrp_garbage_total", "framing"), 1);
  const garbage = world.accept();
  garbage.duplex.say("GET / HTTP/1.1\r\n\r\n");
  await turn();
  assert.equal(garbage.duplex.text, "");
  assert.equal(garbage.duplex.ended, true);
});

Deno.test("a bad header is 400 for its request alone", async () => {
  const world = new World();
  const { duplex, connection, end } = await world.bound();
  duplex.say(frame({ tid: "bad1", lines: "Byte-Range: x\r\n" }, "x") + frame({ tid: "good" }, "y"));
  await turn();
  assert.deepEqual(duplex.statuses, ["bad1 400", "good 200"]);
  assert.equal(connection.open, true);
  assert.equal(end.whats(), "whole");
  assert.equal(world.metrics.value("msrp_garbage_total", "header"), 1);
});

Deno.test("a connection that was quiet goes on as before", async () => {
  const world = new World();
  const { duplex, end } = await world.bound();
  const one = frame({ messageId: "one" }, "first");
  duplex.say(one);
  world.time.advance(5_000);
  duplex.say(frame({ messageId: "two" }, "second"));
  const three = frame({ messageId: "three" }, "third");
  duplex.say(three.slice(0, -20));
  world.time.advance(5_000);
  duplex.say(three.slice(-20));
  await turn();
  assert.deepEqual(end.bodies(), { one: "first", two: "second", three: "third" });
});

Deno.test("a session end that throws harms nobody else", async () => {
  const world = new World();
  const { duplex, connection, end } = await world.bound();
  const other = await world.bound("other");
  end.heard = () => {
    throw new Error("a fault");
  };
  duplex.say(frame({ tid: "t1" }, "x") + frame({ tid: "t2", toPath: "msrp://host/other;tcp" }, "y"));
  await turn();
  assert.equal(connection.open, true);
  assert.deepEqual(duplex.statuses, ["t2 200"]);
  assert.equal(other.end.whats(), "admit whole");
  assert.equal(world.metrics.value("msrp_garbage_total", "fault"), 1);
});

const STILL: [name: string, what: string, run: (world: World) => Promise<{ late: number }>][] = [
  ["a head that trickles", "head", async (world) => {
    const { duplex } = await world.bound();
    const text = frame({ lines: `X: ${"y".repeat(100)}\r\n` }, "x");
    for (let i = 0; i < 25; i++) {
      duplex.say(text[i]);
      world.time.advance(1_000);
    }
    return { late: 5_000 };
  }],
  ["a body that stops", "body", async (world) => {
    const { duplex } = await world.bound();
    duplex.say(frame({}, "x".repeat(100)).slice(0, -50));
    world.time.advance(290_000);
    return { late: 10_000 };
  }],
  ["a peer that takes nothing", "stalled", async (world) => {
    const { duplex, connection } = await world.bound();
    duplex.takes = false;
    connection.send(head({ failureReport: "no" }), fromLatin1("x"), "$", null);
    await turn();
    world.time.advance(25_000);
    return { late: 5_000 };
  }],
  ["a connection that no session claims", "unclaimed", async (world) => {
    world.accept();
    world.time.advance(25_000);
    return { late: 5_000 };
  }],
  ["a connection that its sessions have left", "unused", async (world) => {
    const { connection, end } = await world.bound();
    world.time.advance(100_000);
    world.board.unbind(connection, end);
    world.time.advance(55_000);
    return { late: 5_000 };
  }],
  ["a connect that comes to nothing", "connect", async (world) => {
    const uri = { secure: false, user: "", host: "peer.test", port: 1, sessionId: "x", transport: "tcp", text: "" };
    world.board.connect(uri, { share: false, fingerprints: [], address: null });
    world.time.advance(15_000);
    return { late: 5_000 };
  }],
];
for (const [name, what, run] of STILL) {
  Deno.test(`${name} is closed in time, and counted`, async () => {
    const world = new World();
    const { late } = await run(world);
    assert.equal(world.metrics.value("msrp_timeouts_total", what), 0);
    assert.equal(world.board.connections, 1);
    world.time.advance(late + 2_000);
    await turn();
    assert.equal(world.metrics.value("msrp_timeouts_total", what), 1);
    world.time.advance(7_000);
    assert.equal(world.board.connections, 0);
  });
}

Deno.test("whoever is held back by us is not late", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const full = await world.bound("full");
  full.duplex.takes = false;
  full.connection.send(head(), new Uint8Array(300_000), "$", null);
  await turn();
  duplex.say("MSRP abc");
  connection.holdFor(full.connection);
  world.time.advance(100_000);
  assert.equal(connection.open, true);
  full.duplex.take();
  world.time.advance(25_000);
  assert.equal(connection.open, true);
  world.time.advance(10_000);
  assert.equal(connection.open, false);
});

Deno.test("an answer that we have not read yet because of us is not missing", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const full = await world.bound("full");
  full.duplex.takes = false;
  full.connection.send(head(), new Uint8Array(120_000), "$", null);
  const user = new RecordingUser();
  connection.send(head(), fromLatin1("x"), "$", user);
  await turn();
  connection.holdFor(full.connection);
  world.time.advance(45_000);
  assert.deepEqual(user.answers, [], "the answer may be in the socket");
  full.duplex.take();
  assert.equal(duplex.paused, false);
  world.time.advance(10_000);
  assert.deepEqual(user.answers, []);
  duplex.say(ANSWER(tids(duplex.text)[0]));
  assert.deepEqual(user.answers, [[200, undefined]]);
  // The time that is left runs again, and no longer than 30 s.
  connection.send(head(), fromLatin1("y"), "$", user);
  await turn();
  world.time.advance(32_000);
  assert.deepEqual(user.answers[1], [408, undefined]);
});

Deno.test("a certificate that is not the one of the session description is refused before anything is said", async () => {
  const world = new World();
  const uri = { secure: true, user: "", host: "peer.test", port: 2856, sessionId: "x", transport: "tcp", text: "" };
  const fingerprints = ["sha-256 AA:BB", "sha-256 CC:DD"];
  for (const [shown, open] of [["sha-256 CC:DD", true], ["sha-256 EE:FF", false]] as const) {
    const connection = world.board.connect(uri, { share: false, fingerprints, address: null })!;
    const { duplex, name } = world.dialled.at(-1)!;
    assert.equal(name, "");
    duplex.fingerprint = shown;
    connection.send(head(), fromLatin1("secret"), "$", null);
    duplex.user.onConnected();
    assert.equal(connection.open, open);
    assert.equal(duplex.text.includes("secret"), open);
    assert.equal(duplex.destroyed, !open);
  }
});

Deno.test("any messages, whole and in chunks and interleaved, arrive as those messages, in byte order each", async () => {
  const step = fc.record({
    message: fc.nat(4),
    octets: fc.string({ minLength: 1, maxLength: 60 }),
    finish: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 500 }),
      async (steps, size) => {
        const { duplex, connection } = await new World().bound();
        const open = new Map<number, { chunk: ReturnType<typeof connection.begin>; id: string; body: string }>();
        const expected: Record<string, string> = {};
        let ids = 0;
        for (const { message, octets: text, finish } of steps) {
          const octets = text.replace(/[^\x00-\xff]/g, "-------");
          if (message === 0) {
            const id = `m${ids++}`;
            connection.send(head({ messageId: id }), fromLatin1(octets), "$", null);
            expected[id] = octets;
          } else {
            let writing = open.get(message);
            if (writing === undefined) {
              const id = `m${ids++}`;
              writing = { id, chunk: connection.begin(head({ messageId: id }), null), body: "" };
              open.set(message, writing);
            }
            writing.chunk!.write(fromLatin1(octets));
            writing.body += octets;
            if (finish) {
              writing.chunk!.finish("$");
              expected[writing.id] = writing.body;
              open.delete(message);
            }
          }
          if (octets.length % 3 === 0) await turn();
        }
        for (const { chunk, id, body } of open.values()) {
          chunk!.finish("$");
          expected[id] = body;
        }
        await turn();
        const got: Record<string, string> = {};
        const ended = new Set<string>();
        const cuts = Array.from({ length: Math.floor(duplex.text.length / size) }, (_, i) => (i + 1) * size);
        for (const one of parsed(duplex.text, cuts).told) {
          assert.ok(one.kind === "request");
          const { messageId, start } = one.request;
          assert.equal(start, (got[messageId] ?? "").length + 1);
          assert.ok(!ended.has(messageId));
          got[messageId] = (got[messageId] ?? "") + one.body;
          if (one.continuation === "$") ended.add(messageId);
        }
        assert.deepEqual(got, expected);
        assert.equal(ended.size, Object.keys(expected).length);
      },
    ),
    { numRuns: 300 },
  );
});
