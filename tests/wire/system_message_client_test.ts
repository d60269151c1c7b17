/** What the service asks, as our own client is shown it and answers it: as a library, and on the command line. */
import { deepEqual, equal } from "node:assert/strict";
import { ChatProcess } from "../support/chat_process.ts";
import { answerSystemMessage } from "../support/history_client.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob") });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

const OPTIONS = [
  { id: "yes", label: "Yes", grants: "full" },
  { id: "read", label: "Only to read", grants: "receive" },
  { id: "no", label: "No", grants: "none" },
];
const TEXT = `Do you take the new terms? ${"They say what was agreed. ".repeat(40)}`.trim();

Deno.test(
  "a question is shown with its choices to a device that knows them, and answered by it, once",
  options,
  async () => {
    const alice = await ImDevice.open(parley, "alice", { choices: true });
    try {
      const { id } = await ada.post<{ id: string }>("/system-messages", {
        to: alice.uri,
        text: TEXT,
        options: OPTIONS,
      });
      await alice.until(() => alice.questions.length === 1, "the question");
      const [question] = alice.questions;
      deepEqual([question.text, question.blocking], [TEXT, false]);
      deepEqual(
        question.options.map(({ id, label }) => ({ id, label })),
        OPTIONS.map(({ id, label }) => ({ id, label })),
      );
      equal(alice.client.systemMessages.length, 1);
      equal(await answerSystemMessage(alice.client, question.id, "read"), null);
      deepEqual([alice.client.systemMessages.length, alice.client.answer(question.id, "yes")], [0, false]);
      await eventually(async () => {
        const { recipients } = await ada.get<{ recipients: Record<string, unknown>[] }>(`/system-messages/${id}`);
        return JSON.stringify(recipients).includes('"read"');
      }, "the answer is known");
    } finally {
      await alice.close();
    }
  },
);

Deno.test(
  "on the command line a question has numbers, and /answer takes one; it waits for who is not there",
  options,
  async () => {
    await ada.post("/system-messages", { to: `sip:bob@${parley.domain}`, text: TEXT, options: OPTIONS });
    const words = ["--listen", "--as", `sip:bob@${parley.domain}`, "--server", `tcp://127.0.0.1:${parley.port}`];
    await using bob = ChatProcess.start("bob", words, passwordOf("bob"));
    const { id, text, options: choices } = await bob.event("system");
    deepEqual([text, choices.map(({ label }) => label)], [TEXT, ["Yes", "Only to read", "No"]]);
    await bob.do({ do: "answer", choice: "4", id }, { do: "answer", choice: "1", id: "" });
    const answered = await bob.event("answered");
    deepEqual([answered.id, answered.option, answered.ok], [id, "yes", true]);
    deepEqual(bob.all("error").map(({ text }) => text), ['answer is "4"; allowed: 1 to 3']);
    deepEqual(bob.all("message"), []);
  },
);
