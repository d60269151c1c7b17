/** How often watchers are told: the box's pace, and what they ask for themselves (RFC 6446). */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { statusText } from "../support/presence_documents.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { header, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "many changes are told at the pace, the last one always; a watcher may ask for less, and for more silence",
  options,
  async () => {
    const config = '[presence]\nstrangers = "allow"\nnotify_interval = 1\npublish_per_minute = 6000\n';
    const parley = await ParleyProcess.start({ users: users("alice", "bob"), config });
    const alice = await PresencePerson.open(parley, "alice", "tcp");
    const bob = await PresencePerson.open(parley, "bob", "tcp");
    try {
      const watch = await bob.watches(alice);
      const slow = bob.presence.watch(alice.aor);
      equal(statusOf(await slow.subscribe({ event: "presence;max-rate=0.25" })), 200);
      await slow.next();
      ok(/;max-rate=0\.25\b/.test(header(slow.notifies[0], "subscription-state")), "what was agreed is said");
      const began = performance.now();
      for (let i = 0; i < 100; i++) await alice.says("open", "working", `n${i}`);
      await watch.until(() => inShort(watch) === 'open working "n99"', "the last one");
      await slow.until(() => inShort(slow) === 'open working "n99"', "the last one, later");
      const seconds = (performance.now() - began) / 1000;
      ok(watch.notifies.length <= 3 + seconds, `${watch.notifies.length} in ${seconds} s`);
      ok(slow.notifies.length <= 2 + seconds / 4, `${slow.notifies.length} in ${seconds} s`);
    } finally {
      await alice.close();
      await bob.close();
      await parley[Symbol.asyncDispose]();
    }
  },
);

Deno.test("a storm of PUBLISH from one source is slowed, and shows in metrics", options, async () => {
  const parley = await ParleyProcess.start({ users: users("alice") });
  const alice = await PresencePerson.open(parley, "alice", "tcp");
  try {
    let slowed = null;
    for (let i = 0; i < 100 && slowed === null; i++) {
      const answer = await alice.publication.publish(statusText(alice.aor, { note: `n${i}` }));
      if (statusOf(answer) !== 200) slowed = answer;
    }
    ok(slowed !== null);
    equal(statusOf(slowed), 503);
    ok(Number(header(slowed, "retry-after")) > 0);
    const metrics = await (await fetch(`http://127.0.0.1:${parley.webPort}/metrics`)).text();
    match(metrics, /^parley_publications_slowed_total(\{[^}]*\})? [1-9]/m);
  } finally {
    await alice.close();
    await parley[Symbol.asyncDispose]();
  }
});
