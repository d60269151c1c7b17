import assert from "node:assert/strict";
import { fromLatin1, Metrics, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { LOST } from "./connection.ts";
import { DEFAULT_CONNECTION_LIMITS } from "./connection_limits.ts";
import { type MsrpUri, tryParseMsrpUri } from "./msrp_uri.ts";
import { doorUri, Switchboard } from "./switchboard.ts";
import { frame, head } from "./testing/frames.ts";
import { RecordingEnd, RecordingUser, turn, World } from "./testing/world.ts";

const SHARED = { share: true, fingerprints: [], address: null };
const OWN = { share: false, fingerprints: [], address: null };
const DOOR = { transport: "tcp", advertised: { host: "im.example.test", port: 2855 } } as const;

function uri(text: string): MsrpUri {
  const parsed = tryParseMsrpUri(text);
  assert.ok(parsed !== null, text);
  return parsed;
}
function to(id: string): { toPath: string } {
  return { toPath: `msrp://im.example.test:2855/${id};tcp` };
}

Deno.test("the first request binds a connection to its session (RFC 4975 §5.4), whatever host the URI names", async () => {
  const world = new World();
  const { duplex, connection } = world.accept();
  const end = new RecordingEnd();
  world.board.add("abc", end);
  duplex.say(frame({ ...to("abc"), messageId: "one" }, "x"));
  duplex.say(frame({ toPath: "msrps://other.name:1/abc;ws", messageId: "two" }, "y"));
  duplex.say(frame({ toPath: "msrp://im/abc;tcp msrp://behind:1/z;tcp", messageId: "three" }, "y"));
  await turn();
  assert.equal(end.whats(), "admit whole whole whole");
  assert.equal(end.connection, connection);
  assert.deepEqual(duplex.statuses, ["d93kswow 200", "d93kswow 200", "d93kswow 200"]);
});

Deno.test("unknown sessions are 481, refused ones what their end says, unknown methods 501, and are counted", async () => {
  const world = new World({ connection: { ...DEFAULT_CONNECTION_LIMITS, refusals: 100 } });
  const { duplex } = world.accept();
  const busy = new RecordingEnd();
  busy.admits = 506;
  world.board.add("busy", busy);
  duplex.say(frame({ ...to("nobody"), tid: "t1" }, "x"));
  duplex.say(frame({ ...to("busy"), tid: "t2" }, "x"));
  duplex.say(frame({ ...to("busy"), tid: "t3", method: "DANCE" }, null));
  duplex.say(frame({ toPath: "nonsense", tid: "t4" }, "x"));
  duplex.say(frame({ toPath: "msrp://im.example.test:2855;tcp", tid: "t5", method: "AUTH" }, null));
  duplex.say(frame({ ...to("nobody"), tid: "t6", method: "REPORT" }, null));
  duplex.say(frame({ ...to("nobody"), tid: "t7", lines: "Failure-Report: no\r\n" }, "x"));
  await turn();
  assert.deepEqual(duplex.statuses, ["t1 481", "t2 506", "t3 501", "t4 400", "t5 481"]);
  assert.equal(busy.whats(), "admit");
  assert.equal(world.metrics.value("msrp_refused_total", "481"), 4);
  assert.equal(world.metrics.value("msrp_refused_total", "506"), 1);
  assert.equal(world.metrics.value("msrp_requests_total", "SEND"), 4);
  assert.equal(world.metrics.value("msrp_requests_total", "other"), 1);
});

Deno.test("a refused request's body is passed over, however long, and the session behind it is served", async () => {
  const world = new World();
  const { duplex } = world.accept();
  const end = new RecordingEnd();
  world.board.add("abc", end);
  duplex.say(frame({ ...to("nobody"), tid: "t1" }, "x".repeat(100)).slice(0, -30));
  for (let i = 0; i < 10; i++) duplex.say("y".repeat(30_000));
  duplex.say("\r\n-------t1$\r\n" + frame({ ...to("abc"), tid: "t2" }, "z"));
  await turn();
  assert.deepEqual(duplex.statuses, ["t1 481", "t2 200"]);
  assert.equal(end.whats(), "admit whole");
});

Deno.test("a connection whose first five requests are refused is closed; late ones of a session that ended are not", async () => {
  const world = new World();
  const stranger = world.accept();
  for (let i = 0; i < 10; i++) stranger.duplex.say(frame({ ...to("nobody"), tid: `t${i}` }, "x"));
  await turn();
  assert.equal(stranger.duplex.statuses.length, 5);
  assert.equal(stranger.duplex.ended, true);
  const known = await world.bound();
  for (let i = 0; i < 10; i++) known.duplex.say(frame({ ...to("nobody"), tid: `t${i}` }, "x"));
  await turn();
  assert.equal(known.duplex.statuses.length, 10);
  assert.equal(known.connection.open, true);
});

Deno.test("many sessions on one connection: each hears its own, and all hear that it is gone", async () => {
  const world = new World();
  const { duplex } = world.accept();
  const ends = Array.from({ length: 20 }, (_, i) => {
    const end = new RecordingEnd();
    world.board.add(`s${i}`, end);
    return end;
  });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20; i++) duplex.say(frame({ ...to(`s${i}`), messageId: `m${i}` }, `${round}`));
  }
  duplex.user.onClosed("reset");
  await turn();
  for (const [i, end] of ends.entries()) {
    assert.equal(end.whats(), "admit whole whole whole lost");
    assert.deepEqual(end.bodies(), { [`m${i}`]: "012" });
  }
});

