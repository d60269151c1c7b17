import assert from "node:assert/strict";
import { join } from "node:path";
import { utf8 } from "../../foundation/mod.ts";
import { FakeFocus } from "../../client/testing/fake_focus.ts";
import { MemoryNetwork } from "../../client/testing/memory_network.ts";
import {
  parseServiceSettings,
  parseSystemAnswer,
  readHistoryCommand,
  readReferences,
  type SystemMessageBody,
  systemMessageParts,
} from "../../transport/payload/mod.ts";
import type { SipRequest } from "../../transport/sip/mod.ts";
import { responseHead } from "../../transport/sip/mod.ts";
import { parseArguments } from "../arguments.ts";
import { withFolder } from "../testing.ts";
import { chat } from "./chat_command.ts";
import { ChatController } from "./chat_controller.ts";
import { chatOptions } from "./chat_options.ts";
import { eventLines } from "./event_text.ts";
import type { ChatEvent } from "./events.ts";
import { FileFolder } from "./file_folder.ts";

/** Alice at a terminal, and her service, which gives every MESSAGE, INFO and PUBLISH the same answer. */
function world(folder: FileFolder | null, ...args: string[]) {
  const network = new MemoryNetwork();
  const service = new FakeFocus(network);
  const options = chatOptions(parseArguments(["--as", "sip:alice@home.test", ...args], chat.flags), "/tmp");
  const events: ChatEvent[] = [];
  const view = { show: (event: ChatEvent) => void events.push(event), close() {} };
  const controller = new ChatController({ options, view, clock: network.time, folder });
  const parts = { user: controller, limits: { largeMessage: 4_000 } };
  const alice = network.device("phone.test", { aor: "sip:alice@home.test", parts });
  controller.client = alice.client;
  const requests: SipRequest[] = [];
  const state = { status: 200 };
  const before = service.device.layer.user!;
  service.device.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (!["MESSAGE", "PUBLISH"].includes(request.method)) return before.onRequest(transaction);
      requests.push(request);
      transaction.respond(state.status, responseHead(request, state.status, { toTag: "t" }), new Uint8Array(0));
    },
    onStrayResponse: () => {},
  };
  const seen = <E extends ChatEvent["event"]>(name: E) =>
    events.filter((each): each is Extract<ChatEvent, { event: E }> => each.event === name);
  const errors = () => seen("error").map(({ text }) => text);
  const lines = () => events.flatMap((event) => eventLines(event, network.time.now()));
  const open = () => network.until(() => service.member?.session?.state === "open", "the session");
  const send = async (head: string, content: string | Uint8Array, messageId: string) => {
    const wrapper = utf8(`From: ${head}\r\nTo: <sip:alice@home.test>\r\nDateTime: 2026-05-01T08:00:00Z\r\n\r\n`);
    const body = new Uint8Array([...wrapper, ...(typeof content === "string" ? utf8(content) : content)]);
    let answered = false;
    const user = { onSent: () => void (answered = true), onFailed: () => void (answered = true) };
    service.member!.session!.send({ contentType: "message/cpim", body, messageId, user });
    await network.until(() => answered, "its answer");
  };
  const tell = async (message: Partial<SystemMessageBody>) => {
    let done = false;
    service.device.agent.send({
      method: "MESSAGE",
      uri: "sip:alice@phone.test",
      from: "<sip:system@home.test>",
      to: "<sip:alice@home.test>",
      ...systemMessageParts({ ...QUESTION, ...message }),
    }, { onResponse: () => void (done = true), onFailure: () => assert.fail() });
    await network.until(() => done, "its answer");
  };
  return { network, service, controller, alice, state, requests, events, seen, errors, lines, open, send, tell };
}

const QUESTION: SystemMessageBody = {
  id: "terms.1",
  text: "New terms.\nDo you take them?",
  expires: null,
  blocking: true,
  answer: "two",
  options: [{ id: "yes", label: "Yes, I do" }, { id: "no", label: "No" }],
};

