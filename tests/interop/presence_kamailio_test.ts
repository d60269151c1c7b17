/** Presence over the border of a domain: kamailio is the presence server of the other one. */
import { equal, ok } from "node:assert/strict";
import { freePort, interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { basicOf, PresenceClient } from "../support/presence_client.ts";
import { presenceRulesText, resourceListText, statusText } from "../support/presence_documents.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { startKamailio } from "./kamailio.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", ZOE = "sip:zoe@other.test";

/** Parley with alice and bob; kamailio with zoe. */
async function withBoth(
  transport: "udp" | "tcp",
  body: (parley: ParleyProcess, alice: PresenceClient, zoe: PresenceClient) => Promise<void>,
): Promise<void> {
  const port = freePort();
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: `[[peer]]\ndomain = "other.test"\nnext_hop = "sip:127.0.0.1:${port};transport=${transport}"\n`,
  });
  const kamailio = await startKamailio("presence", port, parley.port, transport);
  try {
    const alice = await SipClient.open({ user: "alice", domain: "example.test", port: parley.port, transport });
    const zoe = await SipClient.open({ user: "zoe", domain: "other.test", port, transport });
    equal(statusOf(await alice.register()), 200);
    equal(statusOf(await zoe.register()), 200);
    await body(parley, new PresenceClient(alice), new PresenceClient(zoe));
    await leave([alice, zoe]);
  } finally {
    await kamailio.stop();
  }
}

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `a list holds a user of another domain, whose presence server is kamailio, over ${transport} [PRE-2] [rp:PRS-4] [IOP-3]`,
    ["kamailio"],
    () =>
      withBoth(transport, async (parley, alice, zoe) => {
        const xcap = new XcapClient({ user: "bob", domain: parley.domain, port: parley.webPort });
        const rules = presenceRulesText([{ id: "a", watchers: [ALICE], handling: "allow" }]);
        equal((await xcap.put(xcap.own("pres-rules", "index"), rules)).status, 201);
        xcap.close();
        const publication = zoe.publication();
        equal(statusOf(await publication.publish(statusText(ZOE))), 200);
        const list = alice.list(ALICE);
        const answer = await list.subscribeTo(resourceListText("buddies", [BOB, ZOE]));
        equal(statusOf(answer), 200, answer.raw);
        const shows = (expected: Readonly<Record<string, string>>) =>
          list.until(
            () => Object.entries(expected).every(([uri, text]) => list.copy.summary[uri] === text),
            JSON.stringify(expected),
            20_000,
          );
        await shows({ [BOB]: "active: closed", [ZOE]: "active: open" });
        equal(statusOf(await publication.publish(statusText(ZOE, { basic: "closed", note: "gone home" }))), 200);
        await shows({ [BOB]: "active: closed", [ZOE]: "active: closed" });
        const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
        equal(statusOf(await bob.register()), 200);
        await shows({ [BOB]: "active: open", [ZOE]: "active: closed" });
        await leave([bob]);
        equal(statusOf(await list.subscribe({ expires: 0 })), 200);
        await list.is("terminated");
      }),
  );

  interopTest(
    `a user of ours watches one of kamailio's, and one of kamailio's waits for one of ours, over ${transport} [PRE-2] [IOP-3]`,
    ["kamailio"],
    () =>
      withBoth(transport, async (_parley, alice, zoe) => {
        const publication = zoe.publication();
        equal(statusOf(await publication.publish(statusText(ZOE))), 200);
        const watch = alice.watch(ZOE);
        const answer = await watch.subscribe();
        equal(statusOf(answer), 200, answer.raw);
        await watch.shows((presence) => basicOf(presence).join() === "open", "zoe is there");
        equal(statusOf(await publication.publish(statusText(ZOE, { basic: "closed" }))), 200);
        await watch.shows((presence) => basicOf(presence).join() === "closed", "zoe is gone");
        equal(statusOf(await watch.subscribe({ expires: 0 })), 200);
        await watch.is("terminated");
        const back = zoe.watch(ALICE);
        const asked = await back.subscribe();
        ok(statusOf(asked) === 200, asked.raw);
        await back.is("pending");
        ok(back.presence === null || !basicOf(back.presence).includes("open"), "nothing is said to who waits");
      }),
  );
}
