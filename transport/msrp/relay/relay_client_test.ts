import assert from "node:assert/strict";
import { DigestClient, parseCredentials } from "../../sip/mod.ts";
import { nodeHash } from "../../sip/digest/node_hash.ts";
import type { WirePeer } from "../forward/testing/wire_peer.ts";
import { MsrpSession } from "../session/mod.ts";
import type { Switchboard } from "../switchboard.ts";
import type { RelayAnswerer } from "./auth_attempt.ts";
import { headerValues } from "./header_lines.ts";
import { RelayClient, type RelayWish } from "./relay_client.ts";
import { PASSWORDS, RelayWorld } from "./testing/relay_world.ts";

const AUTHORITY = "msrps://alice.invalid:2855";

function answerer(username: string, password = PASSWORDS[username]): () => RelayAnswerer {
  return () => {
    const digest = new DigestClient(nodeHash, { username, password });
    return {
      take: (challenges, method, uri) =>
        digest.challenged(challenges) ? digest.authorize(method, uri)[0] ?? null : null,
    };
  };
}

/** A client behind relays, and what it was told. */
class Behind {
  readonly box: Switchboard;
  readonly told: string[] = [];
  readonly client: RelayClient;

  constructor(world: RelayWorld, wish: Partial<RelayWish> & Pick<RelayWish, "relays">, answer = answerer("alice")) {
    this.box = world.box("client.test");
    this.client = new RelayClient(
      { node: this.box, clock: world.time, timers: world.time.timers, answerer: answer },
      { authority: AUTHORITY, ...wish },
      {
        onPath: (path) => this.told.push(`path ${path.length}`),
        onNoPath: (status, reason, refused) => this.told.push(`${refused ? "refused" : "none"} ${status} ${reason}`),
      },
    );
    this.client.start();
  }
}

/** Both ends of a session: one behind the relays, one with a door. What came, by end. */
function session(world: RelayWorld, { box, client }: Behind) {
  const came = { here: [] as string[], there: [] as string[] };
  const end = (node: Switchboard, id: string, uri: string, relays: readonly string[], list: string[]) =>
    new MsrpSession({
      node,
      sessionId: id,
      uri,
      relays,
      acceptTypes: ["*"],
      clock: world.time,
      timers: world.time.timers,
      user: {
        onMessage: ({ body }) => {
          list.push(new TextDecoder().decode(body));
          return 200;
        },
        onClosed: (reason) => list.push(`closed: ${reason}`),
      },
    });
  const peerUri = "msrp://peer.test:2855/p1p1;tcp";
  const uri = `${AUTHORITY}/c1c1;tcp`;
  const there = end(world.box("peer.test"), "p1p1", peerUri, [], came.there);
  const here = end(box, "c1c1", uri, client.usePath, came.here);
  there.start("passive", { path: [...client.descriptionPath, uri] });
  here.start("active", { path: [peerUri] });
  return { here, there, came };
}

const text = (body: string) => ({ contentType: "text/plain", body: new TextEncoder().encode(body) });

/** Waits for a relay that a test plays by hand. */
async function asked(world: RelayWorld, host: string, count = 1): Promise<WirePeer> {
  await world.settle();
  const relay = world.reached(host);
  relay.answer = 0;
  assert.equal(relay.seen.length, count);
  assert.equal(relay.seen[count - 1].request.method, "AUTH");
  return relay;
}

Deno.test("a path by AUTH, and a session through it on the same connection, both ways", async () => {
  const world = new RelayWorld();
  const { own } = world.relay("relay.test");
  const behind = new Behind(world, { relays: [own] });
  await world.settle();
  assert.deepEqual(behind.told, ["path 1"]);
  assert.match(behind.client.usePath[0], /^msrps:\/\/relay\.test:2856\/[\w-]{24};tcp$/);
  const { here, there, came } = session(world, behind);
  here.send(text("out"));
  there.send(text("back"));
  await world.settle(20);
  assert.deepEqual(came, { here: ["back"], there: ["out"] });
  assert.equal(world.lines("relay.test").length, 1);
  here.close("done");
  behind.client.stop();
  await world.settle();
  assert.deepEqual(behind.client.usePath, []);
});

Deno.test("the path lives on: asked again before its time is up, and prolonged", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const behind = new Behind(world, { relays: [relay.own], expires_s: 60 });
  await world.settle();
  const path = behind.client.usePath;
  await world.pass(150_000);
  assert.deepEqual(behind.client.usePath, path);
  assert.deepEqual(behind.told, ["path 1"]);
  assert.equal(relay.relay.size, 1);
  behind.client.stop();
  await world.pass(61_000);
  assert.equal(relay.relay.size, 0, "nobody prolongs it any more");
});

