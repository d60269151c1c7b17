/** Presence of users who are suspended, barred, given another password, removed: what they see, and what is seen of them. */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import type { PresenceWatch } from "../support/presence_watch.ts";
import { Rest } from "../support/rest.ts";
import { statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
let ada: Rest;
Deno.test.beforeAll(async () => {
  const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\npublish_per_minute = 6000\nmax_expires = 900\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave", "erin"), config });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

/** Somebody watches Alice, and those who watch him; what he published came from no registered device. */
async function watched(alice: PresencePerson, user: string) {
  const person = await PresencePerson.open(parley, user, "udp", false);
  await person.says("open", "working");
  const seen = await alice.watches(person);
  match(inShort(seen), /open.* working/);
  const sees = await person.watches(alice);
  const watchers = person.presence.watchers();
  equal(statusOf(await watchers.subscribe()), 200);
  await watchers.next();
  equal(watchers.state.state, "active");
  return { person, seen, sees, watchers };
}

async function isGone(seen: PresenceWatch): Promise<void> {
  await seen.until(() => inShort(seen) === "closed", "what was published counts no longer");
}

const CHANGES = [
  ["bob", { state: "suspended" }, "rejected"],
  ["carol", { state: "barred" }, "rejected"],
  ["dave", { password: "another-password" }, "deactivated"],
] as const;

for (const [user, change, reason] of CHANGES) {
  Deno.test(
    `after a change of a user ${JSON.stringify(change)} all that it watched is over, and what it published`,
    options,
    async () => {
      const alice = await PresencePerson.open(parley, "alice");
      try {
        const { person, seen, sees, watchers } = await watched(alice, user);
        await ada.patch(ada.user(person.aor), change);
        await sees.is("terminated", reason);
        await watchers.until(() => watchers.state.state === "terminated", "the end of watcher information");
        equal(watchers.state.reason, reason);
        await isGone(seen);
        await alice.says("open", "meeting", "not for everybody");
        const own = await alice.watches(alice.aor);
        equal(inShort(own), 'open meeting "not for everybody"');
        ok(!person.sip.requests.some(({ body }) => body.includes("not for everybody")));
        person.sip.close();
        person.documents.close();
      } finally {
        await alice.close();
      }
    },
  );
}

Deno.test("who is removed watches nobody any more, and who watched is told that there is nobody", options, async () => {
  const alice = await PresencePerson.open(parley, "alice");
  try {
    const { person, seen, sees } = await watched(alice, "erin");
    await ada.delete(ada.user(person.aor));
    await sees.is("terminated", "rejected");
    await seen.is("terminated", "noresource");
    person.sip.close();
    person.documents.close();
  } finally {
    await alice.close();
  }
});

Deno.test("no subscription lasts longer than is set, of any kind", options, async () => {
  const alice = await PresencePerson.open(parley, "alice");
  try {
    for (const watch of [alice.presence.watch(alice.aor), alice.presence.watchers()]) {
      const answer = await watch.subscribe({ expires: 86_400 });
      equal(statusOf(answer), 200);
      equal(answer.headers.get("expires"), "900");
      await watch.next();
    }
  } finally {
    await alice.close();
  }
});