Deno.test("a session that was removed is 481 from then on; one that was unbound is asked again", async () => {
  const world = new World();
  const { duplex, connection } = world.accept();
  const end = new RecordingEnd();
  world.board.add("abc", end);
  assert.throws(() => world.board.add("abc", new RecordingEnd()), RangeError);
  const ask = (tid: string) => duplex.say(frame({ ...to("abc"), tid }, "x"));
  ask("t1");
  world.board.unbind(connection, end);
  end.admits = 403;
  ask("t2");
  end.admits = 200;
  ask("t3");
  world.board.remove("abc");
  ask("t4");
  await turn();
  assert.deepEqual(duplex.statuses, ["t1 200", "t2 403", "t3 200", "t4 481"]);
  assert.equal(world.board.size, 0);
});

Deno.test("a session that is unbound in the middle of a chunk hears no more of it", async () => {
  const { duplex, connection, end } = await new World().bound();
  const world = connection;
  const text = frame({}, "x".repeat(300));
  duplex.say(text.slice(0, 250));
  world.unbind(end);
  duplex.say(text.slice(250));
  assert.equal(end.whats(), "begin piece");
});

Deno.test("requests without a session id are the doorman's, whatever the method of those that are known", async () => {
  const world = new World();
  const { duplex } = world.accept();
  const doorman = new RecordingEnd();
  world.board.doorman = doorman;
  duplex.say(frame({ toPath: "msrps://alice@im.example.test;tcp", method: "AUTH", tid: "t1" }, null));
  world.board.doorman = null;
  duplex.say(frame({ toPath: "msrps://alice@im.example.test;tcp", method: "AUTH", tid: "t2" }, null));
  await turn();
  assert.deepEqual(duplex.statuses, ["t1 200", "t2 481"]);
  assert.equal(doorman.whats(), "whole");
});

Deno.test("NICKNAME and REPORT go to the session as SEND does", async () => {
  const { duplex, end } = await new World().bound();
  duplex.say(frame({ method: "NICKNAME" }, null) + frame({ method: "REPORT", lines: "Status: 000 200 OK\r\n" }, null));
  assert.equal(end.whats(), "whole whole");
});

