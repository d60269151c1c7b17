import { deepEqual, equal, match } from "node:assert/strict";
import { FakeFocus } from "../../../client/testing/fake_focus.ts";
import { MemoryNetwork } from "../../../client/testing/memory_network.ts";
import { type SystemMessageBody, systemMessageParts } from "../../../transport/payload/mod.ts";
import { reply } from "../../../client/sip_line.ts";
import { ALICE, RoomsWorld } from "../rooms/testing/rooms_world.ts";
import { Asked } from "./asked.ts";

const ROOM = "sip:conf-1@home.test", BOB = "sip:bob@home.test";
const TERMS: SystemMessageBody = {
  id: "terms.1",
  text: "Do you take the new terms?",
  blocking: true,
  answer: "two",
  expires: null,
  options: [{ id: "yes", label: "Yes" }, { id: "no", label: "No" }],
};

/** Alice at a page, and the service. */
function world() {
  const network = new MemoryNetwork();
  const stand = new RoomsWorld(network);
  const asked = new Asked(stand.parts, stand);
  const service = network.device("home.test", { aor: "sip:system@home.test" });
  const before = service.layer.user!;
  const answers: string[] = [];
  const state = { status: 200 };
  service.layer.user = {
    onRequest(transaction) {
      if (transaction.request.method !== "MESSAGE") return before.onRequest(transaction);
      answers.push(new TextDecoder().decode(transaction.request.body));
      reply(transaction, state.status);
    },
    onStrayResponse() {},
  };
  const tell = async (message: SystemMessageBody, host = "phone.test") => {
    const { contentType, body } = systemMessageParts(message);
    let status = 0;
    service.agent.send({
      method: "MESSAGE",
      uri: `sip:alice@${host}`,
      from: "<sip:system@home.test>",
      to: `<${ALICE}>`,
      contentType,
      body,
    }, { onResponse: (_, response) => void (status = response.status), onFailure: () => void (status = 599) });
    await network.until(() => status > 0, "its answer");
    equal(status, 200);
  };
  return { network, stand, asked, answers, state, tell };
}

/** Runs network and work beside each other. */
async function during<T>(network: MemoryNetwork, work: Promise<T>): Promise<T> {
  let done = false;
  const all = work.finally(() => done = true);
  await network.until(() => done, "the answer");
  return await all;
}

Deno.test("questions: what blocks comes first, then the oldest; an answer takes one away, and is told to other tabs", async () => {
  const { network, stand, asked, answers, tell } = world();
  await tell({ ...TERMS, id: "n.1", text: "Tonight we mend the box.", blocking: false, answer: "none", options: [] });
  await tell({ ...TERMS, id: "q.1", blocking: false });
  await tell(TERMS);
  const ids = () => asked.questions.value.map(({ id }) => id);
  deepEqual(ids(), ["terms.1", "n.1", "q.1"]);
  const [terms, notice] = asked.questions.value;
  equal(terms.text, TERMS.text);
  deepEqual(terms.options.map(({ id, text }) => [id, text]), [["yes", "Yes"], ["no", "No"]]);
  equal(await during(network, terms.answer("yes")), null);
  match(answers[0], /terms\.1[^]*yes/);
  equal(await notice.answer(""), null);
  deepEqual(ids(), ["q.1"]);
  equal(answers.length, 1, "nobody waits for an answer to a notice");
  deepEqual(stand.tabs.posted, [{ questionOver: "terms.1" }, { questionOver: "n.1" }]);
  deepEqual(stand.alerts.map(({ kind, text }) => `${kind} ${text.slice(0, 8)}`).slice(0, 2), [
    "service Tonight ",
    "service Do you t",
  ]);
});

Deno.test("an answer that the service refuses as over takes the question away; one that reached nobody leaves it", async () => {
  const { network, asked, state, tell } = world();
  await tell(TERMS);
  const answered = async (status: number) => {
    state.status = status;
    return (await during(network, asked.questions.value[0].answer("yes")))?.status;
  };
  equal(await answered(503), 503);
  equal(asked.questions.value.length, 1);
  equal(await answered(403), 403);
  equal(asked.questions.value.length, 0);
});

Deno.test("two answers at once are one", async () => {
  const { network, asked, answers, tell } = world();
  await tell(TERMS);
  const [question] = asked.questions.value;
  await during(network, Promise.all([question.answer("yes"), question.answer("no")]));
  equal(answers.length, 1);
});

