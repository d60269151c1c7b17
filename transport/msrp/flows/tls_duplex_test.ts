import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemClock } from "../../../foundation/mod.ts";
import { type CertificatePair, makeCertificate } from "../../net/machine/mod.ts";
import { authority, clientPair, FixedNames, pattern, Reader, serverPair, TEST_TLS, testWires } from "./testing.ts";

const selfSigned = await makeCertificate(["alone.test"], systemClock);
const { fingerprint256, fingerprint } = new X509Certificate(selfSigned.certificate);

async function open(certificates: readonly CertificatePair[] = [serverPair]) {
  const server = testWires({ tls: { ...TEST_TLS, certificates } });
  const door = await server.wires.listen("tls://127.0.0.1:0");
  return { server, port: door.local.port };
}

const caller = (clientCertificate: CertificatePair | null = null, names: Record<string, string[]> = {}) =>
  testWires({ tls: { ...TEST_TLS, clientCertificate }, resolver: new FixedNames(names) });

Deno.test("a self-signed client certificate is taken, and its fingerprint known (RFC 4975 §14.4, RFC 8122)", async () => {
  const { server, port } = await open();
  const client = caller(selfSigned);
  const reader = new Reader(client.wires.dial("tls", { host: "127.0.0.1", port }, "msrp.test")!);
  const { duplex } = await server.next();
  for (
    const good of [
      `sha-256 ${fingerprint256}`,
      `SHA-256 ${fingerprint256.toLowerCase()}`,
      `  sha-1 ${fingerprint}`,
    ]
  ) assert.equal(duplex.hasFingerprint(good), true, good);
  for (
    const bad of [
      `sha-256 ${fingerprint256.replace(/^../, (pair) => pair === "00" ? "01" : "00")}`,
      `sha-1 ${fingerprint256}`,
      `sha-256 ${fingerprint256.slice(0, -3)}`,
      fingerprint256,
      `md5 ${fingerprint256}`,
      "",
    ]
  ) assert.equal(duplex.hasFingerprint(bad), false, bad);
  assert.deepEqual(duplex.peerNames, [], "nobody has verified it");
  await reader.until(() => reader.connects === 1, "connected");
  await client.close();
  await server.close();
});

Deno.test("a verified client certificate gives its names; without one there are neither names nor fingerprints", async () => {
  const { server, port } = await open();
  for (const [own, names] of [[clientPair, ["client.test"]], [null, []]] as const) {
    const client = caller(own);
    new Reader(client.wires.dial("tls", { host: "127.0.0.1", port }, "msrp.test")!);
    const { duplex } = await server.next();
    assert.deepEqual(duplex.peerNames, names);
    assert.equal(duplex.hasFingerprint(`sha-256 ${fingerprint256}`), false);
    await client.close();
  }
  await server.close();
});

Deno.test("as a client: the certificate must be for the name (RFC 4975 §6.1); without a name any is let through", async () => {
  const wild = await makeCertificate(["*.wild.test"], systemClock, { issuer: authority });
  const { server, port } = await open([serverPair, wild, selfSigned]);
  const client = caller();
  const dial = (name: string, to = { host: "127.0.0.1", port }) => new Reader(client.wires.dial("tls", to, name)!);
  for (
    const [name, problem] of [
      ["msrp.test", null],
      ["MSRP.test", null],
      ["127.0.0.1", null],
      ["a.wild.test", null],
      ["other.test", /not for "other.test"/],
      ["alone.test", /self.signed|unable to verify|issuer/i],
      ["", null],
    ] as const
  ) {
    const reader = dial(name);
    await reader.until(() => reader.connects === 1 || reader.closed !== null, name);
    if (problem === null) assert.equal(reader.closed, null, `${name}: ${reader.closed}`);
    else assert.match(reader.closed!, problem);
    reader.duplex.destroy();
  }
  await client.close();
  await server.close();
});

Deno.test("fingerprints decide: a dialler without a name sees that of the self-signed server", async () => {
  const { server, port } = await open([selfSigned]);
  const client = caller();
  const reader = new Reader(client.wires.dial("tls", { host: "127.0.0.1", port }, "")!);
  await reader.until(() => reader.connects === 1, "connected");
  assert.equal(reader.duplex.hasFingerprint(`sha-256 ${fingerprint256}`), true);
  const other = (fingerprint256[0] === "0" ? "1" : "0") + fingerprint256.slice(1);
  assert.equal(reader.duplex.hasFingerprint(`sha-256 ${other}`), false);
  assert.deepEqual(reader.duplex.peerNames, []);
  await client.close();
  await server.close();
});

