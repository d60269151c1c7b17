/** What a restart of the box leaves of presence: everything, and nobody notices who need not. */
import { equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\n';

const NOTICED = {
  stop: "over UDP nothing is noticed",
  // What a watcher was told last is not written each time.
  kill: "over UDP the state comes once more at most",
} as const;

for (const how of ["stop", "kill"] as const) {
  Deno.test(
    `after a ${how}: ${
      NOTICED[how]
    }, over TCP watchers are reached at their Contact, over WebSocket when the device is back`,
    options,
    async () => {
      const parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave"), config });
      const alice = await PresencePerson.open(parley, "alice");
      const bob = await PresencePerson.open(parley, "bob");
      const carol = await PresencePerson.open(parley, "carol", "tcp");
      const dave = await PresencePerson.open(parley, "dave", "ws", false);
      const registers = () => dave.sip.register(600, `;+sip.instance="${dave.sip.instance}";reg-id=1`);
      try {
        equal(statusOf(await registers()), 200);
        carol.sip.acceptsConnections();
        await alice.says("open", "working");
        const watches = [await bob.watches(alice), await carol.watches(alice), await dave.watches(alice)];
        const [bobs, carols, daves] = watches;
        const told = watches.map(({ notifies }) => notifies.length);
        await parley[how]();
        await parley.run();

        // What was published goes on under its tag, and says what it said.
        equal(statusOf(await alice.publication.refresh()), 200);
        const fresh = await bob.watches(alice);
        equal(inShort(fresh), "open working");
        await alice.says("open", "meeting");
        await bobs.until(() => inShort(bobs) === "open meeting", "over UDP");
        await carols.until(() => inShort(carols) === "open meeting", "over TCP");
        const more = bobs.notifies.length - told[0];
        ok(more === 1 || (how === "kill" && more === 2), `${more} NOTIFYs for one change`);
        equal(daves.notifies.length, told[2], "nobody can be reached over a WebSocket that is gone");
        await dave.sip.reconnect();
        equal(statusOf(await registers()), 200);
        await daves.until(() => inShort(daves) === "open meeting", "over WebSocket");
        equal(statusOf(await bobs.subscribe()), 200, "the subscription is refreshed in its dialog");
        equal(statusOf(await daves.subscribe({ expires: 0 })), 200);
        await daves.is("terminated", "timeout");
      } finally {
        for (const person of [alice, bob, carol, dave]) {
          person.sip.close();
          person.documents.close();
        }
        await parley[Symbol.asyncDispose]();
      }
    },
  );
}

Deno.test("who was removed while the box was down watches nobody any more", options, async () => {
  const parley = await ParleyProcess.start({ users: users("alice", "bob"), config });
  const alice = await PresencePerson.open(parley, "alice");
  const bob = await PresencePerson.open(parley, "bob");
  try {
    const watch = await bob.watches(alice);
    await parley.stop();
    equal((await parley.command("user", "remove", bob.aor)).code, 0);
    await parley.run();
    await alice.says("open", "meeting", "not for everybody");
    await watch.is("terminated", "rejected");
    equal(watch.notifies.some(({ body }) => body.includes("not for everybody")), false);
  } finally {
    for (const person of [alice, bob]) {
      person.sip.close();
      person.documents.close();
    }
    await parley[Symbol.asyncDispose]();
  }
});
