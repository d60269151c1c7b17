import assert from "node:assert/strict";
import { FakeFocus } from "../../client/testing/fake_focus.ts";
import { MemoryNetwork } from "../../client/testing/memory_network.ts";
import type { ConferenceUser } from "../../transport/payload/mod.ts";
import { parseArguments } from "../arguments.ts";
import { chat } from "./chat_command.ts";
import { ChatController } from "./chat_controller.ts";
import { chatOptions } from "./chat_options.ts";
import type { ChatEvent } from "./events.ts";

const ROOM = "sip:conf-1@home.test";

function user(name: string, nickname: string): ConferenceUser {
  const entity = `sip:${name}@home.test`;
  return { entity, state: "full", nickname, endpoints: [{ entity, state: "full", status: "connected", media: [] }] };
}

/** Alice at a terminal, a room, and Bob who has nothing to do with it. */
function world(...args: string[]) {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  const users = [user("alice", ""), user("carol", "The Bishop"), user("dave", "Dave")];
  focus.info = { ...focus.info, description: { subject: "Chess" }, users: { state: "full", users } };
  const words = ["--as", "sip:alice@home.test", ...args];
  const options = chatOptions(parseArguments(words, chat.flags), "/tmp");
  const events: ChatEvent[] = [];
  const view = { show: (event: ChatEvent) => void events.push(event), close() {} };
  const controller = new ChatController({ options, view, clock: network.time, folder: null });
  const answerMode = options.ask ? "manual" as const : "automatic" as const;
  const parts = { user: controller, answerMode };
  const alice = network.device("phone.test", { aor: "sip:alice@home.test", door: true, parts });
  controller.client = alice.client;
  const bob = network.device("bob.test", { door: true });
  const seen = <E extends ChatEvent["event"]>(name: E) =>
    events.filter((each): each is Extract<ChatEvent, { event: E }> => each.event === name);
  const errors = () => seen("error").map(({ text }) => text);
  const roomOpen = () =>
    network.until(() => focus.member?.session?.state === "open" && seen("roster").length > 0, "the room");
  const said = () => focus.said.map(({ text }) => text.slice(text.lastIndexOf("\r\n\r\n") + 4));
  return { network, focus, controller, alice, bob, events, seen, errors, roomOpen, said };
}

Deno.test("/room begins one, lines go there, who is there is told, and /leave goes back to whom one talked to", async () => {
  const { network, focus, controller, bob, seen, said, roomOpen } = world("sip:bob@bob.test");
  controller.line("/room carol@home.test sip:dave@home.test -- Chess");
  controller.line("hello all");
  await roomOpen();
  await network.until(() => said().length === 1, "the message");
  assert.deepEqual([said(), focus.invites[0].get("Subject")], [["hello all"], "Chess"]);
  assert.match(seen("chat")[0].room, /^sip:conf-1@home\.test/);
  const [roster] = seen("roster");
  assert.deepEqual([roster.first, roster.subject, roster.came.map(({ name }) => name)], [true, "Chess", [
    "",
    "The Bishop",
    "Dave",
  ]]);
  focus.tell({ users: { state: "partial", users: [user("erin", "Erin")] } });
  await network.until(() => seen("roster").length === 2, "somebody new");
  assert.deepEqual(seen("roster")[1].came, [{ uri: "sip:erin@home.test", name: "Erin" }]);
  controller.line("/leave");
  await network.until(() => seen("chat-ended").length === 1, "the end");
  controller.line("to bob alone");
  await network.until(() => bob.notes.messages.length === 1, "the message");
  assert.deepEqual([bob.notes.texts, said()], [["to bob alone"], ["hello all"]]);
});

Deno.test("/tell says something to one alone, by name or URI; what comes for us alone is marked", async () => {
  const { network, focus, controller, seen, errors, roomOpen } = world("--listen");
  controller.line(`/join ${ROOM}`);
  await roomOpen();
  controller.line("/tell the bishop check mate");
  controller.line("/tell sip:dave@home.test and you");
  await network.until(() => focus.said.length === 2, "both");
  assert.match(focus.said[0].text, /^To: <sip:carol@home\.test>\r$[^]*\r\n\r\ncheck mate$/m);
  assert.match(focus.said[1].text, /^To: <sip:dave@home\.test>\r$[^]*\r\n\r\nand you$/m);
  focus.say("Carol <sip:carol@home.test>", "not yet", "sip:alice@home.test");
  focus.say("Carol <sip:carol@home.test>", "good game");
  await network.until(() => seen("message").length === 2, "both");
  assert.deepEqual(seen("message").map((each) => [each.private, each.text]), [[true, "not yet"], [false, "good game"]]);
  controller.line("/tell Frank hello");
  assert.match(errors()[0], /nobody in the room is called "Frank"/);
});

