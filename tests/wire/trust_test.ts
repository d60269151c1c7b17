/** Trusted hops, several domains, and what leaves the domain. */
import { equal, match, ok } from "node:assert/strict";
import { header, leave, SipClient, statusOf } from "../support/sip_client.ts";
import { freePort } from "../support/process.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "behind a core that has authenticated the user nobody is challenged, and its word on who sends holds; from anywhere else the same words count for nothing [SEC-14] [IOP-3]",
  options,
  async () => {
    // The core is known by its address; other addresses of loopback are strangers.
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: `[trust]\nhops = ["127.0.0.2/32"]\n`,
    });
    const { domain, port } = parley;
    const core = await SipClient.open({ user: "alice", domain, port, host: "127.0.0.2", server: "127.0.0.1" });
    const bob = await SipClient.open({ user: "bob", domain, port });
    equal(statusOf(await bob.register()), 200);
    const asserted = ["P-Asserted-Identity: <sip:alice@example.test>"];
    const registered = await core.request({
      method: "REGISTER",
      uri: `sip:${domain}`,
      to: `<${core.aor}>`,
      headers: [`Contact: ${core.contact}`, ...asserted],
      authenticate: false,
    });
    equal(statusOf(registered), 200, registered.raw);
    const sent = await core.message(bob.aor, "through the core", { headers: asserted, authenticate: false });
    equal(statusOf(sent), 200, sent.raw);
    const arrived = await bob.requestArrived((request) => request.body === "through the core");
    match(header(arrived, "p-asserted-identity"), /sip:alice@example\.test/);

    const stranger = await SipClient.open({ user: "alice", domain, port });
    const refused = await stranger.message(bob.aor, "I am the core", { headers: asserted, authenticate: false });
    equal(statusOf(refused), 407, refused.raw);
    equal(bob.requests.length, 1);
    await leave([bob]);
    core.close();
    stranger.close();
  },
);

Deno.test(
  "users of several domains are served side by side, each with its own realm [IOP-3] [DM-1]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      config: `[log]\nlevel = "info"\n`,
      domains: ["second.test"],
    });
    for (const uri of ["sip:ann@example.test", "sip:ann@second.test"]) {
      const { code, output } = await parley.command("user", "add", uri, "--password", passwordOf("ann"));
      equal(code, 0, output);
    }
    const first = await SipClient.open({ user: "ann", domain: "example.test", port: parley.port });
    const second = await SipClient.open({ user: "ann", domain: "second.test", port: parley.port });
    equal(statusOf(await first.register()), 200);
    const challenge = await second.message(first.aor, "?", { authenticate: false });
    match(header(challenge, "proxy-authenticate"), /realm="second\.test"/);
    equal(statusOf(await second.register()), 200);
    equal(statusOf(await second.message(first.aor, "from the other ann")), 200);
    const arrived = await first.requestArrived((request) => request.body === "from the other ann");
    match(header(arrived, "from"), /sip:ann@second\.test/);
    await leave([first, second]);
  },
);

Deno.test(
  "to a foreign core a message goes without credentials and without what is only for inside [PRI-1]",
  options,
  async () => {
    const foreign = freePort();
    await using parley = await ParleyProcess.start({
      users: users("alice"),
      config: `[[peer]]\ndomain = "other.test"\nnext_hop = "sip:127.0.0.1:${foreign};transport=udp"\n`,
    });
    const core = await SipClient.open({ user: "zoe", domain: "other.test", port: parley.port, bind: foreign });
    const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port });
    equal(statusOf(await alice.register()), 200);
    equal(statusOf(await alice.message("sip:zoe@other.test", "abroad", { headers: ["Privacy: id"] })), 200);
    const arrived = await core.requestArrived((request) => request.body === "abroad");
    ok(!/authorization/i.test(arrived.raw), arrived.raw);
    equal(header(arrived, "p-asserted-identity"), "");
    // A request in a foreign name is let in from that domain's core, from nobody else (PRI-12).
    equal(statusOf(await core.message(alice.aor, "and back")), 200);
    const stranger = await SipClient.open({
      user: "zoe",
      domain: "other.test",
      port: parley.port,
      host: "127.0.0.3",
      server: "127.0.0.1",
    });
    equal(statusOf(await stranger.message(alice.aor, "forged")), 403);
    await leave([alice]);
    core.close();
    stranger.close();
  },
);
