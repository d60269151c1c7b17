/** Clients we did not write see each other's presence through Parley as it is shipped, as far as its owners let them. */
import { equal, match, ok } from "node:assert/strict";
import { interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { PresenceClient, WatchersWatch } from "../support/presence_client.ts";
import { type Handling, presenceRulesText, statusText } from "../support/presence_documents.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { Baresip } from "./baresip.ts";
import { Linphone } from "./linphone.ts";

const NEEDED = ["baresip", "linphonec", "script"];
/** Watchers are told of each change within a second: how often is another matter (presence_pace_test.ts). */
const PACE = "[presence]\nnotify_interval = 1\n";
const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";

/** The owner says how the watcher is treated. */
async function rule(parley: ParleyProcess, owner: string, watcher: string, handling: Handling): Promise<void> {
  const xcap = new XcapClient({ user: owner, domain: parley.domain, port: parley.webPort });
  try {
    const rules = presenceRulesText([{ id: "one", watchers: [watcher], handling }]);
    const { status, body } = await xcap.put(xcap.own("pres-rules", "index"), rules);
    ok(status === 200 || status === 201, `${status} ${body}`);
  } finally {
    xcap.close();
  }
}

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `baresip and linphone see each other come, change and go over ${transport} [PRE-2] [PRE-5] [rp:PRS-1] [rp:PRS-2] [IOP-3]`,
    NEEDED,
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob"), config: PACE });
      const { port, domain } = parley;
      await rule(parley, "alice", BOB, "allow");
      await rule(parley, "bob", ALICE, "allow");
      const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport, presence: true });
      try {
        await alice.shows("Offline");
        const bob = await Linphone.start({ name: "bob", domain, port, transport, friends: ["alice"] });
        try {
          await bob.shows(ALICE, "Online");
          await alice.shows("Online");
          await alice.setOnline(false);
          await bob.shows(ALICE, "Offline");
          await alice.setOnline(true);
          await bob.shows(ALICE, "Online");
          await bob.quit();
          await alice.shows("Offline");
        } finally {
          await bob.stop();
        }
        const again = await Linphone.start({ name: "bob", domain, port, transport, friends: ["alice"] });
        try {
          await alice.shows("Online");
          await again.shows(ALICE, "Online");
          await alice.quit();
          await again.shows(ALICE, "Offline");
        } finally {
          await again.stop();
        }
      } finally {
        await alice.stop();
      }
    },
  );

  interopTest(
    `baresip and linphone show over ${transport} what somebody does [PRE-2] [PRE-6] [rp:PRS-1]`,
    NEEDED,
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config: PACE });
      const { port, domain } = parley;
      const xcap = new XcapClient({ user: "carol", domain, port: parley.webPort });
      const rules = presenceRulesText([{ id: "friends", watchers: [ALICE, BOB], handling: "allow" }]);
      equal((await xcap.put(xcap.own("pres-rules", "index"), rules)).status, 201);
      xcap.close();
      const carol = await SipClient.open({ user: "carol", domain, port });
      equal(statusOf(await carol.register()), 200);
      const alice = await Baresip.start({ name: "alice", peer: "carol", domain, port, transport, presence: true });
      try {
        const bob = await Linphone.start({ name: "bob", domain, port, transport, friends: ["carol"] });
        try {
          await alice.shows("Online");
          await bob.shows(CAROL, "Online");
          const publication = new PresenceClient(carol).publication();
          for (
            const [activity, inBaresip, inLinphone] of [
              ["busy", "Busy", "Busy"],
              // baresip has three words, and shows who is away as not there.
              ["away", "Offline", "Away"],
              ["on-the-phone", "Busy", "On the phone"],
            ] as const
          ) {
            equal(statusOf(await publication.publish(statusText(CAROL, { activity }))), 200);
            await bob.shows(CAROL, inLinphone);
            await alice.shows(inBaresip);
          }
          equal(statusOf(await publication.publish(statusText(CAROL))), 200);
          await alice.shows("Online");
          await bob.shows(CAROL, "Online");
          equal(statusOf(await publication.publish(statusText(CAROL, { basic: "closed" }))), 200);
          await alice.shows("Offline");
          await bob.shows(CAROL, "Offline");
          // With the publication gone there is what the box knows: she is registered.
          equal(statusOf(await publication.remove()), 200);
          await alice.shows("Online");
          await bob.shows(CAROL, "Online");
          await leave([carol]);
          await alice.shows("Offline");
          await bob.shows(CAROL, "Offline");
        } finally {
          await bob.stop();
        }
      } finally {
        await alice.stop();
      }
    },
  );
}

/** The owner's tablet, which is told who watches. */
async function tablet(parley: ParleyProcess, user: string): Promise<{ client: SipClient; watch: WatchersWatch }> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port });
  equal(statusOf(await client.register()), 200);
  const watch = new PresenceClient(client).watchers();
  equal(statusOf(await watch.subscribe()), 200);
  return { client, watch };
}

async function isWatchedBy(watch: WatchersWatch, watcher: string, expected: string): Promise<void> {
  await watch.until(() => watch.watchers[watcher] === expected, `${watcher} is ${expected}`, 20_000);
}

