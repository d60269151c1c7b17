import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { digestResponse, ha1, ha2, parseChallenge } from "../../sip/mod.ts";
import { nodeHash } from "../../sip/digest/node_hash.ts";
import type { WirePeer } from "../forward/testing/wire_peer.ts";
import { headerValues } from "./header_lines.ts";
import { RelayClientPeer, RelayWorld } from "./testing/relay_world.ts";

const PEER = "msrp://peer.test:7001/p1;tcp";

function one(others: string, name: string): string {
  return headerValues(others, name)[0] ?? "";
}

/** A SEND from a client through its relay to PEER. */
function out(client: RelayClientPeer, use: string, to = PEER, from = client.uri, id = "m1aa"): string {
  return client.wire.send({
    to: `${use} ${to}`,
    from,
    headers: [`Message-ID: ${id}`, "Byte-Range: 1-5/5"],
    body: "hello",
  });
}

/** A SEND from a stranger to a client behind its relay. */
function inward(peer: WirePeer, use: string, client: RelayClientPeer, from = PEER, id = "m2bb"): string {
  return peer.send({ to: `${use} ${client.uri}`, from, headers: [`Message-ID: ${id}`], body: "hi" });
}

Deno.test("AUTH: challenged with SHA-256 and MD5, then a session URI, a proof and a time", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const first = await client.auth(relay.own);
  assert.equal(first.status, 401);
  const challenges = headerValues(first.others, "WWW-Authenticate").map((value) => parseChallenge(value)!);
  assert.deepEqual(challenges.map(({ algorithm }) => algorithm), ["SHA-256", "MD5"]);
  assert.ok(challenges.every(({ realm, qop, opaque }) => realm === "relay.test" && qop[0] === "auth" && opaque !== ""));
  client.digest.challenged(headerValues(first.others, "WWW-Authenticate"));
  const second = await client.auth(relay.own);
  assert.equal(second.status, 200);
  assert.match(one(second.others, "Use-Path"), /^msrps:\/\/relay\.test:2856\/[A-Za-z0-9_-]{24};tcp$/);
  assert.equal(one(second.others, "Expires"), "900");
  assert.match(
    one(second.others, "Authentication-Info"),
    /^rspauth="[0-9a-f]{64}", cnonce="[^"]+", nc=00000001, qop=auth$/,
  );
  const third = await client.auth(relay.own);
  assert.notEqual(one(third.others, "Use-Path"), one(second.others, "Use-Path"), "one for each session");
  assert.equal(relay.relay.size, 2);
});

/** An Authorization line for MD5 as older clients make it. */
function oldAnswer(others: string, uri: string, change: { uri?: string; password?: string; nc?: string } = {}): string {
  const challenge = parseChallenge(headerValues(others, "WWW-Authenticate")[1])!;
  const { realm, nonce } = challenge;
  const a1 = ha1(nodeHash, "MD5", "alice", realm, change.password ?? "secret");
  const nc = change.nc ?? "00000001";
  const response = digestResponse(
    nodeHash,
    "MD5",
    a1,
    ha2(nodeHash, "MD5", "AUTH", uri),
    nonce,
    nc,
    "0a4f113b",
    "auth",
  );
  const named = change.uri === undefined ? "" : ` uri="${change.uri}",`;
  return `Authorization: Digest username="alice", realm="${realm}", nonce="${nonce}",${named} qop=auth, nc=${nc}, ` +
    `cnonce="0a4f113b", response="${response}"`;
}

Deno.test("credentials without uri, with the To-Path URI, and with another form of it are taken", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const own = "msrps://alice@relay.test:2856;tcp";
  const other = "msrps://relay.test:2856;tcp";
  for (const [named, used] of [[undefined, own], [own, own], [other, own], [other, other]] as const) {
    const client = world.client(relay);
    const { others } = await client.auth(own);
    const answer = await client.auth(own, [oldAnswer(others, used, { uri: named })]);
    assert.equal(answer.status, 200, `${named} ${used}`);
    assert.match(one(answer.others, "Authentication-Info"), /^rspauth="[0-9a-f]{32}"/);
  }
  const client = world.client(relay);
  const { others } = await client.auth(own);
  const foreign = "msrps://evil.test:2856;tcp";
  assert.equal((await client.auth(own, [oldAnswer(others, foreign, { uri: foreign })])).status, 401);
});

