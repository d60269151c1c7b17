/** WebSockets at the front of the web doors: who gets them, and that everything else goes through. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket as PausableWebSocket } from "ws";
import { toLatin1 } from "../foundation/mod.ts";
import type { Endpoint } from "../transport/net/mod.ts";
import { openWebDoor, type WebParts, type WebSocketTakers } from "./mod.ts";
import { CERTIFICATE_B } from "./testing/certificates.ts";
import { doorParts } from "./testing/door_parts.ts";
import { handshake, RawHttp } from "./testing/raw_http.ts";

interface Taken {
  readonly by: "front: msrp" | "front: sip" | "application: sip";
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
}

/** As a box whose settings allow SIP messages of 500 KB. */
const SIP_LONGEST = 1_000_000;

/** A door whose WebSockets all echo. */
async function open(transport: "http" | "https", parts: { sipInside?: boolean } = {}) {
  const taken: Taken[] = [];
  const msrp: PausableWebSocket[] = [];
  const sip = (by: Taken["by"]): WebParts["acceptWebSocket"] => (socket, remote, local, secure) => {
    taken.push({ by, remote, local, secure });
    socket.onmessage = ({ data }) => socket.send(data);
    // One of the package `ws` throws where nobody listens.
    socket.onerror = () => {};
  };
  const takers: WebSocketTakers = {
    sip: parts.sipInside ? null : { accept: sip("front: sip")!, longest: SIP_LONGEST },
    msrp: {
      accept: (socket, remote, local, secure) => {
        taken.push({ by: "front: msrp", remote, local, secure });
        msrp.push(socket);
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      },
      longest: 262_144,
    },
  };
  const all = doorParts({ takers }, { acceptWebSocket: sip("application: sip") });
  const door = await openWebDoor({ transport, host: "127.0.0.1", port: 0 }, all);
  return { door, port: Number(new URL(door.url).port), taken, msrp };
}

