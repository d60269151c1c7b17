/** Recording where media threads carry what nobody recorded when it began. */
import { deepEqual, equal, match } from "node:assert/strict";
import { record, recordings, retrieveAll } from "../support/history_client.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "a chat on a media thread cannot be recorded from its middle: its user hears why, goes on, and the next one is",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: "[session]\nmedia_threads = 1\n",
    });
    const alice = await ImDevice.open(parley, "alice"), bob = await ImDevice.open(parley, "bob");
    const documents = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
    try {
      const first = alice.client.openChat(bob.uri)!;
      await alice.until(() => first.state === "open", "the chat");
      first.send("before");
      await bob.until(() => bob.texts.includes("before"), "the message");
      const problem = await record(alice.client, first, "start");
      equal(problem?.status, 403);
      match(problem!.text, /began unrecorded, on a media thread: begin it anew/);
      first.send("after");
      await bob.until(() => bob.texts.includes("after"), "the message behind the refusal");
      first.end();
      await alice.until(() => first.state === "over", "the end");
      deepEqual(await recordings(documents), []);
      // What is wished for all sessions holds from the next one on: it passes the main thread.
      alice.client.publish({ ...alice.client.settings, recording: { session: true, pagerAndLarge: false } });
      await alice.until(() => alice.notes.events.includes("published"), "the wish");
      const second = alice.client.openChat(bob.uri)!;
      await alice.until(() => second.state === "open", "the chat");
      second.send("recorded");
      await bob.until(() => bob.texts.includes("recorded"), "the message");
      second.end();
      await eventually(async () => (await recordings(documents)).length === 1, "the recording");
      deepEqual((await retrieveAll(alice.client, await recordings(documents), 1)).map(({ text }) => text), [
        "recorded",
      ]);
    } finally {
      documents.close();
      await Promise.all([alice.close(), bob.close()]);
    }
  },
);
