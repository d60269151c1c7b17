/** What the service asks and a plain SIP client answers: the gate, each level, timeouts, presence and what is kept meanwhile. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { RoomCaller } from "../support/room_caller.ts";
import { eventually, Rest } from "../support/rest.ts";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const SYSTEM = "sip:system@example.test";
const WARNING = /^399 example\.test "127 Service not authorised: /;
const TERMS = {
  text: "The terms of {domain} are new. Do you agree?",
  options: [{ id: "yes", label: "I agree" }, { id: "later", label: "Later", grants: "receive" }, {
    id: "no",
    label: "No",
    grants: "none",
  }],
  blocking: true,
};
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\npublish_per_minute = 6000\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

/** A telephone: it reads plain text, and refuses all else. */
async function telephone(user: string): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port });
  client.answer = (request) => /^text\/plain/.test(header(request, "content-type")) ? 200 : 415;
  equal(statusOf(await client.register()), 200);
  return client;
}

const asked = ({ body, headers }: TextMessage) =>
  body.startsWith("The terms of example.test are new.") && /^text\/plain/.test(headers.get("content-type")![0]);

async function tries(client: SipClient, method: string): Promise<number> {
  const uri = method === "PUBLISH" ? client.aor : "sip:bob@example.test";
  const extra: Record<string, string[]> = {
    MESSAGE: ["Content-Type: text/plain"],
    INVITE: [`Contact: ${client.contact}`],
    SUBSCRIBE: ["Event: presence", `Contact: ${client.contact}`],
    PUBLISH: ["Event: presence"],
    REFER: ["Refer-To: <sip:carol@example.test>", `Contact: ${client.contact}`],
  };
  const answer = await client.request({
    method,
    uri,
    headers: extra[method] ?? [],
    body: method === "MESSAGE" ? "hi" : "",
  });
  if (statusOf(answer) === 403) match(header(answer, "warning"), WARNING);
  return statusOf(answer);
}

for (
  const [words, level, sends, receives] of [["1", "full", true, true], ["later", "receive", false, true], [
    "No",
    "none",
    false,
    false,
  ]] as const
) {
  Deno.test(
    `a plain client is closed out until it answers, and gets what "${words}" grants [SMSG-3] [SMSG-4] [SMSG-9] [SMSG-13]`,
    options,
    async () => {
      const [alice, bob] = [await telephone("alice"), await telephone("bob")];
      const sent = await ada.post<{ id: string }>("/system-messages", { to: alice.aor, ...TERMS });
      const question = await alice.requestArrived(asked);
      match(question.body, /1\. I agree\n2\. Later\n3\. No\n/);
      for (const method of ["MESSAGE", "INVITE", "SUBSCRIBE", "PUBLISH", "REFER"]) {
        equal(await tries(alice, method), 403, method);
      }
      equal(statusOf(await alice.register()), 200);
      // What comes meanwhile is kept.
      equal(statusOf(await bob.message(alice.aor, `for ${level}`)), 202);
      equal(statusOf(await alice.message(SYSTEM, "maybe")), 400);
      const reply = await alice.message(SYSTEM, words, { headers: [`In-Reply-To: ${header(question, "call-id")}`] });
      equal(statusOf(reply), 200, reply.raw);
      await alice.requestArrived(({ body }) => body.startsWith("Thank you, your answer is noted"));
      equal(await tries(alice, "MESSAGE"), sends ? 200 : 403);
      if (receives) await alice.requestArrived(({ body }) => body === `for ${level}`);
      else {
        equal(statusOf(await bob.message(alice.aor, "and this")), 202);
        ok(!alice.requests.some(({ body }) => body === `for ${level}`));
      }
      const one = await ada.get<{ recipients: { uri: string; state: string; option: string }[] }>(
        `/system-messages/${sent.id}`,
      );
      deepEqual(one.recipients.map(({ uri, state }) => [uri, state]), [[alice.aor, "answered"]]);
      await parley.kill();
      await parley.run();
      await Promise.all([alice, bob].map((client) => client.register()));
      equal(await tries(alice, "MESSAGE"), sends ? 200 : 403, "and after a kill");
      equal((await ada.ask("DELETE", `/system-messages/${sent.id}`)).status, 200);
      equal(await tries(alice, "MESSAGE"), 200);
      await alice.requestArrived(({ body }) => body === `for ${level}`);
      await leave([alice, bob]);
    },
  );
}

Deno.test(
  "whoever does not answer in time is denied, and asked again at the next log-in [SMSG-12]",
  options,
  async () => {
    const alice = await telephone("alice");
    const { id } = await ada.post<{ id: string }>("/system-messages", { to: alice.aor, ...TERMS, answer_within: 1 });
    await alice.requestArrived(asked);
    await eventually(async () => {
      const { message } = await ada.get<{ message: { timed_out: number } }>(`/system-messages/${id}`);
      return message.timed_out === 1;
    }, "the timeout");
    equal(await tries(alice, "MESSAGE"), 403);
    const late = await alice.message(SYSTEM, "1");
    equal(statusOf(late), 403);
    match(late.start, /time to answer/);
    equal(statusOf(await alice.register(0)), 200);
    alice.requests.length = 0;
    equal(statusOf(await alice.register()), 200);
    await alice.requestArrived(asked);
    equal(statusOf(await alice.message(SYSTEM, "1")), 200);
    equal(await tries(alice, "MESSAGE"), 202);
    await ada.ask("DELETE", `/system-messages/${id}`);
    await leave([alice]);
  },
);