Deno.test("the proof of the relay is that of RFC 2617 §3.2.3", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const { others } = await client.auth(relay.own);
  const answer = await client.auth(relay.own, [oldAnswer(others, relay.own)]);
  const { realm, nonce } = parseChallenge(headerValues(others, "WWW-Authenticate")[1])!;
  const a1 = ha1(nodeHash, "MD5", "alice", realm, "secret");
  const proof = digestResponse(
    nodeHash,
    "MD5",
    a1,
    nodeHash("MD5", `:${relay.own}`),
    nonce,
    "00000001",
    "0a4f113b",
    "auth",
  );
  assert.ok(one(answer.others, "Authentication-Info").includes(`rspauth="${proof}"`));
});

Deno.test("a replayed nonce count and an old nonce are 401 stale; neither locks anybody out", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const { others } = await client.auth(relay.own);
  const line = oldAnswer(others, relay.own);
  assert.equal((await client.auth(relay.own, [line])).status, 200);
  const replayed = await client.auth(relay.own, [line]);
  assert.equal(replayed.status, 401);
  assert.match(one(replayed.others, "WWW-Authenticate"), /stale=true/);
  const elsewhere = world.client(relay);
  assert.equal((await elsewhere.auth(relay.own, [line])).status, 401, "stolen credentials");
  await world.pass(20_000);
  world.time.advance(300_000);
  const old = await world.client(relay).auth(relay.own, [oldAnswer(others, relay.own, { nc: "00000009" })]);
  assert.match(one(old.others, "WWW-Authenticate"), /stale=true/);
  assert.equal(relay.lockOut.failures.size, 0);
});

Deno.test("wrong passwords lock out, an unknown user looks the same, and the connection is closed", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const { others } = await client.auth(relay.own);
  const wrong = (nc: number) => oldAnswer(others, relay.own, { password: "x", nc: nc.toString(16).padStart(8, "0") });
  for (let i = 1; i <= 3; i++) assert.equal((await client.auth(relay.own, [wrong(i)])).status, 401);
  const right = await client.auth(relay.own, [oldAnswer(others, relay.own, { nc: "00000009" })]);
  assert.equal(right.status, 401, "locked");
  const unknown = await client.auth(relay.own, [wrong(5).replace('"alice"', '"nobody"')]);
  assert.deepEqual([unknown.status, unknown.comment], [right.status, right.comment]);
  for (let i = 0; i < 4 && client.wire.closed === null; i++) await client.auth(relay.own);
  await world.pass(6_000);
  assert.notEqual(client.wire.closed, null);
});

Deno.test("a flood of AUTH leaves no session and is bounded", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  for (let i = 0; i < 500; i++) client.wire.send({ method: "AUTH", to: relay.own, from: client.uri });
  await world.settle();
  assert.ok(client.wire.responses.length <= 8);
  assert.equal(relay.relay.size, 0);
});

Deno.test("AUTH only over TLS, unless configured; malformed credentials are 400; who may not relay gets 403", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  assert.equal((await world.client(relay, "alice", { transport: "tcp" }).auth(relay.own)).status, 403);
  const lab = world.relay("lab.test", { requireTls: false });
  assert.match(await world.client(lab, "alice", { transport: "tcp" }).join(lab.own), /^msrp:\/\/lab\.test:2855\//);
  assert.match(await world.client(lab).join(lab.own), /^msrps:\/\/lab\.test:2856\//);
  const broken = await world.client(relay).auth(relay.own, ['Authorization: Digest username="alice']);
  assert.equal(broken.status, 400);
  assert.match(broken.comment, /Authorization/);
  await assert.rejects(world.client(relay, "carol").join(relay.own), /403/);
});

Deno.test("the realm is the served one that is or holds the relay's host; else all are offered", async () => {
  const world = new RelayWorld();
  const accounts = (realms: string[]) => ({ realms, ha1: () => null, mayRelay: () => true });
  const relay = world.relay("im.example.test", { accounts: accounts(["other.test", "example.test"]) });
  const realmsOf = async (own: string) => {
    const { others } = await world.client(relay).auth(own);
    return headerValues(others, "WWW-Authenticate").map((value) => parseChallenge(value)!.realm);
  };
  assert.deepEqual(await realmsOf(relay.own), ["example.test", "example.test"]);
  assert.deepEqual(await realmsOf("msrps://192.0.2.9:2856;tcp"), [
    "other.test",
    "other.test",
    "example.test",
    "example.test",
  ]);
});

Deno.test("Expires is granted within bounds, 423 says which", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  await client.join(relay.own);
  const granted = await client.auth(relay.own, ["Expires: 120"]);
  assert.equal(one(granted.others, "Expires"), "120");
  const short = await client.auth(relay.own, ["Expires: 5"]);
  assert.deepEqual([short.status, one(short.others, "Min-Expires")], [423, "60"]);
  const long = await client.auth(relay.own, ["Expires: 99999"]);
  assert.deepEqual([long.status, one(long.others, "Max-Expires")], [423, "3600"]);
  assert.equal((await client.auth(relay.own, ["Expires: soon"])).status, 423);
  assert.equal(relay.relay.size, 2);
});

