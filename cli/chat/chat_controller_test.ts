import assert from "node:assert/strict";
import { join } from "node:path";
import { MemoryNetwork } from "../../client/testing/memory_network.ts";
import { parseArguments } from "../arguments.ts";
import { withFolder } from "../testing.ts";
import { chat } from "./chat_command.ts";
import { ChatController } from "./chat_controller.ts";
import { chatOptions } from "./chat_options.ts";
import type { ChatEvent } from "./events.ts";
import { FileFolder } from "./file_folder.ts";

/** Bob at a terminal, Alice as somebody who writes to him. */
function world(folder: FileFolder | null, ...args: string[]) {
  const network = new MemoryNetwork();
  const options = chatOptions(parseArguments(["--as", "sip:bob@bob.test", ...args], chat.flags), "/tmp");
  const events: ChatEvent[] = [];
  const view = { show: (event: ChatEvent) => void events.push(event), close() {} };
  const controller = new ChatController({ options, view, clock: network.time, folder });
  const answerMode = options.ask ? "manual" as const : "automatic" as const;
  const bob = network.device("bob.test", { door: true, parts: { user: controller, answerMode } });
  controller.client = bob.client;
  const alice = network.device("alice.test");
  const seen = (name: ChatEvent["event"]) => events.filter(({ event }) => event === name);
  const errors = () => events.flatMap((each) => each.event === "error" ? [each.text] : []);
  return { network, controller, alice, bob, seen, errors };
}

Deno.test("/typing says nothing where there is no chat, and opens none", async () => {
  const { network, controller, bob } = world(null, "sip:alice@alice.test");
  controller.line("/typing");
  assert.equal(bob.client.chats.size, 0);
  assert.deepEqual(network.sip, []);
  controller.line("hello");
  await network.until(() => controller.settled, "the message");
  assert.equal(bob.client.chats.size, 1);
  controller.line("/typing");
  await network.until(() => network.devices.get("alice.test")!.notes.events.length > 0, "typing");
  assert.equal(bob.client.chats.size, 1);
});

Deno.test("an invitation that was given up is not there to be accepted; the next one is", async () => {
  const { network, controller, alice, bob, seen, errors } = world(null, "--listen", "--ask");
  const first = alice.client.openChat("sip:bob@bob.test")!;
  await network.until(() => seen("invitation").length === 1, "the invitation");
  first.end();
  await network.until(() => bob.client.sessions === 0, "the cancel");
  controller.line("/accept");
  assert.deepEqual(errors(), ["nobody is asking for a chat"]);
  const second = alice.client.openChat("sip:bob@bob.test")!;
  await network.until(() => seen("invitation").length === 2, "the invitation");
  controller.line("/accept");
  await network.until(() => second.state === "open", "the chat");
});

Deno.test("a file that was taken back is not there to be got, and leaves nothing in the folder", () =>
  withFolder(async (path) => {
    const files = new FileFolder(join(path, "in"), assert.fail);
    files.prepare();
    const { network, controller, alice, seen, errors } = world(files, "--listen", "--ask");
    const source = { name: "x", size: 1, type: "a/b", sha1: null, open: () => assert.fail("nobody takes it") };
    const transfer = alice.client.sendFile("sip:bob@bob.test", source)!;
    await network.until(() => seen("file-offered").length === 1, "the offer");
    transfer.cancel();
    await network.until(() => seen("file-ended").length === 1, "the end");
    controller.line("/get");
    controller.line("/refuse");
    assert.deepEqual(errors(), [
      "no file is offered; /get NAME asks for one",
      "nobody is asking for anything",
    ]);
    assert.deepEqual([...Deno.readDirSync(files.path)], []);
  }));

Deno.test("what was typed before nobody could be reached fails in words, and is settled", async () => {
  const { network, controller, seen } = world(null, "sip:nobody@nowhere.test", "--mode", "pager");
  controller.line("hello   there");
  assert.equal(seen("queued").length, 1);
  assert.equal(controller.settled, false);
  await network.until(() => controller.settled, "the failure");
  const [state] = seen("state");
  assert.ok(state.event === "state" && state.state === "failed");
  assert.equal(state.about, "hello there");
  assert.equal(controller.failures, 1);
});