Deno.test("URIs of ours name the door of their transport, or the name a client used", () => {
  const world = new World({}, [
    DOOR,
    { transport: "tls", advertised: { host: "2001:db8::1", port: 2856 } },
    { transport: "wss", advertised: { host: "im.example.test", port: 443 } },
  ]);
  assert.equal(world.board.uriFor("abc", "tcp"), "msrp://im.example.test:2855/abc;tcp");
  assert.equal(world.board.uriFor("abc", "tls"), "msrps://[2001:db8::1]:2856/abc;tcp");
  assert.equal(world.board.uriFor("abc", "wss", "box.local"), "msrps://box.local:443/abc;ws");
  assert.equal(world.board.uriFor("abc", "ws"), null);
  for (const transport of ["tcp", "tls", "wss"] as const) uri(world.board.uriFor("abc", transport)!);
});

Deno.test("behind a proxy that ends TLS a door of ws stands in for one of wss, and is called as its other side sees it", () => {
  const doors = [{ transport: "ws", advertised: { host: "im.example.test", port: 8080 } }] as const;
  assert.equal(doorUri(doors, "abc", "wss"), "msrps://im.example.test:8080/abc;ws");
  assert.equal(doorUri(doors, "abc", "tls"), null);
  assert.equal(doorUri([{ ...doors[0], transport: "wss" }], "abc", "ws"), null);
});

Deno.test("a connection is dialled by what the URI says, or to where CEMA points", () => {
  const world = new World();
  world.board.connect(uri("msrp://peer.test:7777/abc;tcp"), OWN);
  world.board.connect(uri("msrps://peer.test/abc;tcp"), OWN);
  world.board.connect(uri("msrps://peer.test:1/abc;tcp"), {
    share: false,
    fingerprints: ["sha-256 AA"],
    address: { host: "192.0.2.9", port: 9 },
  });
  world.board.connect(uri("msrp://peer.test:80/abc;ws"), OWN);
  assert.deepEqual(world.dialled.map(({ transport, to, name }) => [transport, to, name]), [
    ["tcp", { host: "peer.test", port: 7777 }, "peer.test"],
    ["tls", { host: "peer.test", port: 2855 }, "peer.test"],
    ["tls", { host: "192.0.2.9", port: 9 }, ""],
    ["ws", { host: "peer.test", port: 80 }, "peer.test"],
  ]);
  assert.equal(world.board.connect(uri("msrps://peer.test:1/abc;ws"), OWN), null);
  assert.equal(world.board.connect(uri("msrp://peer.test:1/abc;sctp"), OWN), null);
});

Deno.test("connections to the same place are shared where both allow it, while they live (RFC 4975 §5.4)", async () => {
  const world = new World();
  const first = world.board.connect(uri("msrp://peer.test:1/a;tcp"), SHARED)!;
  assert.equal(world.board.connect(uri("msrp://peer.test:1/b;tcp"), SHARED), first);
  for (
    const [text, options] of [
      ["msrp://peer.test:2/b;tcp", SHARED],
      ["msrps://peer.test:1/b;tcp", SHARED],
      ["msrp://peer.test:1/b;tcp", OWN],
      ["msrp://peer.test:1/b;tcp", { ...SHARED, fingerprints: ["sha-256 AA"] }],
    ] as const
  ) assert.notEqual(world.board.connect(uri(text), options), first);
  world.dialled[0].duplex.user.onClosed("reset");
  await turn();
  const again = world.board.connect(uri("msrp://peer.test:1/b;tcp"), SHARED)!;
  assert.notEqual(again, first);
  assert.equal(world.board.connect(uri("msrp://peer.test:1/c;tcp"), SHARED), again);
});

Deno.test("a connection that was made for another name, at the same address, is not shared (RFC 4975 §14.2)", () => {
  const world = new World();
  const at = { share: true, fingerprints: [], address: { host: "192.0.2.9", port: 9 } };
  const first = world.board.connect(uri("msrps://one.test:1/a;tcp"), at)!;
  assert.equal(world.board.connect(uri("msrps://one.test:1/b;tcp"), at), first);
  assert.notEqual(world.board.connect(uri("msrps://two.test:1/a;tcp"), at), first);
  assert.deepEqual(world.dialled.map(({ name }) => name), ["one.test", "two.test"]);
});