Deno.test("a session ends with its time, lives on with a refresh, and dies with its connection", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own, ["Expires: 60"]);
  const refreshed = await client.join(relay.own, ["Expires: 60"]);
  world.time.advance(50_000);
  const again = await client.auth(refreshed, ["Expires: 60"]);
  assert.equal(one(again.others, "Use-Path"), refreshed, "AUTH for its own URI keeps it");
  world.time.advance(20_000);
  assert.equal(relay.relay.size, 1);
  const gone = out(client, use);
  const alive = out(client, refreshed);
  await world.settle();
  assert.deepEqual([client.wire.response(gone)?.status, client.wire.response(alive)?.status], [481, 200]);
  client.wire.duplex.destroy();
  await world.settle();
  assert.equal(relay.relay.size, 0);
  assert.equal(relay.box.size, 0);
});

Deno.test("nobody else refreshes a session", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const alice = world.client(relay);
  const use = await alice.join(relay.own);
  const bob = world.client(relay, "bob");
  await bob.join(relay.own);
  assert.equal((await bob.auth(use)).status, 481, "from another connection there is no such session");
  const disguised = new RelayClientPeer(world, alice.wire, "bob");
  await assert.rejects(disguised.join(use), /403/);
  assert.equal(relay.relay.size, 2);
});

Deno.test("from the client to its peer and back: paths move, the AUTH connection is used, reports find their way", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const tid = out(client, use);
  await world.settle();
  assert.equal(client.wire.response(tid)?.status, 200);
  const peer = world.reached("peer.test");
  const { request, body } = peer.seen[0];
  assert.equal(toLatin1(body), "hello");
  assert.equal(request.toPath, PEER);
  assert.equal(request.fromPath, `${use} ${client.uri}`);
  // The peer answers with a message and a report on the connection that it was reached by.
  const back = inward(peer, use, client);
  peer.send({
    method: "REPORT",
    to: `${use} ${client.uri}`,
    from: PEER,
    headers: ["Message-ID: m1aa", "Byte-Range: 1-5/5", "Status: 000 200 OK"],
  });
  await world.settle();
  assert.equal(peer.response(back)?.status, 200);
  assert.equal(client.wire.seen[0].request.toPath, client.uri);
  assert.equal(client.wire.seen[0].request.fromPath, `${use} ${PEER}`);
  assert.equal(client.wire.reports("m1aa")[0].fromPath, `${use} ${PEER}`);
  // Another peer connects by itself.
  const other = world.connect(relay.box);
  const from = "msrp://other.test:1/o1;tcp";
  inward(other, use, client, from, "m3cc");
  await world.settle();
  assert.equal(client.wire.seen.at(-1)?.request.fromPath, `${use} ${from}`);
});

Deno.test("an error, a silence or a loss behind the relay is reported to the sender with its own path", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own);
  out(client, use);
  await world.settle();
  const peer = world.reached("peer.test");
  peer.answer = 415;
  out(client, use, PEER, client.uri, "m2aa");
  await world.settle();
  const [report] = client.wire.reports("m2aa");
  assert.deepEqual([report.status, report.toPath, report.fromPath], [415, client.uri, use]);
  peer.answer = 0;
  out(client, use, PEER, client.uri, "m3aa");
  await world.pass(33_000);
  assert.equal(client.wire.reports("m3aa")[0].status, 408);
  out(client, use, PEER, client.uri, "m4aa");
  await world.settle();
  peer.duplex.destroy();
  await world.settle();
  assert.equal(client.wire.reports("m4aa")[0].status, 408);
  world.refuse("peer.test");
  const tid = out(client, use, PEER, client.uri, "m5aa");
  await world.settle();
  assert.equal(client.wire.response(tid)?.status, 481);
});

