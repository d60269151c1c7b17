/** Who hides by the settings of a device is hidden after a restart of the box, too. */
import { equal } from "node:assert/strict";
import { SERVICE_SETTINGS_TYPE, writeServiceSettings } from "../../transport/payload/mod.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test("the setting of a device that its user is visible to nobody outlasts the box [PRI-17]", options, async () => {
  const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\n';
  const parley = await ParleyProcess.start({ users: users("alice", "bob"), config });
  const alice = await PresencePerson.open(parley, "alice");
  const bob = await PresencePerson.open(parley, "bob");
  try {
    const watch = await bob.watches(alice);
    equal(inShort(watch), "open");
    const settings = alice.presence.publication();
    const facts = { event: "poc-settings", contentType: SERVICE_SETTINGS_TYPE };
    const hide = (visible: boolean) =>
      settings.publish(new TextDecoder().decode(writeServiceSettings([{ entity: alice.aor, visible }])), facts);
    equal(statusOf(await hide(false)), 200);
    await watch.until(() => inShort(watch) === "closed", "hidden");
    const told = watch.notifies.length;
    await parley.kill();
    await parley.run();
    equal(inShort(await bob.watches(alice)), "closed");
    equal(statusOf(await hide(true)), 200, "under the tag of before");
    await watch.until(() => inShort(watch) === "open", "shown again");
    equal(watch.notifies.slice(told).filter(({ body }) => body.includes("<basic>open<")).length, 1);
  } finally {
    for (const person of [alice, bob]) {
      person.sip.close();
      person.documents.close();
    }
    await parley[Symbol.asyncDispose]();
  }
});
