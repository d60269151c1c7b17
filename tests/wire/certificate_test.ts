/** Certificates that change under living connections, and bad ones at the start, over real sockets. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { CERTIFICATE_RECORDS, CertificateKeeper, type CertificateRecord } from "../../certificates/mod.ts";
import { parseConfig } from "../../config.ts";
import { EMPTY, Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage } from "../../storage/mod.ts";
import { Admission } from "../../transport/net/mod.ts";
import { makeCertificate } from "../../transport/net/machine/mod.ts";
import type { Flow, FlowHandler } from "../../transport/sip/mod.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { createWeb, Health, openWebDoor } from "../../web/mod.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { install, shown, until } from "../support/tls_probe.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const HOST = "127.0.0.1";
const NAMES = ["example.test", HOST];
const DAY_MS = 86_400_000;

/** A TLS client and a secure WebSocket of one authority. */
async function pairOfClients(sips: number, https: number, authority: string): Promise<[SipClient, SipClient]> {
  const common = { domain: "example.test", authority };
  return [
    await SipClient.open({ ...common, user: "alice", transport: "tls", port: sips }),
    await SipClient.open({ ...common, user: "bob", transport: "wss", port: https }),
  ];
}

/** Both write to each other over the connections that they have. */
async function exchange(alice: SipClient, bob: SipClient, text: string): Promise<void> {
  equal(statusOf(await alice.message(bob.aor, `${text} →`)), 200);
  equal(statusOf(await bob.message(alice.aor, `${text} ←`)), 200);
  await bob.requestArrived((request) => request.body === `${text} →`);
  await alice.requestArrived((request) => request.body === `${text} ←`);
}

/** Answers each request and passes it on to everybody else: what a server does, as far as connections matter. */
class Relay implements FlowHandler {
  readonly #flows = new Set<Flow>();
  #count = 0;