Deno.test("what cannot be answered any more goes by itself", async () => {
  const { network, asked, tell } = world();
  await tell({ ...TERMS, expires: network.time.now() + 5_000 });
  equal(asked.questions.value[0].until, network.time.now() + 5_000);
  await network.pass(4_000);
  equal(asked.questions.value.length, 1);
  await network.pass(2_500);
  equal(asked.questions.value.length, 0);
});

Deno.test("a question outlasts a reload and can be answered; one that another tab has answered does not", async () => {
  const { network, stand, tell, answers } = world();
  await tell(TERMS);
  await tell({ ...TERMS, id: "terms.2" });
  await tell({ ...TERMS, id: "terms.3", expires: network.time.now() + 1_000 });
  await network.pass(1_000);
  const reloaded = new RoomsWorld(network, stand.store, "again.test");
  const asked = new Asked(reloaded.parts, reloaded);
  deepEqual(asked.questions.value.map(({ id }) => id), ["terms.1", "terms.2"]);
  reloaded.tabs.onValue({ questionOver: "terms.2" });
  reloaded.tabs.onValue(null);
  equal(await during(network, asked.questions.value[0].answer("yes")), null);
  equal(answers.length, 1);
  equal(asked.questions.value.length, 0);
  const last = new RoomsWorld(network, stand.store, "last.test");
  deepEqual(new Asked(last.parts, last).questions.value.map(({ id }) => id), []);
});

Deno.test("of very many questions the last ones that do not block make room", async () => {
  const { asked, tell } = world();
  for (let i = 0; i < 102; i++) await tell({ ...TERMS, id: `q${i}`, blocking: i === 101 });
  equal(asked.questions.value.length, 100);
  equal(asked.questions.value[0].id, "q101");
});

/** A room invites Alice. */
async function invited() {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  const stand = new RoomsWorld(network);
  const asked = new Asked(stand.parts, stand);
  const invite = (subject = "Lunch") =>
    focus.invite("sip:alice@phone.test", [
      ["P-Asserted-Identity", `"Bob B" <${BOB}>`],
      ["Referred-By", `<${BOB}>`],
      ["Subject", subject],
    ]);
  return { network, focus, stand, asked, invite };
}

Deno.test("an invitation to a room waits for the user's word; accepted, the room is there", async () => {
  const { network, stand, asked, invite } = await invited();
  const chats: boolean[] = [];
  stand.parts.link.listen({ onChat: ({ isRoom }) => void chats.push(isRoom) });
  const member = invite();
  await network.until(() => asked.invitations.value.length === 1, "the invitation");
  const [invitation] = asked.invitations.value;
  deepEqual([invitation.from, invitation.subject, invitation.isRoom], [BOB, "Lunch", true]);
  deepEqual(stand.alerts.map(({ kind, title, text }) => [kind, title, text]), [[
    "invitation",
    invitation.fromName,
    "Lunch",
  ]]);
  invitation.accept();
  invitation.refuse();
  equal(asked.invitations.value.length, 0);
  await network.until(() => member.session?.state === "open", "the room");
  deepEqual(chats, [true]);
});

Deno.test("refused, or given up by the room, it is gone", async () => {
  const { network, asked, invite } = await invited();
  invite();
  await network.until(() => asked.invitations.value.length === 1, "the invitation");
  asked.invitations.value[0].refuse();
  equal(asked.invitations.value.length, 0);
  await network.until(() => network.count("SIP/2.0 603") > 0, "the refusal");
  const member = invite("Dinner");
  await network.until(() => asked.invitations.value.length === 1, "the invitation");
  member.call!.cancel();
  await network.until(() => asked.invitations.value.length === 0, "it was given up");
});

Deno.test("a room that we mean to be in is taken without a question", async () => {
  const { network, stand, asked, invite } = await invited();
  stand.conversations.joinRoom(ROOM, { name: "", subject: "", isPublic: false });
  stand.conversations.room(ROOM).state.value = "lost";
  const member = invite();
  await network.until(() => member.session?.state === "open", "the room");
  equal(asked.invitations.value.length, 0);
});

Deno.test("a chat of one person is taken by itself", async () => {
  const { network, asked } = await invited();
  const bob = network.device("bob.test", { door: true });
  const chat = bob.client.openChat("sip:alice@phone.test")!;
  await network.until(() => chat.state === "open", "the chat");
  equal(asked.invitations.value.length, 0);
});
