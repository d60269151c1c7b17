/** An independent reader, tshark, dissects what Parley puts on the wire: nothing malformed, no expert warning. */
import { equal, ok } from "node:assert/strict";
import { Child, interopTest } from "../support/process.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `tshark finds nothing wrong in registrations, messages, stored messages and notifications over ${transport}`,
    ["tshark"],
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
      const { port, domain } = parley;
      const file = `${parley.dir}/capture.pcap`;
      const capture = new Child("tshark", "tshark", {
        args: [
          "-i",
          "lo",
          "-f",
          `${transport} port ${port}`,
          "-d",
          `${transport}.port==${port},sip`,
          "-w",
          file,
          "-P",
          "-l",
          "-a",
          "duration:60",
        ],
      });
      await capture.printed(/Capturing on/);
      const alice = await SipClient.open({ user: "alice", domain, port, transport });
      const bob = await SipClient.open({ user: "bob", domain, port, transport });
      // The capture runs when it has reported a packet: there is one every 100 ms until then.
      const probes = setInterval(() => {
        alice.request({ method: "OPTIONS", uri: `sip:${domain}` }).catch((error) => console.error(error));
      }, 100);
      try {
        await capture.printed(/OPTIONS/);
      } finally {
        clearInterval(probes);
      }
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
      // … and it has seen all when it has reported the last one.
      equal(statusOf(await alice.message("sip:the-end@example.test", "?")), 404);
      await capture.printed(/the-end/);
      await leave([alice, bob]);
      await capture.stop("SIGINT");

      const reader = new Child("tshark", "tshark", {
        args: [
          "-r",
          file,
          "-d",
          `${transport}.port==${port},sip`,
          "-T",
          "fields",
          "-e",
          "sip.Method",
          "-e",
          "sip.Status-Code",
          "-e",
          "_ws.malformed",
          "-e",
          "_ws.expert.message",
          "-E",
          "separator=|",
        ],
      });
      equal((await reader.finished(30_000)).code, 0);
      const rows = reader.output.split("\n").filter((line) => /^[A-Z]*\|[0-9]*\|/.test(line)).map((line) =>
        line.split("|")
      );
      const seen = new Set(rows.map(([method, status]) => method || status));
      for (
        const wanted of ["REGISTER", "MESSAGE", "NOTIFY", "SUBSCRIBE", "OPTIONS", "200", "202", "401", "404", "407"]
      ) {
        ok([...seen].some((each) => each.split(",").includes(wanted)), `no ${wanted} in the capture: ${[...seen]}`);
      }
      // Closing connections is TCP's own matter, and repeats are the sender's.
      const wrong = rows.filter(([, , malformed, expert]) =>
        malformed !== "" || /malformed|undecoded|unknown|illegal|missing/i.test(expert)
      );
      equal(wrong.length, 0, wrong.map((row) => row.join(" ")).join("\n"));
    },
  );
}
