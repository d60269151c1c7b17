/**
 * Load from sipp: nothing lost, doubled, or out of a sender's order. The full figures of the issue (10,000 registrations,
 * 50,000 messages) run with PARLEY_FULL=1; a test run takes a tenth of them.
 */
import { deepEqual, equal } from "node:assert/strict";
import { freePort, interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { sippEnded, sippRow, startSipp } from "./sipp.ts";

const FULL = Deno.env.get("PARLEY_FULL") === "1";
const REGISTRATIONS = FULL ? 10_000 : 1_000;
const SENDERS = 100;
const EACH = FULL ? 500 : 50;

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `sipp over ${transport}: every REGISTER with digest is answered, and of ${SENDERS} senders' MESSAGEs none is lost, ` +
      "doubled or out of order [REG-7] [SEC-4] [GR-3]",
    ["sipp"],
    async () => {
      const names = Array.from({ length: REGISTRATIONS }, (_, i) => `u${i}`);
      await using parley = await ParleyProcess.start({ users: users(...names) });
      const dir = await Deno.makeTempDir({ prefix: "parley-sipp-" });
      const [registers, receives, sends] = [freePort(), freePort(), freePort()];
      const domain = parley.domain;
      const register = startSipp({
        scenario: "register",
        dir,
        port: registers,
        transport,
        server: parley.port,
        variables: { domain, contact_port: receives },
        rows: names.map((name) => sippRow(name)),
        calls: REGISTRATIONS,
        concurrent: 100,
        rate: 5_000,
      });
      await sippEnded(register, dir, "register", 120_000);

      const log = `${dir}/received.log`;
      const receiver = startSipp({ scenario: "receive_messages", dir, port: receives, transport, log });
      try {
        const sender = startSipp({
          scenario: "send_messages",
          dir,
          port: sends,
          transport,
          server: parley.port,
          variables: { domain, count: EACH },
          rows: names.slice(0, SENDERS).map((name, i) => sippRow(name, names[SENDERS + i])),
          calls: SENDERS,
          concurrent: SENDERS,
          rate: 1_000,
        });
        await sippEnded(sender, dir, "send_messages", 300_000);
      } finally {
        await receiver.stop("SIGUSR1");
      }

      const received = new Map<string, number[]>();
      for (const line of (await Deno.readTextFile(log)).split("\n")) {
        const match = /^got (u\d+) (\d+)/.exec(line);
        if (match === null) continue;
        const numbers = received.get(match[1]) ?? [];
        numbers.push(Number(match[2]));
        received.set(match[1], numbers);
      }
      equal(received.size, SENDERS);
      const inOrder = Array.from({ length: EACH }, (_, i) => i + 1);
      for (const [name, numbers] of received) deepEqual(numbers, inOrder, `messages of ${name}`);
      await Deno.remove(dir, { recursive: true });
    },
  );
}
