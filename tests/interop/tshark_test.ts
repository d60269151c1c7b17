/** An independent reader, tshark, dissects what Parley puts on the wire: nothing malformed, no expert warning. */
import { equal, ok } from "node:assert/strict";
import { interopTest } from "../support/process.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { SipCapture } from "./sip_capture.ts";

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `tshark finds nothing wrong in registrations, messages, stored messages and notifications over ${transport}`,
    ["tshark"],
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
      const { port, domain } = parley;
      const capture = await SipCapture.start(parley, transport);
      const alice = await SipClient.open({ user: "alice", domain, port, transport });
      const bob = await SipClient.open({ user: "bob", domain, port, transport });
      for (const each of [alice, bob]) {
        equal(statusOf(await each.register(600, `;+sip.instance="${each.instance}"`, ["Supported: gruu, path"])), 200);
      }
      equal(statusOf(await alice.message(bob.aor, "now 😀")), 200);
      const watch = await bob.request({
        method: "SUBSCRIBE",
        uri: bob.aor,
        headers: ["Event: reg", "Expires: 600", `Contact: ${bob.contact}`, "Accept: application/reginfo+xml"],
      });
      equal(statusOf(watch), 200, watch.raw);
      await bob.requestArrived((request) => request.start.startsWith("NOTIFY "));
      await bob.register(0);
      equal(statusOf(await alice.message(bob.aor, "later")), 202);
      equal(statusOf(await alice.message("sip:nobody@example.test", "?")), 404);
      equal(statusOf(await alice.request({ method: "OPTIONS", uri: `sip:${domain}` })), 200);
      await bob.register();
      await bob.requestArrived((request) => request.body === "later");
      await bob.register(0);
      await leave([alice, bob]);
      const seen = new Set((await capture.end()).flatMap((packet) => packet.seen));
      for (
        const wanted of ["REGISTER", "MESSAGE", "NOTIFY", "SUBSCRIBE", "OPTIONS", "200", "202", "401", "404", "407"]
      ) {
        ok(seen.has(wanted), `no ${wanted} in the capture: ${[...seen]}`);
      }
    },
  );
}
