/** What is recorded of a user, listed by SIP alone: to our client, and on the command line. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ClientHistory, LISTED, type ListedRecording, type Reason } from "../../client/mod.ts";
import { ChatProcess } from "../support/chat_process.ts";
import { record, remove } from "../support/history_client.ts";
import { ImDevice, type Transport } from "../support/im_device.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

interface Page {
  readonly recordings: readonly ListedRecording[];
  readonly more: boolean;
  readonly problem: Reason | null;
}

function listed(device: ImDevice, from = 1): Promise<Page> {
  return new Promise((resolve) => {
    ok(new ClientHistory(device.client).list(from, (page, problem) => resolve({ ...page, problem })));
  });
}

/** A conversation of its own by MESSAGE, recorded by `device`. */
async function said(device: ImDevice, party: string, name: string, text: string): Promise<void> {
  equal(await record(device.client, { party }, "start", name), null);
  device.client.sendPager(party, text);
  await eventually(
    async () => (await listed(device)).recordings.some((one) => one.name === name && one.messages === 1),
    `the recording ${name}`,
  );
  equal(await record(device.client, { party }, "stop"), null);
}

for (const transport of ["tcp", "ws"] satisfies Transport[]) {
  Deno.test(
    `whoever has recordings sees them listed, the latest first, over ${transport}; nobody else does`,
    options,
    async () => {
      const alice = await ImDevice.open(parley, "alice", { transport }), bob = await ImDevice.open(parley, "bob");
      try {
        deepEqual(await listed(alice), { recordings: [], more: false, problem: null });
        const before = Date.now();
        await said(alice, bob.uri, "Work/<Bob> & co", "hello");
        await said(alice, `sip:carol@${parley.domain}`, "", "are you there?");
        const { recordings, more } = await listed(alice);
        equal(more, false);
        deepEqual(
          recordings.map(({ number, kind, name, with: others, messages, open }) => [
            number,
            kind,
            name,
            others.map(({ uri }) => uri),
            messages,
            open,
          ]),
          [
            [1, "pager", "", [`sip:carol@${parley.domain}`], 1, false],
            [2, "pager", "Work/<Bob> & co", [bob.uri], 1, false],
          ],
        );
        for (const { since, reference } of recordings) {
          ok(since >= before && since <= Date.now());
          match(reference, /^h-/);
        }
        deepEqual((await listed(alice, 2)).recordings, [recordings[1]]);
        deepEqual((await listed(alice, 3)).recordings, []);
        deepEqual((await listed(bob)).recordings, []);
        equal(await remove(alice.client, recordings.map(({ reference }) => reference)), null);
        deepEqual((await listed(alice)).recordings, []);
      } finally {
        await Promise.all([alice.close(), bob.close()]);
      }
    },
  );
}

Deno.test(
  "on the command line /history list tells what is recorded by pages, and /history show N what was said there",
  options,
  async () => {
    const alice = await ImDevice.open(parley, "alice");
    const count = LISTED + 2;
    try {
      for (let n = 1; n <= count; n++) await said(alice, `sip:carol@${parley.domain}`, `talk ${n}`, `text ${n}`);
    } finally {
      await alice.close();
    }
    const words = ["--listen", "--as", alice.uri, "--server", `tcp://127.0.0.1:${parley.port}`];
    await using chat = ChatProcess.start("alice", words, passwordOf("alice"));
    await chat.do({ do: "history", what: "show", number: 1 });
    match((await chat.event("error")).text, /no list has shown a recording 1/);
    await chat.do({ do: "history", what: "list", number: 1 });
    const first = await chat.event("recordings");
    deepEqual([first.list.length, first.more], [LISTED, true]);
    deepEqual(
      [first.list[0].name, first.list[0].messages, first.list[0].with[0].uri],
      [`talk ${count}`, 1, `sip:carol@${parley.domain}`],
    );
    await chat.do({ do: "history", what: "list", number: LISTED + 1 });
    const rest = await chat.event("recordings", ({ list }) => list[0]?.number === LISTED + 1);
    deepEqual([rest.list.map(({ name }) => name), rest.more], [["talk 2", "talk 1"], false]);
    await chat.do({ do: "history", what: "show", number: count });
    deepEqual((await chat.event("recorded")).text, "text 1");
    equal((await chat.event("history-ended")).ok, true);
  },
);
