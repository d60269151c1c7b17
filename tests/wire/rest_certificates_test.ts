/** Certificates over REST, while TLS and secure WebSocket clients stay connected to the box. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemClock } from "../../foundation/mod.ts";
import { makeCertificate } from "../../transport/net/machine/mod.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { Rest } from "../support/rest.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { shown } from "../support/tls_probe.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const [http, https, sip, sips] = [freePort(), freePort(), freePort(), freePort()];
const NAMES = ["example.test", "127.0.0.1"];
let parley: ParleyProcess;
let ada: Rest;
let alice: SipClient;
let bob: SipClient;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    port: sip,
    config: `[listen]\nsip = ["udp://127.0.0.1:${sip}", "tls://127.0.0.1:${sips}"]\n` +
      `web = ["http://127.0.0.1:${http}", "https://127.0.0.1:${https}"]\n`,
  });
  ada = await Rest.setUp(parley);
  [alice, bob] = await clients(await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`));
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

interface Certificate {
  readonly id: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly in_use: boolean;
}

/** A TLS client and a secure WebSocket, registered, of who trusts `authority`. */
async function clients(authority: string): Promise<[SipClient, SipClient]> {
  const common = { domain: "example.test", authority };
  const pair: [SipClient, SipClient] = [
    await SipClient.open({ ...common, user: "alice", transport: "tls", port: sips }),
    await SipClient.open({ ...common, user: "bob", transport: "wss", port: https }),
  ];
  for (const client of pair) equal(statusOf(await client.register()), 200);
  return pair;
}

/** Both write to each other over the connections that they have had from the start. */
async function stillConnected(text: string): Promise<void> {
  equal(statusOf(await alice.message(bob.aor, `${text} →`)), 200);
  equal(statusOf(await bob.message(alice.aor, `${text} ←`)), 200);
  await bob.requestArrived(({ body }) => body === `${text} →`);
  await alice.requestArrived(({ body }) => body === `${text} ←`);
}

/** What both doors show, with a server name and without one. */
async function doorsShow(): Promise<Set<string>> {
  return new Set(
    await Promise.all([sips, https].flatMap((port) => [shown(port, "example.test"), shown(port, null)])),
  );
}

async function used(): Promise<Certificate> {
  const { certificates } = await ada.get<{ certificates: Certificate[] }>("/certificates");
  const [one, ...more] = certificates.filter(({ in_use }) => in_use);
  equal(more.length, 0);
  return one;
}

Deno.test(
  "a certificate is uploaded: the doors show it at once, TLS and WebSocket clients stay connected and write on",
  options,
  async () => {
    await stillConnected("before");
    equal((await used()).source, "self-signed");
    const ca = await makeCertificate(["Example CA"], systemClock, { authority: true });
    const { certificate, key } = await makeCertificate(NAMES, systemClock, { issuer: ca });
    const uploaded = await ada.post<Certificate>("/certificates", { certificate, key });
    deepEqual([uploaded.source, uploaded.in_use], ["uploaded", true]);
    equal(uploaded.fingerprint, new X509Certificate(certificate).fingerprint256);
    deepEqual(await doorsShow(), new Set([uploaded.fingerprint]));
    await stillConnected("uploaded");
    for (const client of await clients(ca.certificate)) client.close();
    // REST itself, over the renewed door.
    const client = Deno.createHttpClient({ caCerts: [ca.certificate] });
    const secure = new Rest(`https://127.0.0.1:${https}`, ada.token, client);
    equal((await secure.get<{ certificates: Certificate[] }>("/certificates")).certificates.length, 2);
    client.close();
  },
);

Deno.test("a bad upload is refused with its reason, and the one in use stays", options, async () => {
  const before = await used();
  const { certificate, key } = await makeCertificate(NAMES, systemClock, {});
  const other = await makeCertificate(NAMES, systemClock, {});
  const then = { ...systemClock, now: () => Date.now() - 100 * 86_400_000 };
  const expired = await makeCertificate(NAMES, then, { days: 90 });
  const bad: [what: string, pair: { certificate: string; key: string | null }, reason: RegExp][] = [
    ["another key", { certificate, key: other.key }, /key/i],
    ["no certificate", { certificate: "hello", key }, /certificate|PEM/i],
    ["cut off", { certificate: certificate.slice(0, certificate.length / 2), key }, /certificate|PEM/i],
    ["no key", { certificate, key: "hello" }, /key|PEM/i],
    ["expired", { certificate: expired.certificate, key: expired.key }, /expired/i],
    ["no request of it", { certificate, key: null }, /request/i],
  ];
  for (const [what, body, reason] of bad) {
    const refused = await ada.ask("POST", "/certificates", { body });
    ok(refused.status === 422 || refused.status === 409, `${what}: ${refused.status} ${refused.text}`);
    match(refused.refused(refused.status).detail, reason, what);
  }
  deepEqual(await used(), before);
  deepEqual(await doorsShow(), new Set([before.fingerprint]));
  await stillConnected("refused");
});

Deno.test(
  "one of the box's own authority, back to a self-signed one, and what was chosen outlives a kill; nobody is thrown out",
  options,
  async () => {
    const authority = await ada.post<{ pem: string }>("/certificates/authority", {
      name: "Example internal CA",
      days: 365,
    });
    const issued = await ada.post<Certificate>("/certificates/issue", { names: NAMES, days: 90 });
    equal(issued.source, "internal CA");
    deepEqual(await doorsShow(), new Set([issued.fingerprint]));
    await stillConnected("issued");
    for (const client of await clients(authority.pem)) client.close();
    const pem = await ada.ask("GET", "/certificates/authority.pem");
    equal(pem.text.trim(), authority.pem.trim());

    const anew = await ada.post<Certificate>("/certificates/self-signed");
    deepEqual(await doorsShow(), new Set([anew.fingerprint]));
    await stillConnected("self-signed");
    (await ada.ask("DELETE", `/certificates/${encodeURIComponent((await used()).id)}`)).refused(409, "conflict");

    // Which one is in use is kept.
    const { fingerprint } = await ada.post<Certificate>(`/certificates/${encodeURIComponent(issued.id)}/use`);
    equal(fingerprint, issued.fingerprint);
    for (const client of [alice, bob]) client.close();
    await parley.kill();
    await parley.run();
    deepEqual(await doorsShow(), new Set([issued.fingerprint]));
    const { entries } = await ada.get<{ entries: { event: string }[] }>("/audit?limit=100");
    ok(entries.filter(({ event }) => event.startsWith("certificate.")).length >= 5);
  },
);
