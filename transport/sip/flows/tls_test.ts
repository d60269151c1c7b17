import assert from "node:assert/strict";
import { EMPTY, systemClock } from "../../../foundation/mod.ts";
import { makeCertificate, NO_TLS, type TlsOptions } from "../../net/machine/mod.ts";
import { message, readText, Recorder, testWires, until, within } from "./testing.ts";

const authority = await makeCertificate(["Test authority"], systemClock, { authority: true });
const stranger = await makeCertificate(["Another authority"], systemClock, { authority: true });
const issue = (name: string, issuer = authority) => makeCertificate([name], systemClock, { issuer });
const example = await issue("example.test");
const other = await issue("other.test");
const client = await issue("client.test");

const base: TlsOptions = { ...NO_TLS, authorities: authority.certificate, publicRoots: false };

async function open(options: Partial<TlsOptions>) {
  const server = testWires({ tls: { ...base, certificates: [example, other], ...options } });
  const door = await server.wires.listen("tls://127.0.0.1:0");
  return { server, port: door.local.port };
}

async function caller(options: Partial<TlsOptions> = {}) {
  const wires = testWires({ tls: { ...base, certificates: [client], ...options } });
  await wires.wires.listen("tls://127.0.0.1:0");
  return wires;
}

const to = (port: number, tlsName: string) => ({ transport: "tls" as const, host: "127.0.0.1", port, tlsName });

/** The serial number of the certificate that a fresh connection is shown. */
async function serialShown(port: number, name: string): Promise<string> {
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, ...(name === "" ? ["-noservername"] : ["-servername", name])],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const { stdout } = await within(child.output(), "openssl s_client");
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(new TextDecoder().decode(stdout));
  assert.notEqual(pem, null, "a certificate in the output of openssl");
  return serialOf(pem![0]);
}

async function serialOf(pem: string): Promise<string> {
  const { X509Certificate } = await import("node:crypto");
  return new X509Certificate(pem).serialNumber;
}

let openssl = true;
try {
  await new Deno.Command("openssl", { args: ["version"], stdout: "null" }).output();
} catch {
  openssl = false;
  console.log("not tested: certificates as openssl sees them: there is no openssl");
}

Deno.test(
  "each domain shows its own certificate, an unknown name and none the first",
  { ignore: !openssl },
  async () => {
    const { server, port } = await open({});
    assert.equal(await serialShown(port, "example.test"), await serialOf(example.certificate));
    assert.equal(await serialShown(port, "OTHER.test"), await serialOf(other.certificate));
    assert.equal(await serialShown(port, "unknown.test"), await serialOf(example.certificate));
    assert.equal(await serialShown(port, ""), await serialOf(example.certificate));
    await server.close();
  },
);

Deno.test("a new certificate is shown from the next handshake on, and open connections stay", {
  ignore: !openssl,
}, async () => {
  const { server, port } = await open({});
  server.recorder.onEach = (flow, head, body) => void flow.send(head, body);
  const peer = await caller();
  const flow = peer.wires.flowTo(to(port, "example.test"))!;
  flow.send(message(1, EMPTY), EMPTY);
  await peer.recorder.next();
  const renewed = await issue("example.test");
  server.wires.setCertificates([renewed, other]);
  assert.equal(await serialShown(port, "example.test"), await serialOf(renewed.certificate));
  assert.equal(await serialShown(port, ""), await serialOf(renewed.certificate));
  flow.send(message(2, EMPTY), EMPTY);
  const back = await peer.recorder.next();
  assert.equal(back.flow, flow);
  assert.equal(back.text, message(2, EMPTY));
  await peer.close();
  await server.close();
});

Deno.test("a server whose certificate is for another name, or from a stranger, gets nothing (RFC 5922 §7.3)", async () => {
  const { server, port } = await open({});
  const peer = await caller();
  const trusting = await caller({ authorities: stranger.certificate });
  for (
    const [wires, name, expected] of [
      [peer, "third.test", /not for "third.test"/],
      [peer, "sub.example.test", /not for "sub.example.test"/],
      [peer, "", /not for "127.0.0.1"/],
      [trusting, "example.test", /certificate/],
    ] as const
  ) {
    const flow = wires.wires.flowTo(to(port, name))!;
    const watcher = new Recorder();
    flow.watch(watcher);
    assert.equal(flow.send(message(1, EMPTY), EMPTY), true);
    assert.match((await watcher.next()).text, expected);
  }
  assert.equal(server.recorder.heard.length, 0);
  await peer.close();
  await trusting.close();
  await server.close();
});