Deno.test("423: the interval that the relay names is asked for, above and below", async () => {
  for (const expires_s of [5, 100_000]) {
    const world = new RelayWorld();
    const { own, relay } = world.relay("relay.test", { limits: { min_expires: 60, max_expires: 300 } });
    const behind = new Behind(world, { relays: [own], expires_s });
    await world.settle();
    assert.deepEqual(behind.told, ["path 1"]);
    behind.client.stop();
    await world.pass(50_000);
    assert.equal(relay.size, 1);
    await world.pass(expires_s === 5 ? 12_000 : 240_000);
    assert.deepEqual([relay.size, world.lines("relay.test").length], [0, 1]);
  }
});

Deno.test("423 that names nothing: the relay chooses; 423 for ever is an end", async () => {
  const world = new RelayWorld();
  const behind = new Behind(world, { relays: ["msrp://hand.test:2855;tcp"], expires_s: 7 });
  const relay = await asked(world, "hand.test");
  assert.equal(relay.seen[0].request.header("Expires"), "7");
  relay.respond(relay.seen[0].request, 423);
  await asked(world, "hand.test", 2);
  assert.equal(relay.seen[1].request.header("Expires"), undefined);
  relay.respond(relay.seen[1].request, 423);
  await world.settle();
  assert.deepEqual(behind.told, ["none 423 x"]);
  behind.client.stop();
});

Deno.test("a wrong password is told once and not tried again", async () => {
  const world = new RelayWorld();
  const { own, lockOut } = world.relay("relay.test");
  const behind = new Behind(world, { relays: [own] }, answerer("alice", "guess"));
  await world.settle();
  assert.deepEqual(behind.told, ["refused 401 Unauthorized"]);
  await world.pass(300_000);
  assert.equal(behind.told.length, 1);
  assert.deepEqual([...lockOut.failures.values()], [1]);
});

Deno.test("the connection is lost: told, and after a while there is another path", async () => {
  const world = new RelayWorld();
  const { own } = world.relay("relay.test");
  const behind = new Behind(world, { relays: [own] });
  await world.settle();
  const [before] = behind.client.usePath;
  for (const line of world.lines("relay.test")) line.destroy();
  await world.settle();
  assert.equal(behind.told.length, 2);
  assert.match(behind.told[1], /^none 0 /);
  assert.deepEqual(behind.client.usePath, []);
  await world.pass(3_000);
  assert.equal(behind.told[2], "path 1");
  assert.notEqual(behind.client.usePath[0], before);
});

Deno.test("a relay that is away, one that is silent, one that refuses: tried again at growing distances, until told to stop", async () => {
  const world = new RelayWorld();
  const behind = new Behind(world, { relays: ["msrps://relay.test:2856;tcp"] });
  await asked(world, "relay.test");
  await world.pass(31_000);
  assert.match(behind.told[0], /^none 408 /);
  world.refuse("relay.test");
  world.reached("relay.test").duplex.destroy();
  await world.pass(8_000);
  assert.equal(behind.told.length, 3);
  assert.match(behind.told[2], /^none 0 no transport of ours leads to msrps:\/\/relay\.test/);
  await world.pass(300_000);
  assert.ok(behind.told.length > 6 && behind.told.length < 10, String(behind.told.length));
  const so_far = behind.told.length;
  behind.client.stop();
  await world.pass(300_000);
  assert.equal(behind.told.length, so_far);
});

Deno.test("a chain: each relay is asked through those before it, by its own realm; messages pass both ways", async () => {
  const world = new RelayWorld();
  const [intra, extra] = [world.relay("intra.test"), world.relay("extra.test")];
  const behind = new Behind(world, { relays: [intra.own, extra.own] });
  await world.settle(12);
  assert.deepEqual(behind.told, ["path 2"]);
  const hosts = (path: readonly string[]) => path.map((uri) => /\/\/(\w+)\./.exec(uri)![1]);
  assert.deepEqual(hosts(behind.client.usePath), ["intra", "extra"]);
  assert.deepEqual(hosts(behind.client.descriptionPath), ["extra", "intra"]);
  const { here, there, came } = session(world, behind);
  for (let i = 0; i < 20; i++) {
    here.send(text(`out ${i}`));
    there.send(text(`back ${i}`));
  }
  await world.settle(40);
  assert.deepEqual(came.there, Array.from({ length: 20 }, (_, i) => `out ${i}`));
  assert.deepEqual(came.here, Array.from({ length: 20 }, (_, i) => `back ${i}`));
  // Both are prolonged, twice.
  const path = behind.client.usePath;
  for (let i = 0; i < 3; i++) await world.pass(600_000);
  assert.deepEqual([behind.client.usePath, intra.relay.size, extra.relay.size], [path, 1, 1]);
  assert.equal(behind.told.length, 1);
  behind.client.stop();
});

