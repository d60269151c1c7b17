/** Whether what the service says was read: told by a plain SIP client by RFC 5438, by ours, and by an answer. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { cpimContentType, imdnHeaders, notificationFor, parseCpim } from "../../transport/payload/mod.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const SYSTEM = "sip:system@example.test";
const CHOICES = {
  text: "The terms are new. Do you agree?",
  options: [{ label: "Yes" }, { label: "No" }],
  ask_read: true,
};
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

interface Sent {
  readonly message: { readonly delivered: number; readonly read: number; readonly answered: number };
  readonly recipients: readonly {
    readonly uri: string;
    readonly state: string;
    readonly delivered_at: number | null;
    readonly read_at: number | null;
    readonly answered_at: number | null;
  }[];
}

const known = (id: string) => ada.get<Sent>(`/system-messages/${id}`);

/** What an admin sees of one message, as soon as that holds. */
async function seen(id: string, what: string, holds: (sent: Sent) => boolean): Promise<Sent> {
  await eventually(async () => holds(await known(id)), what);
  return await known(id);
}

async function phone(user: string, reads: RegExp): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port });
  client.answer = (request) => reads.test(header(request, "content-type")) ? 200 : 415;
  equal(statusOf(await client.register()), 200);
  return client;
}

/** Tells in the name of a client that its user has seen it. */
async function displayed(client: SipClient, message: TextMessage): Promise<TextMessage> {
  const status = { kind: "display", status: "displayed" } as const;
  const { to, body } = notificationFor(parseCpim(utf8(message.body)), status, { now: Date.now() })!;
  return await client.request({
    method: "MESSAGE",
    uri: to,
    headers: ["Content-Type: message/cpim"],
    body: new TextDecoder().decode(body),
  });
}

Deno.test(
  "what a client says to have displayed is read, with the time, also after a kill: sent, delivered, read, answered [SMSG-13]",
  options,
  async () => {
    const alice = await phone("alice", /^message\/cpim/), bob = await phone("bob", /^message\/cpim/);
    const { id } = await ada.post<{ id: string }>("/system-messages", { to: alice.aor, ...CHOICES });
    const asked = await alice.requestArrived(({ headers }) =>
      /message\/cpim/.test(headers.get("content-type")?.[0] ?? "")
    );
    const cpim = parseCpim(utf8(asked.body));
    deepEqual(imdnHeaders(cpim).requests, ["display"]);
    match(cpimContentType(cpim), /^multipart\/alternative/);
    const delivered = await seen(id, "the delivery", ({ message }) => message.delivered === 1);
    deepEqual([delivered.message.read, delivered.recipients[0].read_at], [0, null]);
    // Another user cannot say so for her.
    equal(statusOf(await displayed(bob, asked)), 200);
    equal((await known(id)).message.read, 0);
    equal(statusOf(await displayed(alice, asked)), 200);
    // Acknowledged is written down.
    await parley.kill();
    await parley.run();
    const read = await known(id);
    const [{ state, delivered_at, read_at, answered_at }] = read.recipients;
    deepEqual([read.message.read, read.message.answered, state, answered_at], [1, 0, "delivered", null]);
    ok(read_at !== null && delivered_at !== null && read_at >= delivered_at && read_at <= Date.now());
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    equal(statusOf(await alice.message(SYSTEM, "1")), 200);
    const { recipients: [answered], message } = await known(id);
    deepEqual([answered.state, answered.read_at, message.answered], ["answered", read_at, 1]);
    ok(answered.answered_at! >= read_at);
    await leave([alice, bob]);
  },
);

Deno.test(
  "our client tells when its user has been shown what the service says, with choices and in words [SMSG-13]",
  options,
  async () => {
    const alice = await ImDevice.open(parley, "alice", { choices: true });
    const bob = await ImDevice.open(parley, "bob");
    try {
      for (const device of [alice, bob]) {
        device.notes.shows = false;
        const { id } = await ada.post<{ id: string }>("/system-messages", { to: device.uri, ...CHOICES });
        await device.until(() => device.questions.length + device.notes.messages.length > 0, "the question");
        await seen(id, "the delivery", ({ message: { delivered, read } }) => delivered === 1 && read === 0);
        (device.questions[0] ?? device.notes.messages[0]).displayed();
        const { recipients } = await seen(id, "that it was read", ({ message }) => message.read === 1);
        deepEqual([recipients[0].state, recipients[0].answered_at], ["delivered", null]);
      }
      equal(bob.texts[0].split("\n")[0], CHOICES.text);
    } finally {
      await alice.close();
      await bob.close();
    }
  },
);

Deno.test(
  "a telephone that reads plain text alone gets the words, tells nothing, and has read what it answers [SMSG-13]",
  options,
  async () => {
    const carol = await phone("carol", /^text\/plain/);
    const { id } = await ada.post<{ id: string }>("/system-messages", { to: carol.aor, ...CHOICES });
    const asked = await carol.requestArrived(({ headers }) =>
      /^text\/plain/.test(headers.get("content-type")?.[0] ?? "")
    );
    match(asked.body, /^The terms are new\. Do you agree\?\n\n1\. Yes\n2\. No\n/);
    const { recipients: [before] } = await seen(id, "the delivery", ({ message }) => message.delivered === 1);
    equal(before.read_at, null);
    equal(statusOf(await carol.message(SYSTEM, "2")), 200);
    const { recipients: [after] } = await known(id);
    deepEqual([after.state, after.read_at], ["answered", after.answered_at]);
    await leave([carol]);
  },
);
