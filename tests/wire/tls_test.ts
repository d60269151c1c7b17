/** SIP over TLS between real programs: both ways, certificates that change while it runs, certificates of clients. */
import { equal, match, notEqual, rejects } from "node:assert/strict";
import { systemClock } from "../../foundation/mod.ts";
import { type CertificatePair, makeCertificate } from "../../transport/net/machine/mod.ts";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { Child } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { install, shown, until } from "../support/tls_probe.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const HOST = "127.0.0.1";

async function tlsClient(
  parley: ParleyProcess,
  user: string,
  authority: string,
  certificate?: CertificatePair,
): Promise<SipClient> {
  return await SipClient.open({
    user,
    domain: parley.domain,
    port: parley.tlsPort,
    transport: "tls",
    authority,
    ...(certificate === undefined ? {} : { certificate: { cert: certificate.certificate, key: certificate.key } }),
  });
}

Deno.test(
  "messages go both ways over TLS, a device is reached over the connection it opened, and TLS meets UDP [REG-1]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const authority = await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`);
    const alice = await tlsClient(parley, "alice", authority);
    const bob = await tlsClient(parley, "bob", authority);
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    equal(statusOf(await alice.message(bob.aor, "sealed 🔐")), 200);
    equal(statusOf(await bob.message(alice.aor, "and back")), 200);
    match(header(await bob.requestArrived((request) => request.body === "sealed 🔐"), "via"), /^SIP\/2\.0\/TLS /);
    await alice.requestArrived((request) => request.body === "and back");
    await bob.register(0);
    const plain = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
    equal(statusOf(await plain.register()), 200);
    equal(statusOf(await alice.message(bob.aor, "to UDP")), 200);
    equal(statusOf(await plain.message(alice.aor, "from UDP")), 200);
    await plain.requestArrived((request) => request.body === "to UDP");
    await alice.requestArrived((request) => request.body === "from UDP");
    bob.close();
    await leave([alice, plain]);
    // Nobody who trusts other authorities takes the box for what it says to be.
    const stranger = await makeCertificate(["example.test"], systemClock);
    await rejects(tlsClient(parley, "alice", stranger.certificate));
  },
);

Deno.test(
  "a new certificate is used without a restart, open connections stay; a bad one is refused and the old one stays",
  options,
  async () => {
    const dir = await Deno.makeTempDir({ prefix: "parley-tls-" });
    const authority = await makeCertificate(["ca.test"], systemClock, { authority: true });
    const made = () => makeCertificate(["example.test", HOST], systemClock, { issuer: authority });
    const [first, second, third] = [await made(), await made(), await made()];
    await install(dir, first);
    await using parley = await ParleyProcess.start({
      environment: { PARLEY_READ: dir },
      users: users("alice", "bob"),
      config: `[tls]\ncertificate = "${dir}/own.pem"\nkey = "${dir}/own.key"\n`,
    });
    const old = await shown(parley.tlsPort, "example.test");
    equal(await shown(parley.tlsPort, null), old);
    const alice = await tlsClient(parley, "alice", authority.certificate);
    equal(statusOf(await alice.register()), 200);

    await install(dir, second);
    await until(async () => await shown(parley.tlsPort, "example.test") !== old, "a new certificate by name");
    const renewed = await shown(parley.tlsPort, "example.test");
    equal(await shown(parley.tlsPort, null), renewed, "who sends no server name still gets the old one");
    const bob = await tlsClient(parley, "bob", authority.certificate);
    equal(statusOf(await bob.register()), 200);
    equal(statusOf(await bob.message(alice.aor, "to the one who stayed")), 200);
    await alice.requestArrived((request) => request.body === "to the one who stayed");

    for (
      const [bad, why] of [
        [{ certificate: third.certificate, key: second.key }, /key does not belong/],
        [{ certificate: "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", key: third.key }, /not a PEM/],
      ] as const
    ) {
      const before = parley.output.length;
      await install(dir, bad);
      await until(() => Promise.resolve(why.test(parley.output.slice(before))), `a log line ${why}`);
      match(parley.output.slice(before), /new certificate refused, the old one stays/);
      equal(await shown(parley.tlsPort, "example.test"), renewed);
      equal(await shown(parley.tlsPort, null), renewed);
    }
    await install(dir, third);
    await until(async () => await shown(parley.tlsPort, "example.test") !== renewed, "the good one after the bad ones");
    notEqual(await shown(parley.tlsPort, null), renewed);
    await leave([alice, bob]);
    await Deno.remove(dir, { recursive: true });
  },
);

Deno.test("client certificates: asked for and not needed, or needed, as configured", options, async () => {
  const dir = await Deno.makeTempDir({ prefix: "parley-tls-" });
  const authority = await makeCertificate(["ca.test"], systemClock, { authority: true });
  const good = await makeCertificate(["edge.test"], systemClock, { issuer: authority });
  const foreign = await makeCertificate(["edge.test"], systemClock);
  await Deno.writeTextFile(`${dir}/ca.pem`, authority.certificate);
  for (const wish of ["ask", "require"]) {
    await using parley = await ParleyProcess.start({
      environment: { PARLEY_READ: dir },
      users: users("alice", "bob"),
      config: `[tls]\nclient_certificates = "${wish}"\nca = "${dir}/ca.pem"\n`,
    });
    const box = await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`);
    const asked = new Child("openssl", "openssl", {
      args: ["s_client", "-connect", `${HOST}:${parley.tlsPort}`, "-noservername"],
    });
    await asked.printed(/Acceptable client certificate CA names[\s\S]*CN ?= ?ca\.test/);
    await asked.stop();
    const known = await tlsClient(parley, "alice", box, good);
    equal(statusOf(await known.register()), 200);
    // TLS 1.3 tells a client of a refused certificate after the handshake: what shows is the end of the connection.
    const refused = async (certificate?: CertificatePair): Promise<boolean> => {
      const shown = certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key };
      const connection = await Deno.connectTls({ hostname: HOST, port: parley.tlsPort, caCerts: [box], ...shown });
      try {
        await connection.write(new TextEncoder().encode("\r\n\r\n"));
        return await connection.read(new Uint8Array(2)) === null;
      } catch (error) {
        const ends = [Deno.errors.InvalidData, Deno.errors.ConnectionReset, Deno.errors.UnexpectedEof];
        if (ends.some((kind) => error instanceof kind)) return true;
        throw error;
      } finally {
        connection.close();
      }
    };
    equal(await refused(good), false);
    equal(await refused(), wish === "require");
    equal(await refused(foreign), wish === "require");
    await leave([known]);
  }
  await Deno.remove(dir, { recursive: true });
});
