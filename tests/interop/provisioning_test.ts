/** A client we did not write is configured by an invitation alone: nothing is typed into it. */
import { equal, match, ok } from "node:assert/strict";
import { interopTest } from "../support/process.ts";
import { ProvisioningBox } from "../support/provisioning_box.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { Linphone } from "./linphone.ts";

interopTest(
  "an invited user's linphone gets its configuration, registers by itself, receives and sends [REG-2] [REG-3] [REG-6] [USE-2]",
  ["linphonec"],
  async () => {
    await using box = await ProvisioningBox.open({ open: false, confirm: "implicit", approval: false });
    await box.addUsers("active", "bob");
    const { service } = box.provisioning;
    await box.operations.addUsers({
      users: [{ uri: "sip:alice@example.test", password: "never told", display_name: 'Ali "A" <ce>', e164: "" }],
      replace: false,
      dry_run: false,
      state: "unsubscribed",
    });
    const { link, id } = await service.invite({ uri: "sip:alice@example.test", days: 1, max_uses: 1 }, "admin:root");
    const alice = await Linphone.provisioned(`${link}/linphone.xml`);
    const bob = await SipClient.open({ user: "bob", domain: box.domain, port: box.port });
    try {
      equal(box.storage.subscribers.get("sip:alice@example.test")!.state, "active", "registering has confirmed it");
      equal(statusOf(await bob.register()), 200);
      equal(statusOf(await bob.message("sip:alice@example.test", "welcome, grüß dich")), 200);
      await alice.received(bob.aor, "welcome, grüß dich");
      await alice.send(bob.aor, "all by itself");
      // A MESSAGE of its own accord, linphone's notification of delivery, may come before it.
      const sent = await bob.requestArrived((request) =>
        request.start.startsWith("MESSAGE ") && /^Content-Type: *text\/plain/im.test(request.raw)
      );
      equal(sent.body, "all by itself");
      // SHA-256 was offered first, and its HA1 is the one that was used.
      match((await alice.traced(/^Authorization:[^\n]*username="alice"[^\n]*$/m))[0], /algorithm=SHA-256/);
      equal(service.listInvites("sip:alice@example.test").find((invite) => invite.id === id)!.uses, 1);
      const again = await fetch(`${link}/linphone.xml`);
      equal(again.status, 410, "it was for one device");
      await again.body?.cancel();
      const kept = await alice.quit();
      match(kept, /^reg_identity="Ali \\"A\\" <ce>" <sip:alice@example\.test>$/m);
      ok(!/config-uri/.test(kept), "at its next start it does not ask again");
    } finally {
      bob.close();
      await alice.stop();
    }
  },
);