  onMessage(flow: Flow, head: string, body: Uint8Array): void {
    this.#flows.add(flow);
    if (head.startsWith("SIP/2.0 ")) return;
    const copied = head.match(/^(?:via|from|to|call-id|cseq):.*$/gim)!.join("\r\n");
    flow.send(`SIP/2.0 200 OK\r\n${copied}\r\nContent-Length: 0\r\n\r\n`, EMPTY);
    if (body.length === 0) return;
    const via = `Via: SIP/2.0/${flow.transport.toUpperCase()} relay.invalid;branch=z9hG4bK${++this.#count}\r\n`;
    for (const other of this.#flows) if (other !== flow) other.send(head.replace(/^via:/im, `${via}Via:`), body);
  }
  onGarbage(): void {}
  onRefused(): void {}
}

Deno.test(
  "a certificate renewed by upload: TLS and WebSocket clients stay connected and write on, new ones see the new one",
  options,
  async () => {
    const dir = await Deno.makeTempDir({ prefix: "parley-certificate-" });
    const opened: (() => Promise<void> | void)[] = [() => Deno.remove(dir, { recursive: true })];
    try {
      const [clock, log, metrics] = [systemClock, silentLog, new Metrics()];
      const timers = new TimerQueues(clock, (error) => {
        throw error;
      });
      timers.run();
      opened.push(() => timers.stop());
      const storage = await openStorage({ kv: `${dir}/kv`, keyFile: `${dir}/key`, clock, timers, log });
      opened.push(() => storage.close());
      const keeper = await CertificateKeeper.open({
        config: parseConfig('domain = "example.test"\n', { file: "", data: dir }),
        clock,
        timers,
        log,
        records: await storage.records<CertificateRecord>(CERTIFICATE_RECORDS.name, CERTIFICATE_RECORDS.max),
        audit: () => {},
      });
      opened.push(keeper.watch());
      const wires = new SipWires({ log, metrics, clock, timers, handler: new Relay(), tls: keeper.options });
      opened.push(() => wires.close());
      const sips = (await wires.listen(`tls://${HOST}:0`)).local.port;
      const web = createWeb({
        metrics,
        health: new Health(),
        mayReadMetrics: () => false,
        acceptWebSocket: (socket, remote, local, secure) => void wires.acceptWebSocket(socket, remote, local, secure),
        log,
      });
      const door = await openWebDoor({ transport: "https", host: HOST, port: 0 }, {
        web,
        material: keeper.pair,
        admission: new Admission(clock),
        timers,
        metrics,
        log,
      });
      opened.push(() => door.close());
      keeper.onRenewed((pair) => wires.setCertificates([pair]));
      keeper.onRenewed((pair) => door.renew(pair));
      const https = Number(new URL(door.url).port);

      // From the box's own certificate, over one that was uploaded, to one of the internal CA and back.
      const [alice, bob] = await pairOfClients(sips, https, keeper.pair.certificate);
      opened.push(() => [alice, bob].forEach((client) => client.close()));
      for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
      await exchange(alice, bob, "before");
      const ca = await makeCertificate(["Example CA"], clock, { authority: true });
      const pair = await makeCertificate(NAMES, clock, { issuer: ca });
      const changes: [string, () => Promise<{ fingerprint: string }>, () => string][] = [
        ["uploaded", () => keeper.upload(pair, "test"), () => ca.certificate],
        ["issued", async () => {
          await keeper.createAuthority({ name: "Internal CA", days: 365 }, "test");
          return await keeper.issue({ names: NAMES, days: 90 }, "test");
        }, () => keeper.authority()!.pem],
        ["own", () => keeper.use("self-signed", "test"), () => keeper.pair.certificate],
        ["own, renewed", () => keeper.renewSelfSigned("test"), () => keeper.pair.certificate],
      ];
      for (const [what, change, trusted] of changes) {
        const { fingerprint } = await change();
        for (const port of [sips, https]) {
          equal(await shown(port, "example.test"), fingerprint, `${what}, by name`);
          equal(await shown(port, null), fingerprint, `${what}, by address`);
        }
        await exchange(alice, bob, what);
        const newcomers = await pairOfClients(sips, https, trusted());
        for (const client of newcomers) {
          equal(statusOf(await client.register()), 200);
          client.close();
        }
      }
    } finally {
      for (const close of opened.reverse()) await close();
    }
  },
);

/** A box with a TLS door and an https door, and certificate files in its folder. */
async function boxWithFiles(dir: string, more = "") {
  const [sip, sips, https, http] = [freePort(), freePort(), freePort(), freePort()];
  const parley = await ParleyProcess.start({
    environment: { PARLEY_READ: dir },
    users: users("alice", "bob"),
    config: `[listen]\nsip = ["udp://${HOST}:${sip}", "tls://${HOST}:${sips}"]\n` +
      `web = ["https://${HOST}:${https}", "http://${HOST}:${http}"]\n` +
      `[tls]\ncertificate = "${dir}/own.pem"\nkey = "${dir}/own.key"\n${more}`,
  });
  const metric = async (name: string) => {
    const text = await (await fetch(`http://${HOST}:${http}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  };
  return { parley, sips, https, metric };
}

/** The https page, for a client that trusts `authority`. */
async function page(port: number, authority: string): Promise<number> {
  using client = Deno.createHttpClient({ caCerts: [authority] });
  const response = await fetch(`https://${HOST}:${port}/healthz`, { client });
  await response.body?.cancel();
  return response.status;
}

Deno.test(
  "certificate files renewed on the disk of a running box: TLS and WebSocket clients stay connected and write on",
  options,
  async () => {
    const dir = await Deno.makeTempDir({ prefix: "parley-certificate-" });
    const ca = await makeCertificate(["Example CA"], systemClock, { authority: true });
    const [first, second] = [
      await makeCertificate(NAMES, systemClock, { issuer: ca }),
      await makeCertificate(NAMES, systemClock, { issuer: ca }),
    ];
    await install(dir, first);
    const { parley, sips, https, metric } = await boxWithFiles(dir);
    await using _ = parley;
    const [alice, bob] = await pairOfClients(sips, https, ca.certificate);
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    await exchange(alice, bob, "before");
    equal(await metric("parley_certificate_alarms"), 0);
    await install(dir, second);
    const wanted = new X509Certificate(second.certificate).fingerprint256;
    for (const port of [sips, https]) {
      await until(async () => await shown(port, "example.test") === wanted, "the new certificate by name");
      equal(await shown(port, null), wanted);
    }
    await exchange(alice, bob, "after");
    equal(await page(https, ca.certificate), 200);
    await leave([alice, bob]);
    await Deno.remove(dir, { recursive: true });
  },
);

Deno.test(
  "an expired certificate at the start: the box is ready, the https page is up, an alarm is shown; good files end it",
  options,
  async () => {
    const dir = await Deno.makeTempDir({ prefix: "parley-certificate-" });
    const ca = await makeCertificate(["Example CA"], systemClock, { authority: true });
    const then = { ...systemClock, now: () => Date.now() - 100 * DAY_MS };
    await install(dir, await makeCertificate(NAMES, then, { days: 90 }));
    const expired = new X509Certificate(await Deno.readTextFile(`${dir}/own.pem`)).fingerprint256;
    // Another mistake of the same kind: it must not end the start either.
    const { parley, sips, https, metric } = await boxWithFiles(dir, `ca = "${dir}/none.pem"\n`);
    await using _ = parley;
    ok(parley.ready!.web.some((url) => url.startsWith("https://")));
    const own = await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`);
    equal(await page(https, own), 200);
    for (const port of [sips, https]) {
      notEqual(await shown(port, null), expired);
      equal(await shown(port, "example.test"), new X509Certificate(own).fingerprint256);
    }
    match(parley.output, /certificate trouble.*certificate\.expired.*own\.pem.* expired on/);
    match(parley.output, /certificate trouble.*certificate\.bad\/ca.*none\.pem/);
    equal(await metric("parley_certificate_alarms"), 2);
    ok(await metric("parley_certificate_expires_seconds") > 800 * 86_400);
    const alice = await SipClient.open({
      user: "alice",
      domain: "example.test",
      transport: "tls",
      port: sips,
      authority: own,
    });
    equal(statusOf(await alice.register()), 200);

    await install(dir, await makeCertificate(NAMES, systemClock, { issuer: ca }));
    const good = new X509Certificate(await Deno.readTextFile(`${dir}/own.pem`)).fingerprint256;
    await until(async () => await shown(https, null) === good, "the good files in use");
    equal(await shown(sips, null), good);
    equal(await page(https, ca.certificate), 200);
    equal(await metric("parley_certificate_alarms"), 1, "that of [tls] ca");
    equal(statusOf(await alice.message(alice.aor, "over the connection of before")), 200);
    await leave([alice]);
    await Deno.remove(dir, { recursive: true });
  },
);
