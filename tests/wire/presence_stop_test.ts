/** A box that is stopped and started again: who was there over a connection is about to come back, and nobody is told anything else. */
import { deepEqual, equal } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\n';

for (const transport of ["tcp", "ws"] as const) {
  for (const how of ["stop", "kill"] as const) {
    Deno.test(
      `a device over ${transport} has not left because the box was told to ${how} [PRE-3]`,
      options,
      async () => {
        const parley = await ParleyProcess.start({ users: users("alice", "bob"), config });
        const alice = await PresencePerson.open(parley, "alice", transport);
        const bob = await PresencePerson.open(parley, "bob");
        try {
          const watch = await bob.watches(alice);
          equal(inShort(watch), "open");
          await parley[how]();
          await parley.run();
          equal(inShort(await bob.watches(alice)), "open", "about to come back");
          await alice.sip.reconnect();
          equal(statusOf(await alice.sip.register()), 200);
          await alice.says("open", "meeting");
          await watch.until(() => inShort(watch) === "open meeting", "the next change");
          const told = watch.notifies.map(({ body }) => body.includes("<basic>closed<"));
          deepEqual(told.filter((isClosed) => isClosed), []);
        } finally {
          for (const person of [alice, bob]) {
            person.sip.close();
            person.documents.close();
          }
          await parley[Symbol.asyncDispose]();
        }
      },
    );
  }
}