Deno.test("/history get shows what was said, keeps files in the folder, and says what came", () =>
  withFolder(async (path) => {
    const files = new FileFolder(join(path, "in"), assert.fail);
    files.prepare();
    const { network, service, controller, seen, lines, open, send } = world(files, "--listen");
    controller.line("/history get h-1 h-2");
    assert.equal(controller.settled, false);
    await open();
    const picture = new Uint8Array(300).map((_, i) => i % 256), film = new Uint8Array(200_000).fill(7);
    const named = (name: string, content: Uint8Array) =>
      new Uint8Array([
        ...utf8(`Content-Type: image/png\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n`),
        ...content,
      ]);
    await send("Bob <sip:bob@home.test>", "Content-Type: text/plain\r\n\r\nhello\n\u001b[2Jthere", "aaaa1");
    await send("<sip:bob@home.test>", named("../a.png", picture), "aaaa2");
    await send("<sip:bob@home.test>", named("film.mov", film), "aaaa3");
    service.member!.call!.end();
    await network.until(() => controller.settled, "the end");
    assert.deepEqual(seen("recorded").map(({ from, name, type, bytes, sent }) => [from, name, type, bytes, sent]), [
      ["sip:bob@home.test", "Bob", "text/plain", 15, "2026-05-01T08:00:00Z"],
      ["sip:bob@home.test", "", "image/png", 300, "2026-05-01T08:00:00Z"],
      ["sip:bob@home.test", "", "image/png", 200_000, "2026-05-01T08:00:00Z"],
    ]);
    const [, small, large] = seen("recorded");
    assert.deepEqual([...Deno.readDirSync(path)].map(({ name }) => name), ["in"]);
    assert.deepEqual(Deno.readFileSync(small.place), picture);
    assert.deepEqual(Deno.readFileSync(large.place), film);
    const [end] = seen("history-ended");
    assert.deepEqual([end.ok, end.messages, end.missing, controller.failures], [true, 3, 0, 0]);
    const shown = lines();
    assert.match(shown[0], /^\| 2026-0[45]-\d\d \d\d:\d\d:\d\d Bob: hello$/);
    assert.equal(shown[1], "|       \ufffd[2Jthere");
    assert.ok(shown.some((line) => line.includes('["film.mov", 200 kB] is at ')));
    assert.match(shown.at(-1)!, / · 3 messages came$/);
  }));

Deno.test("/history get without a folder takes text, and says what it does not; a folder that is full, too", () =>
  withFolder(async (path) => {
    for (const folder of [null, new FileFolder(join(path, "not-there"), assert.fail)]) {
      const { network, service, controller, seen, lines, open, send } = world(folder, "--listen");
      controller.line("/history get h-1");
      await open();
      await send("<sip:bob@home.test>", "Content-Type: image/png\r\n\r\nx", "aaaa1");
      await send("<sip:bob@home.test>", `Content-Type: image/png\r\n\r\n${"x".repeat(90_000)}`, "aaaa2");
      await send("<sip:bob@home.test>", "Content-Type: text/plain\r\n\r\nhello", "aaaa3");
      service.member!.call!.end();
      await network.until(() => controller.settled, "the end");
      const [end] = seen("history-ended");
      assert.deepEqual([end.ok, end.missing, controller.failures], [true, 2, 1]);
      assert.equal(seen("recorded").length, 3);
      assert.ok(seen("recorded").slice(0, 2).every(({ place, reason }) => place === "" && reason !== ""));
      assert.match(lines().at(-1)!, /2 could not be taken$/);
    }
  }));

Deno.test("a recording that is not there, and one that breaks off, are told, and count as failures", async () => {
  const { network, service, controller, seen, lines, open } = world(null, "--listen");
  service.refusals.push(404);
  controller.line("/history get h-1");
  await network.until(() => controller.settled, "the refusal");
  controller.line("/history get h-2");
  await open();
  service.member!.call!.end('SIP;cause=480;text="Session lost"');
  await network.until(() => controller.settled, "the end");
  assert.deepEqual(seen("history-ended").map(({ ok, status }) => [ok, status]), [[false, 404], [false, 480]]);
  assert.equal(controller.failures, 2);
  assert.match(lines().at(-1)!, /did not come as a whole: Session lost; 0 messages came$/);
});

Deno.test("/history delete names the references, all or none", async () => {
  const { network, controller, requests, state, seen, lines } = world(null, "--listen");
  controller.line("/history delete h-1 h-2");
  await network.until(() => controller.settled, "the answer");
  assert.equal(`${requests[0].uri}`, "sip:delete@home.test");
  assert.deepEqual(readReferences(requests[0].body), ["h-1", "h-2"]);
  state.status = 404;
  controller.line("/history delete h-3");
  await network.until(() => controller.settled, "the answer");
  assert.deepEqual(seen("history").map(({ what, of, ok, status }) => [what, of, ok, status]), [
    ["delete", "h-1 h-2", true, 200],
    ["delete", "h-3", false, 404],
  ]);
  assert.match(lines()[0], / · deleted: h-1 h-2$/);
  assert.match(lines()[1], / · not deleted: .*\(404\)$/);
});

Deno.test("/record on and off publish what is recorded, and leave the other settings", async () => {
  const { network, controller, requests, seen } = world(null, "--listen");
  controller.line("/settings deferral=notify");
  await network.until(() => seen("published").length === 1, "the settings");
  controller.line("/record on");
  await network.until(() => seen("published").length === 2, "the settings");
  controller.line("/record off");
  await network.until(() => seen("published").length === 3, "the settings");
  const settings = requests.map(({ body }) => parseServiceSettings(body)[0]);
  assert.deepEqual(settings.map(({ deferral, recording }) => [deferral, recording]), [
    ["notify", undefined],
    ["notify", { session: true, pagerAndLarge: true }],
    ["notify", { session: false, pagerAndLarge: false }],
  ]);
});