Deno.test("a connection whose peer has become silent is not shared any more, and not closed", async () => {
  const world = new World();
  const user = new RecordingUser();
  const first = world.board.connect(uri("msrp://peer.test:1/a;tcp"), SHARED)!;
  const end = new RecordingEnd();
  world.board.bind(first, end);
  const { duplex } = world.dialled[0];
  duplex.user.onConnected();
  first.send(head(to("a")), fromLatin1("x"), "$", user);
  await turn();
  assert.equal(world.board.connect(uri("msrp://peer.test:1/b;tcp"), SHARED), first);
  world.time.advance(32_000);
  assert.deepEqual(user.answers, [[408, undefined]]);
  assert.equal(first.open, true, "what it carries may live on");
  const second = world.board.connect(uri("msrp://peer.test:1/b;tcp"), SHARED)!;
  assert.notEqual(second, first);
  assert.equal(world.board.connect(uri("msrp://peer.test:1/c;tcp"), SHARED), second);
});

Deno.test("a URI of our own door is connected inside the process", async () => {
  const world = new World({}, [DOOR]);
  const end = new RecordingEnd();
  world.board.add("here", end);
  const user = new RecordingUser();
  for (const text of ["msrp://IM.example.test:2855/here;tcp", "msrp://box.local:2855/here;tcp"]) {
    const connection = world.board.connect(uri(text), OWN)!;
    assert.equal(connection.transport, "memory");
    assert.equal(connection.send(head(to("here")), fromLatin1("hello"), "$", user), true);
    await turn();
    assert.equal(end.connection?.inbound, true);
    connection.close("done");
    await turn();
  }
  assert.deepEqual(user.answers, [[200, undefined], [200, undefined]]);
  assert.equal(end.whats(), "admit whole lost admit whole lost");
  assert.equal(world.dialled.length, 0);
  assert.equal(world.board.connections, 0);
  world.board.connect(uri("msrp://box.local:2855/elsewhere;tcp"), OWN);
  assert.equal(world.dialled.length, 1);
});

Deno.test("there are so many connections and sessions, and no more", () => {
  const world = new World({ connections: 2, sessions: 1 });
  world.accept();
  assert.ok(world.board.connect(uri("msrp://peer.test:1/a;tcp"), OWN) !== null);
  const { duplex, connection } = world.accept();
  assert.equal(connection, null);
  assert.equal(duplex.destroyed, true);
  assert.equal(world.board.connect(uri("msrp://peer.test:1/a;tcp"), OWN), null);
  assert.equal(world.metrics.value("msrp_connections_total", "tcp", "refused"), 2);
  world.board.add("a", new RecordingEnd());
  assert.throws(() => world.board.add("b", new RecordingEnd()), RangeError);
});

Deno.test("a session that binds a connection that is gone is told so", async () => {
  const world = new World();
  const { duplex, connection } = world.accept();
  duplex.user.onClosed("reset");
  const end = new RecordingEnd();
  world.board.bind(connection, end);
  assert.equal(end.whats(), "");
  await turn();
  assert.equal(end.whats(), "lost");
});

Deno.test("close: every connection goes, after what is queued; nothing new is taken", async () => {
  const world = new World();
  const { duplex, connection } = await world.bound();
  const user = new RecordingUser();
  connection.send(head(), fromLatin1("bye"), "$", user);
  world.board.close("the service stops");
  await turn();
  assert.match(duplex.text, /bye/);
  assert.equal(duplex.ended, true);
  assert.deepEqual(user.answers, [[LOST, undefined]]);
  assert.equal(world.accept().connection, null);
  assert.equal(world.board.connect(uri("msrp://peer.test:1/a;tcp"), OWN), null);
});

Deno.test("no timer runs while there is no connection", () => {
  const time = new FakeTime();
  const parts = { clock: time, timers: time.timers, log: silentLog, metrics: new Metrics(), dialer: null };
  const board = new Switchboard({ ...parts, doors: [DOOR] });
  assert.equal(time.timers.size, 0);
  board.connect(uri("msrp://im.example.test:2855/x;tcp"), OWN);
  assert.equal(time.timers.size, 1);
  time.advance(5_000);
  assert.equal(time.timers.size, 1);
});