Deno.test("/nick, /add, /expel and /members ask the room, and tell what it answers", async () => {
  const { network, focus, controller, seen, roomOpen } = world("--listen");
  controller.line(`/join ${ROOM}`);
  await roomOpen();
  controller.line("/nick The Rook");
  await network.until(() => seen("nickname").length === 1, "the answer");
  focus.nicknameStatus = 425;
  controller.line("/nick The Bishop");
  await network.until(() => seen("nickname").length === 2, "the answer");
  assert.deepEqual(seen("nickname").map(({ name, ok, status }) => [name, ok, status]), [
    ["The Rook", true, 200],
    ["The Bishop", false, 425],
  ]);
  controller.line("/add erin@home.test");
  await network.until(() => seen("asked").length === 1, "the answer");
  focus.referAnswers = [403, 0];
  controller.line("/expel the bishop");
  await network.until(() => seen("asked").length === 2, "the answer");
  assert.deepEqual(seen("asked").map(({ what, who, ok, status }) => [what, who, ok, status]), [
    ["add", "sip:erin@home.test", true, 200],
    ["expel", "sip:carol@home.test", false, 403],
  ]);
  controller.line("/members");
  assert.deepEqual(seen("members")[0].members.map(({ uri, name, status }) => `${name} ${uri} ${status}`), [
    " sip:alice@home.test connected",
    "The Bishop sip:carol@home.test connected",
    "Dave sip:dave@home.test connected",
  ]);
});

Deno.test("lines go to the room that was talked in last; what is for one person never goes astray", async () => {
  const { network, focus, controller, bob, seen, errors, said, roomOpen } = world("--listen");
  bob.client.openChat("sip:alice@phone.test")!.send("psst");
  await network.until(() => seen("message").length === 1, "the message");
  focus.invite("sip:alice@phone.test", [["P-Asserted-Identity", "<sip:bob@bob.test>"]]);
  await roomOpen();
  controller.line("for the room");
  await network.until(() => said().length === 1, "the message");
  // Who invited is not the room.
  controller.execute({ do: "send", text: "for bob", to: "sip:bob@bob.test" });
  await network.until(() => bob.notes.messages.length === 1, "the message");
  assert.deepEqual([said(), bob.notes.texts], [["for the room"], ["for bob"]]);
  controller.line("/pager a secret");
  assert.deepEqual(errors(), ["this is for one person, and you are in a room"]);
  controller.line("/who");
  assert.match(seen("who")[0].lines.join("\n"), /^lines go to the room conf-1@home\.test/m);
});

Deno.test("where somebody was named, a room that one is brought into takes no lines before /join", async () => {
  const { network, focus, controller, bob, said, roomOpen } = world("sip:bob@bob.test");
  focus.invite("sip:alice@phone.test", [["P-Asserted-Identity", "<sip:carol@home.test>"]]);
  await roomOpen();
  focus.say("<sip:carol@home.test>", "hello");
  controller.line("for bob");
  await network.until(() => bob.notes.messages.length === 1, "the message");
  controller.line(`/join ${ROOM}`);
  controller.line("for the room");
  await network.until(() => said().length === 1, "the message");
  assert.deepEqual([said(), bob.notes.texts, focus.invites.length], [["for the room"], ["for bob"], 0]);
});

Deno.test("what a room is needed for says so where there is none, or it has not answered", async () => {
  const { controller, errors, network, focus, seen } = world("--listen");
  for (const line of ["/members", "/nick X", "/tell a@b hi", "/add a@b", "/expel a@b", "/leave"]) {
    controller.line(line);
  }
  assert.deepEqual(errors(), Array(6).fill("you are in no room; /room begins one, /join goes into one"));
  focus.refusals.push(404);
  controller.line(`/join ${ROOM}`);
  controller.line("/members");
  assert.equal(errors()[6], "conf-1@home.test has not answered yet");
  await network.until(() => seen("chat-ended").length === 1, "the refusal");
  controller.line("/members");
  assert.match(errors()[7], /^you are in no room/);
});

Deno.test("--echo sends back in a room only what is for it alone", async () => {
  const { network, focus, said, seen, roomOpen } = world("--listen", "--echo");
  focus.invite("sip:alice@phone.test");
  await roomOpen();
  focus.say("<sip:carol@home.test>", "to all");
  focus.say("<sip:carol@home.test>", "to you", "sip:alice@home.test");
  await network.until(() => seen("message").length === 2 && said().length === 1, "the echo");
  await network.pass(1000);
  assert.deepEqual(said(), ["to you"]);
  assert.match(focus.said[0].text, /^To: <sip:carol@home\.test>\r$/m);
});

Deno.test("/list sends one message to many, and tells what became of it", async () => {
  const { network, controller, seen } = world("--listen");
  controller.line("/list a@home.test sip:b@home.test -- see you");
  // The room's server here takes no MESSAGE.
  await network.until(() => seen("state").length === 1, "the answer");
  const [queued] = seen("queued");
  assert.deepEqual([queued.to, queued.mode], ["sip:exploder@home.test", "pager"]);
  assert.deepEqual([seen("state")[0].status, seen("state")[0].about], [405, "see you"]);
  const message = network.bodies.find((text) => text.startsWith("MESSAGE sip:exploder@home.test "))!;
  assert.match(message, /^Require: recipient-list-message\r$/m);
  assert.match(message, /<entry uri="sip:a@home\.test"/);
});
