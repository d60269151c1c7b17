/** kamailio as the core of another domain behind us, and as an edge in front of us that adds Path (RFC 3327). */
import { equal, match, ok } from "node:assert/strict";
import { freePort, interopTest } from "../support/process.ts";
import { header, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { startKamailio } from "./kamailio.ts";

for (const transport of ["udp", "tcp"] as const) {
  interopTest(`kamailio as the next hop for a foreign domain, over ${transport}: messages go both ways [IOP-3]`, [
    "kamailio",
  ], async () => {
    const port = freePort();
    await using parley = await ParleyProcess.start({
      users: users("alice"),
      config: `[[peer]]\ndomain = "other.test"\nnext_hop = "sip:127.0.0.1:${port};transport=${transport}"\n`,
    });
    const kamailio = await startKamailio("next_hop", port, parley.port, transport);
    try {
      const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port, transport });
      const zoe = await SipClient.open({ user: "zoe", domain: "other.test", port, transport });
      equal(statusOf(await alice.register()), 200);
      equal(statusOf(await zoe.register()), 200);
      const out = await alice.message("sip:zoe@other.test", "out to you 🌍");
      equal(statusOf(out), 200, out.raw);
      const arrived = await zoe.requestArrived((request) => request.body === "out to you 🌍");
      match(header(arrived, "from"), /sip:alice@example\.test/);
      ok(!/authorization/i.test(arrived.raw), "credentials left the domain");
      const back = await zoe.message("sip:alice@example.test", "and back");
      equal(statusOf(back), 200, back.raw);
      await alice.requestArrived((request) => request.body === "and back");
      equal(statusOf(await alice.message("sip:nobody@other.test", "?")), 404);
      alice.close();
      zoe.close();
    } finally {
      await kamailio.stop();
    }
  });

  interopTest(`kamailio as an edge that adds Path, over ${transport}: users behind it register and talk [IOP-3]`, [
    "kamailio",
  ], async () => {
    const port = freePort();
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const kamailio = await startKamailio("edge", port, parley.port, transport);
    try {
      const alice = await SipClient.open({ user: "alice", domain: "example.test", port, transport });
      const bob = await SipClient.open({ user: "bob", domain: "example.test", port, transport });
      for (const user of [alice, bob]) {
        const answer = await user.register(600, "", ["Supported: path"]);
        equal(statusOf(answer), 200, answer.raw);
        match(header(answer, "path"), new RegExp(`127\\.0\\.0\\.1:${port}`));
      }
      const answer = await alice.message("sip:bob@example.test", "through the edge twice");
      equal(statusOf(answer), 200, answer.raw);
      const arrived = await bob.requestArrived((request) => request.body === "through the edge twice");
      ok(
        (arrived.headers.get("via") ?? []).join(",").split(`127.0.0.1:${port}`).length > 2,
        "not through the edge both ways",
      );
      // Stored while away, delivered through the edge.
      equal(statusOf(await bob.register(0, "", ["Supported: path"])), 200);
      equal(statusOf(await alice.message("sip:bob@example.test", "for later")), 202);
      equal(statusOf(await bob.register(600, "", ["Supported: path"])), 200);
      await bob.requestArrived((request) => request.body === "for later");
      alice.close();
      bob.close();
    } finally {
      await kamailio.stop();
    }
  });
}