/** A masked text frame with "hi", mask 0 (RFC 6455 §5.2); the echo comes unmasked. */
const HI = new Uint8Array([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);

for (const transport of ["http", "https"] as const) {
  Deno.test(`${transport}: msrp and sip are taken at the front, with both addresses`, async () => {
    const { door, port, taken } = await open(transport);
    for (const protocol of ["msrp", "sip", "sip, msrp", "msrp, sip"]) {
      const raw = new RawHttp(transport, port);
      raw.socket.write(handshake(protocol, "Origin: https://pages.test\r\n"));
      const head = await raw.until(/\r\n\r\n$/);
      assert.match(head, /^HTTP\/1.1 101 /);
      const expected = protocol.includes("sip") ? "sip" : "msrp";
      assert.match(head, new RegExp(`Sec-WebSocket-Protocol: ${expected}\r\n`));
      assert.equal(head.includes("Access-Control-Allow-Origin: https://pages.test\r\n"), expected === "msrp");
      assert.match(head, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
      raw.socket.write(HI);
      await raw.until(/\x81\x02hi$/);
      const { by, remote, local, secure } = taken.at(-1)!;
      assert.equal(by, `front: ${expected}`);
      assert.deepEqual(remote, { host: "127.0.0.1", port: raw.socket.localPort });
      assert.deepEqual(local, { host: "127.0.0.1", port });
      assert.equal(secure, transport === "https");
      await raw.close();
    }
    await door.close();
  });

  Deno.test(`${transport}: a handshake in single octets, with a message right behind it`, async () => {
    const { door, port } = await open(transport);
    const raw = new RawHttp(transport, port);
    const head = new TextEncoder().encode(handshake("msrp"));
    for (const octet of head.subarray(0, -1)) {
      await new Promise<void>((resolve) => raw.socket.write(new Uint8Array([octet]), () => resolve()));
    }
    raw.socket.write(new Uint8Array([head.at(-1)!, ...HI]));
    assert.match(await raw.until(/hi$/), /^HTTP\/1.1 101 [\s\S]+\r\n\r\n\x81\x02hi$/);
    await raw.close();
    await door.close();
  });

  Deno.test(`${transport}: everything else goes through: pages kept alive, large bodies, bad handshakes`, async () => {
    const { door, port, taken } = await open(transport);
    const raw = new RawHttp(transport, port);
    raw.socket.write("GET /healthz HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assert.match(await raw.until(/alive/), /^HTTP\/1.1 200 /);
    // The real source decides: this one is on this machine.
    raw.socket.write("GET /metrics HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assert.match(await raw.until(/\r\n\r\n/), /^HTTP\/1.1 200 /);
    raw.socket.write("GET /metrics HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
    assert.match(await raw.until(/bearer token/), /HTTP\/1.1 401 /);
    // A handshake that is not the first request of its connection: sip is served behind, msrp is told how.
    raw.socket.write(handshake("msrp"));
    assert.match(await raw.until(/first request of its connection/), /HTTP\/1.1 400 /);
    raw.socket.write(handshake("sip"));
    assert.match(await raw.until(/\r\n\r\n$/), /^HTTP\/1.1 101 /);
    await raw.close();
    assert.deepEqual(taken.map(({ by }) => by), ["application: sip"]);

    const large = new Uint8Array(1_000_000).fill(32);
    for (
      const [request, answer] of [
        [`POST /nowhere HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n${toLatin1(large)}`, /404 /],
        [handshake("xmpp"), /400 [\s\S]+offered: xmpp; allowed: sip, msrp\./],
        [handshake(""), /400 [\s\S]+offered: none; allowed: sip, msrp\./],
        [handshake("msrp").replace("Version: 13", "Version: 8"), /426 [\s\S]+version 13/],
        ["GET /ws HTTP/1.1\r\nHost: a.test\r\n\r\n", /426 [\s\S]+sip, msrp/],
      ] as const
    ) {
      const other = new RawHttp(transport, port);
      other.socket.write(request);
      await other.until(answer);
      await other.close();
    }
    assert.equal(taken.length, 1);
    await door.close();
  });

  Deno.test(`${transport}: where nobody takes sip at the front, the application gets it`, async () => {
    const { door, port, taken } = await open(transport, { sipInside: true });
    const raw = new RawHttp(transport, port);
    raw.socket.write(handshake("sip, msrp"));
    assert.match(await raw.until(/\r\n\r\n$/), /sec-websocket-protocol: sip\r\n/i);
    assert.equal(taken[0].by, "application: sip");
    assert.equal(taken[0].remote.port, raw.socket.localPort);
    await raw.close();
    await door.close();
  });

  Deno.test(`${transport}: a paused WebSocket stops its sender; a message over 256 KiB ends it with 1009`, async () => {
    const { door, port, msrp } = await open(transport);
    const raw = new RawHttp(transport, port);
    raw.socket.write(handshake("msrp"));
    await raw.until(/\r\n\r\n$/);
    const [webSocket] = msrp;
    webSocket.removeAllListeners("message");
    let messages = 0;
    webSocket.on("message", () => messages++);
    webSocket.pause();
    // A binary message of 65,536 octets, mask 0.
    const message = new Uint8Array(65_536 + 14);
    message.set([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]);
    let taken = 0;
    const COUNT = 400;
    for (let i = 0; i < COUNT; i++) raw.socket.write(message, () => taken++);
    let before = -1;
    for (let still = 0; still < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      still = taken === before ? still + 1 : 0;
      before = taken;
    }
    assert.ok(taken < COUNT / 2, `${taken} of ${COUNT} messages were taken while it was paused`);
    assert.equal(messages, 0);
    webSocket.resume();
    while (messages < COUNT) await new Promise((resolve) => setTimeout(resolve, 5));

    const failed = new Promise<string>((resolve) => webSocket.on("error", ({ message }) => resolve(message)));
    const large = new Uint8Array(14);
    large.set([0x82, 0xff, 0, 0, 0, 0, 0, 4, 0, 1]);
    raw.socket.write(large);
    assert.match(await failed, /payload/i);
    // Close frame, two octets: 1009.
    await raw.until(/\x88\x02\x03\xf1/);
    await raw.close();
    await door.close();
  });

  Deno.test(`${transport}: each subprotocol has the longest message of whoever takes it`, async () => {
    const { door, port } = await open(transport);
    const url = `${transport === "http" ? "ws" : "wss"}://127.0.0.1:${port}/ws`;
    const client = new PausableWebSocket(url, ["sip"], { rejectUnauthorized: false, perMessageDeflate: false });
    await once(client, "open");
    const echo = once(client, "message");
    client.send("x".repeat(SIP_LONGEST));
    const [data] = await echo as [Uint8Array];
    assert.equal(data.length, SIP_LONGEST);
    const closed = once(client, "close");
    client.send("x".repeat(SIP_LONGEST + 1));
    assert.equal((await closed)[0], 1009);
    await door.close();
  });
}

Deno.test("https: a certificate is renewed while a WebSocket for MSRP goes on; closing the door ends it", async () => {
  const { door, port } = await open("https");
  const raw = new RawHttp("https", port);
  raw.socket.write(handshake("msrp"));
  await raw.until(/\r\n\r\n$/);
  door.renew(CERTIFICATE_B);
  raw.socket.write(HI);
  await raw.until(/\x81\x02hi$/);
  const ended = new Promise((resolve) => raw.socket.once("close", resolve));
  await door.close();
  await ended;
});

Deno.test("https: a slow server behind holds back the one who uploads", async () => {
  // Nobody reads the body: what the kernels do not take must stay with the sender.
  const answer = Promise.withResolvers<Response>();
  const parts = doorParts({}, { mount: (app) => void app.post("/slow", () => answer.promise) });
  const door = await openWebDoor({ transport: "https", host: "127.0.0.1", port: 0 }, parts);
  const raw = new RawHttp("https", Number(new URL(door.url).port));
  raw.socket.write("POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 60000000\r\n\r\n");
  let taken = 0;
  const COUNT = 900;
  for (let i = 0; i < COUNT; i++) raw.socket.write(new Uint8Array(65_536), () => taken++);
  let before = -1;
  for (let still = 0; still < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    still = taken === before ? still + 1 : 0;
    before = taken;
  }
  assert.ok(taken < COUNT / 2, `${taken} of ${COUNT} pieces were taken`);
  await raw.close();
  answer.resolve(new Response());
  await door.close();
});