Deno.test("a connection verified for one name is not used for another", async () => {
  const both = await makeCertificate(["example.test", "other.test"], systemClock, { issuer: authority });
  const { server, port } = await open({ certificates: [both] });
  const peer = await caller();
  const first = peer.wires.flowTo(to(port, "example.test"))!;
  assert.equal(peer.wires.flowTo(to(port, "EXAMPLE.test")), first);
  assert.notEqual(peer.wires.flowTo(to(port, "other.test")), first);
  await peer.close();
  await server.close();
});

Deno.test("client certificates: the names of each peer, none without one, none from a stranger", async () => {
  const { server, port } = await open({ clientCertificates: "ask" });
  const strangers = await issue("evil.test", stranger);
  for (
    const [own, expected] of [
      [client, ["client.test"]],
      [other, ["other.test"]],
      [null, []],
      [strangers, []],
      [client, ["client.test"]],
    ] as const
  ) {
    const peer = await caller({ clientCertificate: own });
    peer.wires.flowTo(to(port, "example.test"))!.send(message(1, EMPTY), EMPTY);
    const { flow } = await server.recorder.next();
    assert.deepEqual(flow.peerNames, expected);
    await peer.close();
  }
  await server.close();
});

Deno.test("where a client certificate is required, nobody comes in without a valid one", async () => {
  const { server, port } = await open({ clientCertificates: "require" });
  for (const own of [null, await issue("evil.test", stranger)]) {
    const peer = await caller({ clientCertificate: own });
    const flow = peer.wires.flowTo(to(port, "example.test"))!;
    const watcher = new Recorder();
    flow.watch(watcher);
    flow.send(message(1, EMPTY), EMPTY);
    await watcher.next();
    await peer.close();
  }
  const peer = await caller({ clientCertificate: client });
  peer.wires.flowTo(to(port, "example.test"))!.send(message(2, EMPTY), EMPTY);
  const heard = await server.recorder.next();
  assert.equal(heard.text, message(2, EMPTY));
  assert.deepEqual(heard.flow.peerNames, ["client.test"]);
  await peer.close();
  await server.close();
});

Deno.test("a renewed certificate is also the one that is shown as a client", async () => {
  const { server, port } = await open({ clientCertificates: "require" });
  const foreign = await issue("old.test", stranger);
  const peer = await caller({ clientCertificate: foreign });
  peer.wires.setCertificates([client]);
  peer.wires.flowTo(to(port, "example.test"))!.send(message(1, EMPTY), EMPTY);
  assert.deepEqual((await server.recorder.next()).flow.peerNames, ["client.test"]);
  await peer.close();
  await server.close();
});

Deno.test("what is no TLS, and a handshake that does not go on, end; the door stays open", async () => {
  const limits = (await import("./flow_limits.ts")).DEFAULT_FLOW_LIMITS;
  const server = testWires({
    tls: { ...base, certificates: [example] },
    limits: { ...limits, connect_ms: 300 },
  });
  const door = await server.wires.listen("tls://127.0.0.1:0");
  const raw = await Deno.connect({ hostname: "127.0.0.1", port: door.local.port });
  await raw.write(new TextEncoder().encode("OPTIONS sip:a SIP/2.0\r\n\r\n"));
  await readText(raw);
  raw.close();
  const silent = await Deno.connect({ hostname: "127.0.0.1", port: door.local.port });
  assert.equal(await readText(silent), "");
  silent.close();
  const peer = await caller();
  peer.wires.flowTo(to(door.local.port, "example.test"))!.send(message(1, EMPTY), EMPTY);
  assert.equal((await server.recorder.next()).what, "message");
  await until(() => server.wires.connections === 1, "one connection");
  await peer.close();
  await server.close();
});