Deno.test(
  "a condition closes the service at log-in, before anybody sees the user as online [SMSG-5] [SMSG-9]",
  options,
  async () => {
    const carol = await PresencePerson.open(parley, "carol");
    const condition = { client: "Old/1.*" };
    const { id } = await ada.post<{ id: string }>("/system-messages", { condition, ...TERMS });
    const watch = await carol.watches("sip:alice@example.test");
    equal(inShort(watch), "closed");
    const alice = await SipClient.open({ user: "alice", domain: parley.domain, port: parley.port });
    const told = watch.notifies.length;
    equal(statusOf(await alice.register(600, "", ["User-Agent: Old/1.2"])), 200);
    await alice.requestArrived(({ body }) => body.includes("Do you agree?"));
    equal(statusOf(await carol.sip.message(alice.aor, "are you there?")), 202);
    equal(inShort(await carol.watches(alice.aor)), "closed", "asked anew");
    equal(
      watch.notifies.slice(told).filter(({ body }) => /<basic>open/.test(body)).length,
      0,
      "seen as online too early",
    );
    equal(statusOf(await alice.message(SYSTEM, "I agree")), 200);
    await watch.until(() => inShort(watch) === "open", "online behind the answer");
    await alice.requestArrived(({ body }) => body === "are you there?");
    await ada.ask("DELETE", `/system-messages/${id}`);
    await leave([alice]);
    await carol.close();
  },
);

Deno.test("what would tell of a user is refused, with what was found [SMSG-15]", options, async () => {
  for (const text of ["Ask alice@example.test", "Dear {name}"]) {
    const refused = await ada.ask("POST", "/system-messages", { body: { to: "everybody", text } });
    deepEqual(refused.refused(422, "invalid").errors.map(({ field }) => field), ["text"]);
  }
});

Deno.test(
  "a group is asked as its members are; who must answer first is out of chats and rooms, and in again after it",
  options,
  async () => {
    const chess = "sip:chess@example.test";
    const owner = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
    const group = groupText(chess, { members: ["alice", "bob"], membersMay: ["join-handling"] });
    equal((await owner.put(owner.own(GROUPS, "chess"), group)).status, 201);
    owner.close();
    const people = await Promise.all(["alice", "bob", "carol"].map((name) => RoomCaller.open(parley, name)));
    const [alice, bob, carol] = people;
    const rooms = [await alice.enters(chess), await bob.enters(chess)];
    const taking = bob.takes();
    const chat = await carol.enters(bob.aor);
    await taking;
    const sent = await ada.post<{ id: string; recipients: number }>("/system-messages", { to: chess, ...TERMS });
    equal(sent.recipients, 2);
    for (const { client } of [alice, bob]) await client.requestArrived(({ body }) => body.includes("Do you agree?"));
    for (const dialog of [...rooms, chat]) await dialog.ended();
    equal(statusOf(await bob.invite(chess)), 403);
    ok(!carol.client.requests.some(({ body }) => body.includes("Do you agree?")), "no member");
    for (const { client } of [alice, bob]) equal(statusOf(await client.message(SYSTEM, "yes")), 200);
    await bob.enters(chess);
    await ada.ask("DELETE", `/system-messages/${sent.id}`);
    for (const { dialogs, client } of people) {
      for (const dialog of dialogs) await dialog.within("BYE");
      await client.register(0);
    }
    for (const person of people) person.close();
  },
);

Deno.test(
  "who may only receive is away to sessions, in which one could send; what stands ends, and messages arrive [SMSG-9]",
  options,
  async () => {
    const bob = await RoomCaller.open(parley, "bob"), alice = await RoomCaller.open(parley, "alice");
    await ada.patch(ada.user(alice.aor), { deferral: "never" });
    const { id } = await ada.post<{ id: string }>("/system-messages", {
      to: alice.aor,
      ...TERMS,
      blocking: false,
    });
    await alice.client.requestArrived(({ body }) => body.includes("Do you agree?"));
    const taking = alice.takes();
    const chat = await bob.enters(alice.aor);
    await taking;
    equal(statusOf(await alice.client.message(SYSTEM, "later")), 200);
    await chat.ended();
    const invited = alice.client.requests.filter(({ start }) => start.startsWith("INVITE")).length;
    equal(statusOf(await bob.invite(alice.aor)), 480);
    equal(statusOf(await alice.invite(bob.aor)), 403);
    equal(alice.client.requests.filter(({ start }) => start.startsWith("INVITE")).length, invited);
    equal(statusOf(await bob.client.message(alice.aor, "only for you to read")), 200);
    await alice.client.requestArrived(({ body }) => body === "only for you to read");
    await ada.ask("DELETE", `/system-messages/${id}`);
    await ada.patch(ada.user(alice.aor), { deferral: "offline" });
    const again = alice.takes();
    await bob.enters(alice.aor);
    await (await again).within("BYE");
    for (const { client } of [alice, bob]) await client.register(0);
    for (const person of [alice, bob]) person.close();
  },
);

Deno.test("who must answer first is away to sessions where nothing may be stored: 480", options, async () => {
  const bob = await RoomCaller.open(parley, "bob"), alice = await RoomCaller.open(parley, "alice");
  await ada.patch(ada.user(alice.aor), { deferral: "never" });
  const { id } = await ada.post<{ id: string }>("/system-messages", { to: alice.aor, ...TERMS });
  await alice.client.requestArrived(({ body }) => body.includes("Do you agree?"));
  equal(statusOf(await bob.invite(alice.aor)), 480);
  equal(statusOf(await bob.client.message(alice.aor, "hello")), 480);
  await ada.ask("DELETE", `/system-messages/${id}`);
  await ada.patch(ada.user(alice.aor), { deferral: "offline" });
  for (const { client } of [alice, bob]) await client.register(0);
  for (const person of [alice, bob]) person.close();
});