Deno.test("the farther relay has forgotten its URI: another one in its place, the nearer one stays", async () => {
  const world = new RelayWorld();
  const [intra, extra] = [world.relay("intra.test"), world.relay("extra.test")];
  const behind = new Behind(world, { relays: [intra.own, extra.own] });
  await world.settle(12);
  const [one, two] = behind.client.usePath;
  extra.relay.close("restarted");
  await world.pass(900_000);
  assert.deepEqual(behind.told, ["path 2", "path 2"]);
  assert.equal(behind.client.usePath[0], one);
  assert.notEqual(behind.client.usePath[1], two);
  behind.client.stop();
});

Deno.test("a relay that gives out another URI each time, at another host, and names only itself in a chain", async () => {
  const world = new RelayWorld();
  const behind = new Behind(world, { relays: ["msrp://hand.test;tcp", "msrp://far.test:9;tcp"] });
  const relay = await asked(world, "hand.test");
  const grant = (at: number, path: string, expires_s: number) =>
    relay.respond(relay.seen[at].request, 200, `Use-Path: ${path}\r\nExpires: ${expires_s}\r\n`);
  assert.equal(relay.seen[0].request.toPath, "msrp://hand.test;tcp");
  grant(0, "msrp://192.0.2.77:9000/one1;tcp", 600);
  await asked(world, "hand.test", 2);
  assert.equal(relay.seen[1].request.toPath, "msrp://192.0.2.77:9000/one1;tcp msrp://far.test:9;tcp");
  grant(1, "msrp://far.test:9/far1;tcp", 600);
  await world.settle();
  assert.deepEqual(behind.client.usePath, ["msrp://192.0.2.77:9000/one1;tcp", "msrp://far.test:9/far1;tcp"]);
  // Whoever connects to the first URI uses the connection that it was given out on.
  const { here } = session(world, behind);
  await world.settle();
  assert.equal(
    relay.seen[2].request.toPath,
    "msrp://192.0.2.77:9000/one1;tcp msrp://far.test:9/far1;tcp msrp://peer.test:2855/p1p1;tcp",
  );
  assert.deepEqual(world.lines("192.0.2.77"), []);
  relay.respond(relay.seen[2].request, 200);
  here.close("done");
  await world.pass(541_000);
  assert.equal(relay.seen[3].request.toPath, "msrp://192.0.2.77:9000/one1;tcp", "before its time is up");
  grant(3, "msrp://192.0.2.77:9000/two2;tcp", 600);
  await asked(world, "hand.test", 5);
  assert.equal(relay.seen[4].request.toPath, "msrp://192.0.2.77:9000/two2;tcp msrp://far.test:9;tcp");
  grant(4, "msrp://192.0.2.77:9000/two2;tcp msrp://far.test:9/far2;tcp", 600);
  await world.settle();
  assert.deepEqual(behind.client.usePath, ["msrp://192.0.2.77:9000/two2;tcp", "msrp://far.test:9/far2;tcp"]);
  assert.deepEqual(behind.told, ["path 2", "path 2"]);
  behind.client.stop();
});

Deno.test("of several realms the wanted one is answered; without a wish the first", async () => {
  for (const [realm, wanted] of [["two.test", "two.test"], [undefined, "one.test"], ["three.test", "one.test"]]) {
    const world = new RelayWorld();
    const behind = new Behind(world, { relays: ["msrp://hand.test;tcp"], realm });
    const relay = await asked(world, "hand.test");
    const challenge = (name: string) =>
      `WWW-Authenticate: Digest realm="${name}", nonce="n1", qop="auth", algorithm=MD5\r\n`;
    relay.respond(
      relay.seen[0].request,
      401,
      `WWW-Authenticate: Basic\r\n${challenge("one.test")}${challenge("two.test")}`,
    );
    await asked(world, "hand.test", 2);
    const given = headerValues(relay.seen[1].request.others, "Authorization");
    assert.equal(given.length, 1);
    assert.match(given[0], new RegExp(`realm="${wanted}".*uri="msrp://hand\\.test;tcp".*nc=00000001`));
    // A stale nonce is no wrong password.
    relay.respond(relay.seen[1].request, 401, challenge(wanted!).replace('"n1"', '"n2", stale=true'));
    await asked(world, "hand.test", 3);
    assert.match(relay.seen[2].request.header("Authorization")!, /nonce="n2"/);
    behind.client.stop();
  }
});