interopTest(
  "linphone's user lets baresip's wait, allows, politely blocks and blocks; she is told so [PRE-4] [rp:PRS-7] [rp:PRS-8]",
  NEEDED,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob"), config: PACE });
    const { port, domain } = parley;
    const bob = await Linphone.start({ name: "bob", domain, port, transport: "tcp", friends: ["alice"] });
    try {
      const { client, watch } = await tablet(parley, "bob");
      const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport: "tcp", presence: true });
      try {
        await isWatchedBy(watch, ALICE, "pending subscribe");
        await alice.traced(/^Subscription-State: pending/m);
        ok(["Unknown", "Offline"].includes(await alice.status()), alice.output);
        await rule(parley, "bob", ALICE, "allow");
        await alice.shows("Online");
        await isWatchedBy(watch, ALICE, "active approved");
        await rule(parley, "bob", ALICE, "polite-block");
        await alice.shows("Offline");
        await rule(parley, "bob", ALICE, "allow");
        await alice.shows("Online");
        await rule(parley, "bob", ALICE, "block");
        await alice.traced(/subscriber closed <sip:bob@example\.test>: rejected/);
        await alice.shows("Unknown");
        await leave([client]);
      } finally {
        await alice.stop();
      }
    } finally {
      await bob.stop();
    }
  },
);

interopTest(
  "baresip's user lets linphone's wait, allows, politely blocks and blocks; he is told so [PRE-4] [rp:PRS-7] [rp:PRS-8]",
  NEEDED,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob"), config: PACE });
    const { port, domain } = parley;
    const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport: "udp", presence: true });
    try {
      const { client, watch } = await tablet(parley, "alice");
      const bob = await Linphone.start({ name: "bob", domain, port, transport: "udp", friends: ["alice"] });
      try {
        await isWatchedBy(watch, BOB, "pending subscribe");
        await bob.traced(/^Subscription-State: pending/m);
        await bob.shows(ALICE, "Offline");
        await rule(parley, "alice", BOB, "allow");
        await bob.shows(ALICE, "Online");
        await isWatchedBy(watch, BOB, "active approved");
        await rule(parley, "alice", BOB, "polite-block");
        await bob.shows(ALICE, "Offline");
        await rule(parley, "alice", BOB, "allow");
        await bob.shows(ALICE, "Online");
        await rule(parley, "alice", BOB, "block");
        await bob.traced(/Outgoing subscription terminated by remote/);
        const [said] = await bob.traced(/^Subscription-State: terminated.*$/m);
        match(said, /reason=rejected/);
        await bob.shows(ALICE, "Offline");
        await leave([client]);
      } finally {
        await bob.stop();
      }
    } finally {
      await alice.stop();
    }
  },
);

// It shows nothing of a list: it looks for an event of the name Presence, and for Content-IDs without angle brackets.
interopTest(
  "linphone subscribes to all its friends by one list that it brings, compressed, and takes what it is told [PRE-2] [rp:PRS-4] [IOP-3]",
  ["linphonec"],
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config: PACE });
    const { port, domain } = parley;
    await rule(parley, "alice", BOB, "allow");
    await rule(parley, "carol", BOB, "allow");
    const carol = await SipClient.open({ user: "carol", domain, port });
    equal(statusOf(await carol.register()), 200);
    const friends = ["alice", "carol"];
    const bob = await Linphone.start({ name: "bob", domain, port, transport: "tcp", friends, asList: true });
    try {
      await bob.traced(/^Content-Encoding: deflate/m);
      await bob.traced(/LinphoneSubscriptionActive/);
      await bob.traced(/<resource uri="sip:alice@example\.test">[^]*<resource uri="sip:carol@example\.test">/);
      await bob.traced(/^SIP\/2\.0 200 Ok\r\n(?:.+\r\n)*CSeq: 1 NOTIFY/m);
      const publication = new PresenceClient(carol).publication();
      equal(statusOf(await publication.publish(statusText(CAROL, { activity: "busy" }))), 200);
      await bob.traced(/^SIP\/2\.0 200 Ok\r\n(?:.+\r\n)*CSeq: 2 NOTIFY/m);
      const [changed] = await bob.traced(/ version="1" fullState="false">[^]*<\/list>/);
      ok(!changed.includes("sip:alice@"), "only what changed");
      await leave([carol]);
    } finally {
      await bob.stop();
    }
  },
);

interopTest(
  "who is blocked from the start is refused: neither client shows anything of it [PRE-4] [rp:PRS-7] [rp:PRS-8]",
  NEEDED,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config: PACE });
    const { port, domain } = parley;
    await rule(parley, "carol", ALICE, "block");
    const carol = await SipClient.open({ user: "carol", domain, port });
    equal(statusOf(await carol.register()), 200);
    equal(statusOf(await new PresenceClient(carol).publication().publish(statusText(CAROL, { note: "secret" }))), 200);
    const alice = await Baresip.start({ name: "alice", peer: "carol", domain, port, transport: "udp", presence: true });
    try {
      await alice.traced(/subscriber closed <sip:carol@example\.test>/);
      equal(await alice.status(), "Unknown");
      ok(!alice.output.includes("secret"));
      await leave([carol]);
    } finally {
      await alice.stop();
    }
  },
);

interopTest(
  "who loses the connection is not there any more: baresip shows it within seconds of linphone's end by SIGKILL [PRE-5]",
  NEEDED,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob"), config: PACE });
    const { port, domain } = parley;
    await rule(parley, "bob", ALICE, "allow");
    const bob = await Linphone.start({ name: "bob", domain, port, transport: "tcp", friends: ["alice"] });
    try {
      const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport: "tcp", presence: true });
      try {
        await alice.shows("Online");
        await bob.kill();
        await alice.shows("Offline");
      } finally {
        await alice.stop();
      }
    } finally {
      await bob.stop();
    }
  },
);
