/** Notifications (RFC 5438) with a client we did not write, while both sides come and go in turn. */
import { deepEqual, equal } from "node:assert/strict";
import { ImDevice } from "../support/im_device.ts";
import { header, SipClient, statusOf } from "../support/sip_client.ts";
import { interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Linphone } from "./linphone.ts";

interopTest(
  "linphone learns that its message was delivered and displayed, though sender and recipient were never there together [NOT-4] [NOT-2]",
  ["linphonec", "script"],
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const { port, domain } = parley;
    const home = await Deno.makeTempDir({ prefix: "parley-linphone-home-" });
    try {
      const start = () => Linphone.start({ name: "alice", domain, port, transport: "tcp", home, notifications: true });
      let alice = await start();
      try {
        await alice.send(`sip:bob@${domain}`, "read me when you are back");
        await alice.traced(/SIP\/2\.0 202 /);
      } finally {
        await alice.stop();
      }
      // Now Bob comes, reads, and goes again.
      const bob = await ImDevice.open(parley, "bob");
      try {
        await bob.until(() => bob.notes.messages.length > 0, "the message");
        deepEqual(bob.texts, ["read me when you are back"]);
        equal(bob.notes.messages[0].from, `sip:alice@${domain}`);
        // Both notifications are with the service: it has answered for them.
        await bob.until(() => bob.client.waiting === 0, "the answers to the notifications");
      } finally {
        await bob.close();
      }
      alice = await start();
      try {
        await alice.traced(/moving from \w+ to DeliveredToUser/);
        await alice.traced(/moving from \w+ to Displayed/);
      } finally {
        await alice.stop();
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
);

interopTest(
  "linphone tells that it has a message, and its compressed notification is read [NOT-4]",
  ["linphonec", "script"],
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const { port, domain } = parley;
    const bob = await ImDevice.open(parley, "bob");
    try {
      const sent = bob.client.sendPager(`sip:alice@${domain}`, "tell me when you have it")!;
      await bob.until(() => sent.deferred, "the message to be stored");
      const alice = await Linphone.start({ name: "alice", domain, port, transport: "tcp", notifications: true });
      try {
        await alice.received(`sip:bob@${domain}`, "tell me when you have it");
        await bob.until(() => sent.state === "delivered", "the notification");
      } finally {
        await alice.stop();
      }
    } finally {
      await bob.close();
    }
  },
);

interopTest(
  "linphone tells that it has a message, to a sender who is away by then [NOT-4]",
  ["linphonec", "script"],
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const { port, domain } = parley;
    const bob = await ImDevice.open(parley, "bob");
    const sent = bob.client.sendPager(`sip:alice@${domain}`, "are you there?")!;
    await bob.until(() => sent.deferred, "the message to be stored");
    await bob.close();
    const alice = await Linphone.start({ name: "alice", domain, port, transport: "tcp", notifications: true });
    try {
      await alice.received(`sip:bob@${domain}`, "are you there?");
      await alice.traced(/delivery-notification[\s\S]*SIP\/2\.0 202 /);
    } finally {
      await alice.stop();
    }
    const later = await SipClient.open({ user: "bob", domain, port });
    try {
      equal(statusOf(await later.register()), 200);
      const came = await later.requestArrived(({ start }) => start.startsWith("MESSAGE "));
      // Wrapped and compressed, as linphone writes its notifications; nobody on the way opens it.
      deepEqual(
        ["content-type", "content-encoding"].map((name) => header(came, name)),
        ["message/cpim", "deflate"],
      );
      equal(/<([^>]*)>/.exec(header(came, "from")!)?.[1], `sip:alice@${domain}`);
    } finally {
      later.close();
    }
  },
);