Deno.test("credentials name the URI where the relay sends no opaque, and not where it does", async () => {
  for (const [opaque, named] of [["", true], [', opaque="o1"', false]] as const) {
    const world = new RelayWorld();
    const behind = new Behind(world, { relays: ["msrp://hand.test;tcp"] });
    const relay = await asked(world, "hand.test");
    const challenge = `WWW-Authenticate: Digest realm="hand.test", nonce="n1", qop="auth"${opaque}\r\n`;
    relay.respond(relay.seen[0].request, 401, challenge);
    await asked(world, "hand.test", 2);
    const given = relay.seen[1].request.header("Authorization")!;
    assert.equal(given.includes('uri="msrp://hand.test;tcp"'), named, given);
    const { uri, ...rest } = parseCredentials(given, "msrp://hand.test;tcp")!;
    assert.equal(uri, "msrp://hand.test;tcp");
    assert.deepEqual([rest.username, rest.nonce, rest.nc, rest.qop], ["alice", "n1", "00000001", "auth"]);
    behind.client.stop();
  }
});

Deno.test("a Use-Path that cannot be used, and a relay that challenges for ever", async () => {
  for (const path of ["", "Use-Path: nonsense\r\n", `Use-Path: ${"msrp://a.test:1/x;tcp ".repeat(11)}\r\n`]) {
    const world = new RelayWorld();
    const behind = new Behind(world, { relays: ["msrp://hand.test;tcp"] });
    const relay = await asked(world, "hand.test");
    relay.respond(relay.seen[0].request, 200, path);
    await world.settle();
    assert.deepEqual(behind.told, ["none 200 the relay's Use-Path is not a list of MSRP URIs"]);
    behind.client.stop();
  }
  const world = new RelayWorld();
  const behind = new Behind(world, { relays: ["msrp://hand.test;tcp"] });
  const relay = await asked(world, "hand.test");
  for (let i = 0; behind.told.length === 0; i++) {
    assert.ok(i < 10);
    const stale = `WWW-Authenticate: Digest realm="r", nonce="n${i}", qop="auth", stale=true\r\n`;
    relay.respond(relay.seen[i].request, 401, stale);
    await world.settle();
  }
  assert.deepEqual(behind.told, ["none 401 x"]);
  behind.client.stop();
});

Deno.test("for relays that tell sessions apart by connection: one of its own, and a session under the URI of AUTH", async () => {
  const world = new RelayWorld();
  const { own, relay } = world.relay("relay.test");
  const first = new Behind(world, { relays: [own], share: false });
  const second = new RelayClient(
    { node: first.box, clock: world.time, timers: world.time.timers, answerer: answerer("alice") },
    { authority: AUTHORITY, relays: [own], share: false },
    { onPath: () => {}, onNoPath: () => {} },
  );
  second.start();
  await world.settle();
  assert.equal(relay.size, 2);
  assert.equal(world.lines("relay.test").length, 2);
  assert.notEqual(second.uri, first.client.uri);
  assert.notDeepEqual(second.usePath, first.client.usePath);
});

Deno.test("relays that are none are told at once", () => {
  const world = new RelayWorld();
  assert.throws(() => new Behind(world, { relays: ["relay.test"] }), /"relay\.test" is no MSRP URI/);
  assert.throws(() => new Behind(world, { relays: [] }), SyntaxError);
});

Deno.test("a relay that fell silent without an end is asked again on another connection", async () => {
  const world = new RelayWorld();
  const behind = new Behind(world, { relays: ["msrps://relay.test:2856;tcp"] });
  await asked(world, "relay.test");
  await world.pass(34_000);
  assert.match(behind.told[0], /^none 408 /);
  assert.equal(world.lines("relay.test").length, 2);
  behind.client.stop();
});

Deno.test("a relay that grants a path and hangs up again and again is asked at growing distances", async () => {
  const world = new RelayWorld();
  const { own } = world.relay("relay.test");
  const behind = new Behind(world, { relays: [own] });
  for (let i = 0; i < 120; i++) {
    await world.pass(1_000);
    for (const line of world.lines("relay.test")) line.destroy();
  }
  await world.settle();
  const paths = behind.told.filter((told) => told.startsWith("path")).length;
  assert.ok(paths >= 4 && paths <= 7, `${paths} paths in two minutes`);
  // One that held for a while begins anew.
  await world.pass(180_000);
  const so_far = behind.told.length;
  for (const line of world.lines("relay.test")) line.destroy();
  await world.pass(4_000);
  assert.deepEqual(behind.told.slice(so_far + 1), ["path 1"]);
  behind.client.stop();
});