Deno.test("no open relay: neither from the client nor to it is 403, and so are spoofed paths and loops", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const stranger = world.connect(relay.box);
  const through = stranger.send({
    to: `${use} ${PEER}`,
    from: client.uri,
    headers: ["Message-ID: m1aa"],
    body: "spam",
  });
  const nowhere = stranger.send({ to: use, from: PEER, headers: ["Message-ID: m1aa"], body: "spam" });
  const unknown = stranger.send({
    to: `msrps://relay.test:2856/guessedguessedguessed;tcp ${PEER}`,
    from: PEER,
    headers: ["Message-ID: m1aa"],
    body: "spam",
  });
  await world.settle();
  assert.equal(stranger.response(through)?.status, 403);
  assert.equal(stranger.response(nowhere)?.status, 481);
  assert.equal(stranger.response(unknown)?.status, 481);
  const spoofed = out(client, use, PEER, "msrps://bob.test:9892/98cjs;tcp");
  const loop = out(client, use, `${use} ${PEER}`);
  const long = out(client, use, Array.from({ length: 12 }, (_, i) => `msrp://h${i}.test:1/x;tcp`).join(" "));
  await world.settle();
  assert.deepEqual([spoofed, loop, long].map((tid) => client.wire.response(tid)?.status), [403, 403, 403]);
  assert.equal(world.dialled.length, 0);
});

Deno.test("clients that match only the session id, and middleboxes: the connection decides where configured", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test", { lenient: true });
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const tid = out(client, use, PEER, "msrps://10.0.0.1:1/other;tcp");
  await world.settle();
  assert.equal(client.wire.response(tid)?.status, 200);
  const stranger = world.connect(relay.box);
  const moved = stranger.send({
    to: `${use} msrps://10.0.0.2:1/98cjs;tcp`,
    from: PEER,
    headers: ["Message-ID: m1aa"],
    body: "x",
  });
  await world.settle();
  assert.equal(stranger.response(moved)?.status, 200);
  assert.equal(client.wire.seen.length, 1, "it went to the client and nobody else");
});

Deno.test("policy names the next hops that a user may reach; next hops and peers of a session are bounded", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test", {
    mayReach: (hop) => hop.host !== "inner.test",
    limits: { peers_per_session: 3 },
  });
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const inner = out(client, use, "msrp://inner.test:22/x;tcp");
  const tids = [1, 2, 3, 4].map((i) => out(client, use, `msrp://h${i}.test:1/x;tcp`, client.uri, `m${i}aa`));
  await world.settle();
  assert.equal(client.wire.response(inner)?.status, 403);
  assert.deepEqual(tids.map((tid) => client.wire.response(tid)?.status), [200, 200, 200, 403]);
});

Deno.test("sessions and connections of a user are bounded", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test", { limits: { sessions_per_user: 3, connections_per_user: 2 } });
  const one = world.client(relay);
  const two = world.client(relay);
  const three = world.client(relay);
  await one.join(relay.own);
  await two.join(relay.own);
  await assert.rejects(three.join(relay.own), /403 Too many sessions/);
  await two.join(relay.own);
  await assert.rejects(two.join(relay.own), /403 Too many sessions/);
  await world.client(relay, "bob").join(relay.own);
  two.wire.duplex.destroy();
  await world.settle();
  await three.join(relay.own);
});

Deno.test("a peer that came by itself gets what is for it on its own connection, as long as that is there", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const peer = world.connect(relay.box);
  inward(peer, use, client);
  await world.settle();
  out(client, use);
  client.wire.send({
    method: "REPORT",
    to: client.wire.seen[0].request.fromPath,
    from: client.uri,
    headers: ["Message-ID: m2bb", "Byte-Range: 1-2/2", "Status: 000 200 OK"],
  });
  await world.settle();
  assert.deepEqual(peer.seen.map(({ request }) => request.method), ["SEND", "REPORT"]);
  assert.equal(world.dialled.length, 0);
  // Another one's URI, and one that must not be sent without TLS, lead elsewhere.
  const secure = "msrps://safe.test:7001/p1;tcp";
  inward(peer, use, client, secure, "m3bb");
  await world.settle();
  out(client, use, secure, client.uri, "m4aa");
  out(client, use, "msrp://else.test:7001/p1;tcp", client.uri, "m5aa");
  await world.settle();
  assert.deepEqual(world.dialled.map(({ to }) => to.host), ["safe.test", "else.test"]);
  peer.duplex.destroy();
  await world.settle();
  out(client, use, PEER, client.uri, "m6aa");
  await world.settle();
  assert.equal(world.reached("peer.test").seen[0].request.messageId, "m6aa");
});