Deno.test("a new certificate is shown from the next handshake on, and open connections stay", async () => {
  const { server, port } = await open([serverPair]);
  const client = caller();
  const first = new Reader(client.wires.dial("tls", { host: "127.0.0.1", port }, "msrp.test")!);
  const there = await server.next();
  there.onEach = (octets) => there.write(octets);
  const renewed = await makeCertificate(["msrp.test"], systemClock, { issuer: authority });
  server.wires.setCertificates([renewed]);
  // A dialler that has not been there, so that no session is resumed.
  const other = caller();
  const second = new Reader(other.wires.dial("tls", { host: "127.0.0.1", port }, "msrp.test")!);
  await second.until(() => second.connects === 1, "connected");
  const text = (pair: CertificatePair) => `sha-256 ${new X509Certificate(pair.certificate).fingerprint256}`;
  assert.equal(second.duplex.hasFingerprint(text(renewed)), true);
  assert.equal(second.duplex.hasFingerprint(text(serverPair)), false);
  first.write(pattern(1000));
  await first.until(() => first.length === 1000, "the echo");
  assert.throws(() => server.wires.setCertificates([]), RangeError);
  await other.close();
  await client.close();
  await server.close();
});

Deno.test("what is no TLS ends, is counted, and the door stays open", async () => {
  const { server, port } = await open();
  const raw = await Deno.connect({ hostname: "127.0.0.1", port });
  await raw.write(new TextEncoder().encode("MSRP a786hjs2 SEND\r\n"));
  while (await raw.read(new Uint8Array(1000)).catch(() => null) !== null);
  raw.close();
  const client = caller();
  new Reader(client.wires.dial("tls", { host: "127.0.0.1", port }, "msrp.test")!);
  await server.next();
  assert.equal(server.metrics.value("parley_msrp_wire_events_total", "tls", "handshake_failure"), 1);
  await client.close();
  await server.close();
});

Deno.test("a name in a path is resolved: the second address where the first refuses", async () => {
  const { server, port } = await open();
  const client = caller(null, { "msrp.test": ["127.0.0.9", "127.0.0.1"] });
  // 127.0.0.9 has no door at that port.
  for (const transport of ["tls", "tcp"] as const) {
    const at = transport === "tls" ? port : (await server.wires.listen("tcp://127.0.0.1:0")).local.port;
    const reader = new Reader(client.wires.dial(transport, { host: "msrp.test", port: at }, "msrp.test")!);
    await reader.until(() => reader.connects === 1 || reader.closed !== null, "connected");
    assert.equal(reader.closed, null);
    assert.deepEqual(reader.duplex.remote, { host: "127.0.0.1", port: at });
  }
  await client.close();
  await server.close();
});

Deno.test("half-close: what the peer asked for before its end is still answered", async () => {
  const { server, port } = await open();
  const tcp = (await server.wires.listen("tcp://127.0.0.1:0")).local.port;
  for (const secure of [false, true]) {
    const conn: Deno.TcpConn | Deno.TlsConn = secure
      ? await Deno.connectTls({
        hostname: "localhost",
        port,
        caCerts: [authority.certificate],
        unsafelyDisableHostnameVerification: true,
      })
      : await Deno.connect({ hostname: "127.0.0.1", port: tcp });
    if ("handshake" in conn) await conn.handshake();
    const there = await server.next();
    there.onEach = (octets) => {
      for (let i = 0; i < 20; i++) there.write(octets);
    };
    await conn.write(pattern(2_000));
    await conn.closeWrite();
    let got = 0;
    for (let n = 0; n !== null; got += n ?? 0) n = await conn.read(new Uint8Array(65_536)) as number;
    assert.equal(got, 40_000, secure ? "tls" : "tcp");
    conn.close();
    await there.until(() => there.closed !== null, "closed");
  }
  await server.close();
});

Deno.test("a reset is told, once", async () => {
  const server = testWires();
  const { local: { port } } = await server.wires.listen("tcp://127.0.0.1:0");
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const there = await server.next();
  there.write(pattern(100));
  await there.until(() => there.written === 1, "written");
  // Closing with octets unread resets the connection.
  await new Promise((resolve) => setTimeout(resolve, 20));
  conn.close();
  await there.until(() => there.closed !== null, "closed");
  assert.match(there.closed!, /reset|closed by the peer/);
  await server.close();
});