Deno.test("/record here is about the room, or else whom lines go to; /record stop ends it", async () => {
  const { network, controller, requests, seen, errors, lines, open } = world(null, "--listen", "--mode", "pager");
  controller.line("/record here");
  assert.deepEqual(errors(), ["nobody has written yet: there is no conversation to record"]);
  controller.line("/join sip:team@home.test");
  await open();
  await network.until(() => seen("chat").length === 1, "the room");
  controller.line("/record here Work/Team");
  await network.until(() => seen("history").length === 1, "the answer");
  controller.line("/leave");
  await network.until(() => seen("chat-ended").length === 1, "the end");
  controller.execute({ do: "send", text: "hi", to: "sip:carol@home.test" });
  const named = world(null, "sip:carol@home.test", "--mode", "pager");
  named.controller.line("/record stop");
  await named.network.until(() => named.controller.settled, "the answer");
  const [command] = requests.filter(({ uri }) => `${uri}` === "sip:history@home.test");
  const { conversation, name, action } = readHistoryCommand(command.body);
  assert.deepEqual([action, name], ["start", "Work/Team"]);
  assert.match(conversation.group!, /^sip:conf-1@home\.test/);
  assert.deepEqual(readHistoryCommand(named.requests[0].body), {
    action: "stop",
    conversation: { party: "sip:carol@home.test" },
    name: "",
  });
  assert.ok(
    lines().some((line) => / · the conversation with conf-1@home\.test\S* is recorded from now on$/.test(line)),
  );
  assert.match(named.lines()[0], / · the conversation with carol@home\.test is recorded no longer$/);
});

Deno.test("a system message of 2,000 characters is shown whole, with its choices by number [SMSG-7] [SMSG-8]", async () => {
  const { lines, tell, seen } = world(null, "--listen");
  const text = `${"Ä word. ".repeat(249)}The end.`;
  assert.equal(text.length, 2000);
  await tell({ text, expires: Date.parse("2030-01-01T12:00:00Z") });
  const shown = lines();
  assert.ok(shown[0].endsWith(` · the service says: ${text}`));
  assert.deepEqual(shown.slice(1, 3), ["   1. Yes, I do", "   2. No"]);
  assert.match(
    shown[3],
    /^ {3}answer with \/answer 1 to \/answer 2 until 20(30|29)-\S+ \S+; nothing else goes before$/,
  );
  assert.deepEqual(seen("message"), []);
});

Deno.test("/answer takes a number, an id or a label; what else was asked is shown again", async () => {
  const { network, controller, requests, seen, errors, lines, tell } = world(null, "--listen");
  controller.line("/answer 1");
  await tell({ id: "a" });
  await tell({ id: "b", blocking: false });
  await tell({ id: "c", text: "a note", answer: "none", options: [], blocking: false });
  controller.line("/answer 3");
  controller.line("/answer 0");
  controller.line("/answer perhaps");
  assert.deepEqual(errors(), [
    "the service has asked nothing that waits for an answer",
    'answer is "3"; allowed: 1 to 2',
    'answer is "0"; allowed: 1 to 2',
    'answer is "perhaps"; allowed: 1 to 2',
  ]);
  controller.line("/answer 2");
  await network.until(() => controller.settled, "the answer");
  assert.deepEqual(seen("system").map(({ id }) => id), ["a", "b", "c", "a"]);
  controller.line("/answer yes, i DO");
  await network.until(() => controller.settled, "the answer");
  assert.deepEqual(requests.map(({ body }) => parseSystemAnswer(body)), [
    { ref: "b", option: "no" },
    { ref: "a", option: "yes" },
  ]);
  assert.deepEqual(seen("answered").map(({ id, label, ok }) => [id, label, ok]), [["b", "No", true], [
    "a",
    "Yes, I do",
    true,
  ]]);
  assert.match(lines().at(-1)!, / · answered: Yes, I do$/);
});

Deno.test("an answer that the service does not take says why; a terminal obeys nothing of what it is told", async () => {
  const { network, controller, state, seen, lines, tell } = world(null, "--listen");
  state.status = 403;
  await tell({ text: "evil \u202e text", options: [{ id: "yes", label: "Yes \u009b2J" }, { id: "no", label: "No" }] });
  controller.execute({ do: "answer", id: "terms.1", choice: "yes" });
  await network.until(() => controller.settled, "the answer");
  assert.deepEqual(seen("answered").map(({ ok, status }) => [ok, status]), [[false, 403]]);
  assert.equal(controller.failures, 1);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines().join("\n"), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.match(lines().at(-1)!, / · not answered: .*\(403\)$/);
});