Deno.test("both clients at the same relay", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const alice = world.client(relay);
  const bob = world.client(relay, "bob");
  const useA = await alice.join(relay.own);
  const useB = await bob.join(relay.own);
  const tid = out(alice, useA, `${useB} ${bob.uri}`);
  await world.settle();
  assert.equal(alice.wire.response(tid)?.status, 200);
  assert.equal(bob.wire.seen[0].request.fromPath, `${useB} ${useA} ${alice.uri}`);
  bob.wire.send({
    method: "REPORT",
    to: bob.wire.seen[0].request.fromPath,
    from: bob.uri,
    headers: ["Message-ID: m1aa", "Byte-Range: 1-5/5", "Status: 000 200 OK"],
  });
  await world.settle();
  assert.equal(alice.wire.reports("m1aa")[0].status, 200);
});

Deno.test("a chain of two relays: Use-Path grows, each authenticates, messages pass both ways", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test");
  const extra = world.relay("extra.test");
  world.looks["extra.test"] = { peerNames: ["intra.test"] };
  const client = world.client(intra);
  const first = await client.join(intra.own);
  const chain = await client.join(`${first} ${extra.own}`);
  const [one, two] = chain.split(" ");
  assert.equal(one, first);
  assert.match(two, /^msrps:\/\/extra\.test:2856\//);
  const tid = out(client, chain);
  await world.settle();
  assert.equal(client.wire.response(tid)?.status, 200);
  const peer = world.reached("peer.test");
  assert.equal(peer.seen[0].request.fromPath, `${two} ${one} ${client.uri}`);
  // The client's SDP has the path the other way round.
  const back = peer.send({
    to: `${two} ${one} ${client.uri}`,
    from: PEER,
    headers: ["Message-ID: m2bb", "Success-Report: yes"],
    body: "back",
  });
  await world.settle();
  assert.equal(peer.response(back)?.status, 200);
  assert.equal(client.wire.seen[0].request.fromPath, `${one} ${two} ${PEER}`);
  peer.answer = 413;
  out(client, chain, PEER, client.uri, "m3aa");
  await world.settle();
  const [report] = client.wire.reports("m3aa");
  assert.deepEqual([report.status, report.fromPath], [413, `${one} ${two}`]);
});

Deno.test("both ends behind the same first relay, one of them behind a second", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test");
  const extra = world.relay("extra.test");
  world.looks["extra.test"] = { peerNames: ["intra.test"] };
  const alice = world.client(intra);
  const bob = world.client(intra, "bob");
  const chain = await alice.join(`${await alice.join(intra.own)} ${extra.own}`);
  const useB = await bob.join(intra.own);
  const [one, two] = chain.split(" ");
  const tid = out(bob, useB, `${two} ${one} ${alice.uri}`, bob.uri, "toA1");
  await world.settle();
  assert.equal(bob.wire.response(tid)?.status, 200);
  assert.equal(alice.wire.seen.at(-1)?.request.fromPath, `${one} ${two} ${useB} ${bob.uri}`);
  const back = out(alice, chain, `${useB} ${bob.uri}`, alice.uri, "toB1");
  await world.settle();
  assert.equal(alice.wire.response(back)?.status, 200);
  assert.equal(bob.wire.seen.at(-1)?.request.messageId, "toB1");
  // The first relay is trusted for its own clients only: the session is no way for others through the second one.
  const misused = out(bob, useB, `${two} ${PEER}`, bob.uri, "bad1");
  await world.settle();
  assert.equal(bob.wire.response(misused)?.status, 200);
  assert.equal(bob.wire.reports("bad1")[0].status, 403);
});

Deno.test("AUTH to the second relay by the first one's own URI, where the client has one session there", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test");
  const extra = world.relay("extra.test");
  const client = world.client(intra);
  assert.equal((await client.auth(`${intra.own} ${extra.own}`)).status, 403, "no session yet");
  const first = await client.join(intra.own);
  const chain = await client.join(`${intra.own} ${extra.own}`);
  assert.equal(chain.split(" ")[0], first);
});

