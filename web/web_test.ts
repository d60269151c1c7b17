import assert from "node:assert/strict";
import { connect } from "node:tls";
import { Metrics, silentLog } from "../foundation/mod.ts";
import type { Endpoint } from "../transport/net/mod.ts";
import { createWeb, Health, openWebDoor, type WebParts } from "./mod.ts";
import { CERTIFICATE_B } from "./testing/certificates.ts";
import { doorParts } from "./testing/door_parts.ts";

const HERE = { remote: { host: "127.0.0.1", port: 4000 }, local: { host: "127.0.0.1", port: 8080 }, secure: false };
const THERE = { ...HERE, remote: { host: "192.0.2.9", port: 4000 } };

function web(parts: Partial<WebParts> = {}) {
  const metrics = new Metrics();
  metrics.counter("parley_test_total", "Test.").add(5);
  const health = new Health();
  return createWeb({
    metrics,
    health,
    mayReadMetrics: (token) => token === "parley_good",
    acceptWebSocket: null,
    log: silentLog,
    ...parts,
  });
}

Deno.test("/healthz answers while the process lives", async () => {
  const response = await web().request("/healthz", {}, HERE);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "alive" });
  assert.equal(response.headers.get("cache-control"), "no-store");
});

Deno.test("/readyz is 503 with the reason of each check that fails, also of one that throws", async () => {
  const health = new Health();
  let trouble: string | null = null;
  health.add("storage", () => trouble);
  health.add("doors", () => null);
  const app = web({ health });
  const good = await app.request("/readyz", {}, THERE);
  assert.equal(good.status, 200);
  assert.deepEqual((await good.json()).checks, [{ name: "storage", ok: true }, { name: "doors", ok: true }]);
  trouble = "disk full";
  health.add("doors", () => {
    throw new Error("lost");
  });
  const bad = await app.request("/readyz", {}, THERE);
  assert.equal(bad.status, 503);
  assert.deepEqual(await bad.json(), {
    status: "not ready",
    checks: [
      { name: "storage", ok: false, reason: "disk full" },
      { name: "doors", ok: false, reason: "the check failed: lost" },
    ],
  });
});

Deno.test("/metrics is open on this machine, and elsewhere asks for a token", async () => {
  const app = web();
  const here = await app.request("/metrics", {}, HERE);
  assert.equal(here.status, 200);
  assert.match(await here.text(), /^parley_test_total 5$/m);
  assert.match(here.headers.get("content-type")!, /version=0.0.4/);
  const stranger = await app.request("/metrics", {}, THERE);
  assert.equal(stranger.status, 401);
  assert.match(stranger.headers.get("www-authenticate")!, /^Bearer/);
  const ask = (authorization: string) => app.request("/metrics", { headers: { authorization } }, THERE);
  assert.equal((await ask("Bearer parley_good")).status, 200);
  assert.equal((await ask("Bearer parley_bad")).status, 401);
  const proxied = await app.request("/metrics", { headers: { "x-forwarded-for": "192.0.2.9" } }, HERE);
  assert.equal(proxied.status, 401);
});

Deno.test("anything else is a problem as JSON", async () => {
  const response = await web().request("/nowhere", {}, HERE);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal((await response.json()).detail, "There is nothing at /nowhere.");
});

Deno.test("/ws without a WebSocket handshake for sip gets 426 or 400", async () => {
  const app = web({ acceptWebSocket: () => assert.fail("was accepted") });
  const ask = (headers: Record<string, string>) => app.request("/ws", { headers }, HERE);
  const plain = await ask({});
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get("upgrade"), "websocket");
  assert.equal((await ask({ upgrade: "websocket", "sec-websocket-version": "8" })).status, 426);
  const upgrade = { upgrade: "WebSocket", "sec-websocket-version": "13" };
  const none = await ask(upgrade);
  assert.equal(none.status, 400);
  assert.match((await none.json()).detail, /offered: none; allowed: sip/);
  assert.equal((await ask({ ...upgrade, "sec-websocket-protocol": "xmpp, mqtt" })).status, 400);
  // A handshake that lacks its key.
  assert.equal((await ask({ ...upgrade, "sec-websocket-protocol": "sip" })).status, 400);
});

