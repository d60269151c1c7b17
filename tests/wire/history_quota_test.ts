/** How much may be recorded: the operator's limit, what its owner is told of it, and room again when something goes. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { Recorded } from "../support/recorded.ts";
import { eventually, Rest } from "../support/rest.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";

const QUOTA = 65_536;
const TEXT = 1_000;

Deno.test({
  name:
    "recordings have the room that the operator gives: their owner hears of it at four fifths and when it is full, messages go on, nothing more is recorded until something is deleted [HST-3]",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: `[history]\nquota_bytes = ${QUOTA}\n`,
    });
    const ada = await Rest.setUp(parley);
    const alice = await SipClient.open({ user: "alice", domain: parley.domain, port: parley.port });
    const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    const hers = await Recorded.signIn(parley, "alice");
    await hers.records("everything");
    const told = (words: RegExp) =>
      alice.requestArrived(({ start, body }) => start.startsWith("MESSAGE ") && words.test(body));

    const most = Math.floor(QUOTA / TEXT);
    for (let n = 0; n < most + 10; n++) {
      const text = `${n} `.padEnd(TEXT, "x");
      equal(statusOf(await alice.message(bob.aor, text)), 200, "it goes on, recorded or not");
    }
    await told(/^Your recorded conversations take 5\d(\.\d)? kB of \d+(\.\d)? kB\. When they are full/);
    await told(/^Your recorded conversations take 6\d(\.\d)? kB of .* They are full: nothing more is recorded/);
    const recorded = await hers.list();
    const taken = recorded.reduce((sum, { octets }) => sum + octets, 0);
    ok(taken <= QUOTA && taken > QUOTA - 2 * TEXT, `${taken} of ${QUOTA} octets`);
    deepEqual(
      (await hers.said(recorded[0].reference)).map(({ text }) => parseInt(text!)),
      Array.from({ length: most }, (_, n) => n),
      "what was first, without a gap",
    );
    const usage = await ada.get<{ totals: { octets: number } }>("/history/usage");
    equal(usage.totals.octets, taken);

    await hers.rest.delete(`/me/history/${recorded[0].reference}`);
    await eventually(async () => {
      equal(statusOf(await alice.message(bob.aor, "room again")), 200);
      return (await hers.list()).length === 1;
    }, "what is said is recorded again");
    alice.close();
    bob.close();
  },
});