Deno.test("the relay between is verified: its session holds over any connection of it, and comes back over a new one", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test");
  const extra = world.relay("extra.test");
  world.looks["extra.test"] = { peerNames: ["intra.test"] };
  world.looks["intra.test"] = { peerNames: ["extra.test"] };
  const client = world.client(intra);
  const [one, two] = (await client.join(`${await client.join(intra.own)} ${extra.own}`)).split(" ");
  for (const lost of [...world.lines("extra.test")]) lost.destroy();
  await world.settle();
  assert.equal(extra.relay.size, 1);
  const peer = world.connect(extra.box);
  peer.send({ to: `${two} ${one} ${client.uri}`, from: PEER, headers: ["Message-ID: m1aa"], body: "x" });
  await world.settle();
  assert.equal(client.wire.seen.at(-1)?.request.messageId, "m1aa");
  assert.equal(world.dialled.at(-1)?.to.host, "intra.test");
});

Deno.test("without a verified name the session of a chain is bound to its connection", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test");
  const extra = world.relay("extra.test");
  const client = world.client(intra);
  await client.join(`${await client.join(intra.own)} ${extra.own}`);
  for (const lost of [...world.lines("extra.test")]) lost.destroy();
  await world.settle();
  assert.equal(extra.relay.size, 0);
});

Deno.test("a client whose credentials a relay behind refuses again and again is let go", async () => {
  const world = new RelayWorld();
  const intra = world.relay("intra.test", { limits: { failures: 4 } });
  const extra = world.relay("extra.test");
  const client = world.client(intra);
  const use = await client.join(intra.own);
  const { others } = await client.auth(`${use} ${extra.own}`);
  for (let i = 1; i <= 4; i++) {
    const line = oldAnswer(others, extra.own, { password: "x", nc: `0000000${i}` });
    client.wire.send({ method: "AUTH", to: `${use} ${extra.own}`, from: client.uri, headers: [line] });
    await world.settle();
  }
  await world.pass(6_000);
  assert.notEqual(client.wire.closed, null);
});

Deno.test("requests without session that are no AUTH: SEND 481, REPORT nothing; responses that match nothing are let go", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const tid = client.wire.send({ to: relay.own, from: client.uri, headers: ["Message-ID: m1aa"], body: "x" });
  client.wire.send({
    method: "REPORT",
    to: relay.own,
    from: client.uri,
    headers: ["Message-ID: m1aa", "Status: 000 200 OK"],
  });
  client.wire.write(`MSRP nobody 200 OK\r\nTo-Path: ${relay.own}\r\nFrom-Path: ${client.uri}\r\n-------nobody$\r\n`);
  await world.settle();
  assert.deepEqual(client.wire.responses.map(({ tid, status }) => [tid, status]), [[tid, 481]]);
  await client.join(relay.own);
});

Deno.test("a large message is passed on while it comes in, and cut off with the client", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  const client = world.client(relay);
  const use = await client.join(relay.own);
  const body = new Uint8Array(300_000).map((_, i) => i % 251);
  client.wire.send({
    to: `${use} ${PEER}`,
    from: client.uri,
    headers: ["Message-ID: big1", "Byte-Range: 1-*/300000"],
    body,
  });
  await world.settle(20);
  const peer = world.reached("peer.test");
  assert.deepEqual(peer.message("big1"), body);
  client.wire.write(
    `MSRP cut1 SEND\r\nTo-Path: ${use} ${PEER}\r\nFrom-Path: ${client.uri}\r\nMessage-ID: cut1\r\n` +
      `Byte-Range: 1-*/9000\r\nContent-Type: text/plain\r\n\r\n${"x".repeat(4000)}`,
  );
  await world.settle();
  client.wire.duplex.destroy();
  await world.settle();
  assert.equal(peer.seen.at(-1)?.continuation, "#");
  assert.equal(peer.message("cut1").length, 4000);
});

Deno.test("closing the relay ends all sessions", async () => {
  const world = new RelayWorld();
  const relay = world.relay("relay.test");
  await world.client(relay).join(relay.own);
  await world.client(relay, "bob").join(relay.own);
  relay.relay.close("stopping");
  assert.deepEqual([relay.relay.size, relay.box.size], [0, 0]);
});