function echo(accepted: { remote: Endpoint; local: Endpoint; secure: boolean }[]): WebParts["acceptWebSocket"] {
  return (socket, remote, local, secure) => {
    accepted.push({ remote, local, secure });
    socket.onmessage = ({ data }) => socket.send(data);
  };
}

Deno.test("an http door hands a WebSocket with the subprotocol sip on, with both addresses", async () => {
  const accepted: { remote: Endpoint; local: Endpoint; secure: boolean }[] = [];
  const parts = doorParts({}, { acceptWebSocket: echo(accepted) });
  const door = await openWebDoor({ transport: "http", host: "127.0.0.1", port: 0 }, parts);
  const socket = new WebSocket(`${door.url.replace("http", "ws")}/ws`, ["foo", "sip"]);
  await new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]);
  assert.equal(socket.protocol, "sip");
  const answer = new Promise<string>((resolve) => socket.onmessage = ({ data }) => resolve(data));
  socket.send("ping");
  assert.equal(await answer, "ping");
  assert.equal(accepted[0].remote.host, "127.0.0.1");
  assert.equal(accepted[0].secure, false);
  assert.equal(door.url, `http://127.0.0.1:${accepted[0].local.port}`);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await door.close();
});

Deno.test("an address that is taken is named", async () => {
  const door = await openWebDoor({ transport: "http", host: "127.0.0.1", port: 0 }, doorParts());
  const port = Number(new URL(door.url).port);
  await assert.rejects(
    openWebDoor({ transport: "http", host: "127.0.0.1", port }, doorParts()),
    new RegExp(`^Error: http://127.0.0.1:${port}: cannot be opened: `),
  );
  await door.close();
});

/** One TLS connection to a door: the common name that it shows, and a way to speak HTTP by hand. */
function tlsClient(port: number) {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, servername: `t${Math.random()}.test` });
  let text = "";
  let wake = () => {};
  socket.on("data", (chunk: Uint8Array) => {
    text += new TextDecoder("latin1").decode(chunk);
    wake();
  });
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) await new Promise<void>((resolve) => wake = resolve);
    const found = text;
    text = "";
    return found;
  };
  const opened = new Promise<string>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve(String(socket.getPeerCertificate().subject.CN)));
  });
  return { socket, until, opened };
}

Deno.test("an https door renews its certificate and keeps its WebSockets", async () => {
  const accepted: { remote: Endpoint; local: Endpoint; secure: boolean }[] = [];
  const parts = doorParts({}, { acceptWebSocket: echo(accepted) });
  const door = await openWebDoor({ transport: "https", host: "127.0.0.1", port: 0 }, parts);
  const port = Number(new URL(door.url).port);
  const first = tlsClient(port);
  assert.equal(await first.opened, "a.test");
  first.socket.write(
    `GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n`,
  );
  assert.match(await first.until(/\r\n\r\n/), /^HTTP\/1.1 101 /);
  assert.equal(accepted[0].secure, true);
  assert.equal(accepted[0].remote.port, first.socket.localPort);
  assert.equal(accepted[0].local.port, port);

  door.renew(CERTIFICATE_B);
  const second = tlsClient(port);
  assert.equal(await second.opened, "b.test");
  second.socket.write("GET /healthz HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n");
  assert.match(await second.until(/alive/), /^HTTP\/1.1 200 /);

  // A masked text frame with "hi", mask 0: the echo comes unmasked (RFC 6455 §5.2).
  first.socket.write(new Uint8Array([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
  assert.match(await first.until(/hi$/), /\x81\x02hi$/);
  for (const { socket } of [first, second]) {
    const closed = socket.closed || new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await closed;
  }
  await door.close();
});

Deno.test("the server behind an https door answers nobody but the front", async () => {
  const door = await openWebDoor({ transport: "https", host: "127.0.0.1", port: 0 }, doorParts());
  const inside = [
    ...Deno.readTextFileSync("/proc/net/tcp").matchAll(/^ *\d+: 0100007F:([0-9A-F]{4}) 00000000:0000 0A/gm),
  ]
    .map(([, hex]) => parseInt(hex, 16));
  const answers = await Promise.all(inside.map(async (port) => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1000) });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  }));
  assert.ok(answers.includes(403), `${answers}`);
  await door.close();
});
