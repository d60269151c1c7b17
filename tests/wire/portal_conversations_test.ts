/** Conversations of the portal against a real box: connections cut before the answer, a box that is killed, a plain SIP client beside. */
import assert from "node:assert/strict";
import type { ConversationModel, PortalModel } from "../../portal/model/mod.ts";
import { MemoryStore } from "../../portal/engine/memory_store.ts";
import { openPortalUser, type PortalUserOptions, seen } from "../../portal/testing/portal_user.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { Recorded } from "../support/recorded.ts";
import { eventually } from "../support/rest.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";

type Page = PortalModel & { close(): Promise<void> };

const uriOf = (name: string) => `sip:${name}@example.test`;

/** A page whose connection can be made to break just when the answer to a MESSAGE comes in: the page does not get it. */
class Breaking {
  armed = 0;

  readonly makeSocket: PortalUserOptions["makeSocket"] = (url, protocol) => {
    const socket = new WebSocket(url, protocol);
    socket.addEventListener("message", (event) => {
      const text = typeof event.data === "string" ? event.data : new TextDecoder().decode(event.data);
      if (this.armed === 0 || !/^SIP\/2\.0 20[02] /.test(text) || !/\r\nCSeq: \d+ MESSAGE\r\n/i.test(text)) return;
      this.armed--;
      event.stopImmediatePropagation();
      socket.close();
    });
    return socket;
  };
}

/** A tab that can be loaded again: the page is gone at once, without a word to anybody; what the browser keeps stays. */
class Tab {
  readonly instance = `urn:uuid:${crypto.randomUUID()}`;
  readonly #kept = new MemoryStore();
  #sockets: WebSocket[] = [];
  #pages = 0;

  /** Of the page that is opened next. */
  get options(): Partial<PortalUserOptions> {
    const page = ++this.#pages;
    for (const socket of this.#sockets.splice(0)) socket.close();
    const isOver = () => page !== this.#pages;
    const store = new Proxy(this.#kept, {
      get: (kept, name: keyof MemoryStore) => (...given: never[]) =>
        isOver() && name !== "get" && name !== "keys"
          ? null
          : (kept[name] as (...given: never[]) => unknown).apply(kept, given),
    });
    const makeSocket = (url: string, protocol: string) => {
      if (isOver()) throw new DOMException("the page is gone", "SecurityError");
      const socket = new WebSocket(url, protocol);
      this.#sockets.push(socket);
      return socket;
    };
    return { instance: this.instance, store, makeSocket };
  }
}

function open(box: ParleyProcess, name: string, more: Partial<PortalUserOptions> = {}): Promise<Page> {
  return openPortalUser({
    origin: `http://127.0.0.1:${box.webPort}`,
    uri: uriOf(name),
    password: passwordOf(name),
    ...more,
  });
}

function textsOf({ messages }: ConversationModel): string[] {
  return messages.peek().flatMap(({ part }) => part.kind === "text" ? [part.text] : []);
}

function until(conversation: ConversationModel, what: string, holds: () => boolean): Promise<void> {
  return seen(holds, conversation.messages, `${what}; there is: ${textsOf(conversation)}`);
}

/** The texts that a plain client has been sent. */
function heard(client: SipClient): string[] {
  return client.requests.filter(({ start }) => start.startsWith("MESSAGE ")).flatMap(({ body }) =>
    body.includes("message/imdn") ? [] : [body.slice(body.lastIndexOf("\r\n\r\n") + 4).replace(/^\r\n/, "")]
  );
}

Deno.test("a connection that breaks before the answer: a plain SIP client has the message once, its sender sees it sent", async () => {
  await using box = await ParleyProcess.start({
    users: users("ada", "carol"),
    config: '[history]\nrecord = "nothing"\n',
  });
  const carol = await SipClient.open({ user: "carol", domain: box.domain, port: box.port, transport: "tcp" });
  const line = new Breaking();
  const ada = await open(box, "ada", { makeSocket: line.makeSocket });
  try {
    assert.equal(statusOf(await carol.register()), 200);
    const chat = ada.conversations.open(uriOf("carol"))!;
    const { queued } = ada.conversations;
    line.armed = 1;
    for (const text of ["one", "two", "three"]) assert.equal(chat.send(text), null);
    await seen(() => queued.value === 0, queued, "all have gone");
    assert.equal(line.armed, 0, "the answer was lost");
    assert.deepEqual(heard(carol), ["one", "two", "three"]);
    assert.deepEqual(chat.messages.peek().map(({ state }) => state.peek()), ["sent", "sent", "sent"]);
    assert.equal(statusOf(await carol.message(uriOf("ada"), "four")), 200);
    await until(chat, "the answer", () => textsOf(chat).includes("four"));
    assert.deepEqual(textsOf(chat), ["one", "two", "three", "four"]);
    assert.equal(chat.unread.peek(), 1);
  } finally {
    carol.close();
    await ada.close();
  }
});

Deno.test("two pages write to each other while connections break and the box is killed: each message once, in order; unread is right on a page that comes later", async () => {
  await using box = await ParleyProcess.start({
    users: users("ada", "ben"),
    config: '[history]\nrecord = "everything"\n',
  });
  const line = new Breaking();
  const ada = await open(box, "ada", { makeSocket: line.makeSocket });
  const ben = await open(box, "ben");
  try {
    const [toBen, toAda] = [ada.conversations.open(uriOf("ben"))!, ben.conversations.open(uriOf("ada"))!];
    const said: string[] = [], back: string[] = [];
    const talk = (count: number) => {
      for (let i = 0; i < count; i++) {
        said.push(`a${said.length}`);
        back.push(`b${back.length}`);
        assert.equal(toBen.send(said.at(-1)!), null);
        assert.equal(toAda.send(back.at(-1)!), null);
      }
    };
    const isComplete = (chat: ConversationModel, own: readonly string[], theirs: readonly string[]) => {
      const texts = textsOf(chat);
      return [...own, ...theirs].every((text) => texts.includes(text));
    };
    const both = async (what: string) => {
      await until(toBen, `ada has all ${what}`, () => isComplete(toBen, said, back));
      await until(toAda, `ben has all ${what}`, () => isComplete(toAda, back, said));
    };
    talk(3);
    await both("at first");
    line.armed = 2;
    talk(3);
    await both("after connections broke");
    toAda.seen();
    talk(2);
    await box.kill();
    talk(2);
    await box.run();
    await both("after the box was killed");
    await Promise.all(
      [ada, ben].map(({ conversations: { queued } }) => seen(() => queued.value === 0, queued, "all sent")),
    );
    for (const [chat, own, theirs] of [[toBen, said, back], [toAda, back, said]] as const) {
      const texts = textsOf(chat);
      assert.equal(texts.length, own.length + theirs.length, texts.join(" "));
      for (const list of [own, theirs]) assert.deepEqual(texts.filter((text) => list.includes(text)), list);
    }
    // What another page of ben's finds at the service.
    const later = await open(box, "ben");
    try {
      const { conversations } = later;
      await seen(() => conversations.state.value === "ready", conversations.state, "the list is there");
      const chat = conversations.open(uriOf("ada"))!;
      await until(chat, "the past", () => isComplete(chat, back, said));
      assert.equal(textsOf(chat).length, said.length + back.length, textsOf(chat).join(" "));
      toAda.seen();
      chat.seen();
      assert.equal(conversations.unread.peek(), 0);
    } finally {
      await later.close();
    }
    const { rest } = await Recorded.signIn(box, "ben");
    await eventually(async () => {
      const { marks } = await rest.get<{ marks: { with: string; unread: number }[] }>("/me/history/marks");
      return marks.every(({ unread }) => unread === 0);
    }, "the service knows how far it is read");
    const last = await open(box, "ben");
    try {
      const { conversations } = last;
      await seen(() => conversations.state.value === "ready", conversations.state, "the list is there");
      assert.equal(conversations.unread.peek(), 0);
    } finally {
      await last.close();
    }
  } finally {
    await Promise.all([ada.close(), ben.close()]);
  }
});

Deno.test("a room of two pages: it goes on for a page that is loaded again, and after the box was killed; who comes and goes is told", async () => {
  await using box = await ParleyProcess.start({
    users: users("ada", "ben"),
    config: '[history]\nrecord = "nothing"\n',
  });
  const ada = await open(box, "ada");
  const tab = new Tab();
  const before = await open(box, "ben", tab.options);
  let ben = before;
  try {
    const rooms = ada.rooms;
    const here = rooms.begin([uriOf("ben")], "Lunch")!;
    const { invitations } = ben.asks;
    await seen(() => invitations.value.length === 1, invitations, "ben is asked");
    assert.equal(here.send("said while ben thinks about it"), null);
    invitations.value[0].accept();
    const roomOf = (page: Page) => page.conversations.list.value.find(({ room }) => room !== null);
    await seen(() => roomOf(ben)?.room?.state.value === "in", ben.conversations.list, "ben is listed in a room");
    let there = roomOf(ben)!;
    await seen(
      () => here.room!.members.value.filter((one) => one.here).length === 2,
      here.room!.members,
      "both are there",
    );
    assert.equal(here.send("hello"), null);
    await until(there, "ada's word", () => textsOf(there).includes("hello"));
    assert.equal(there.send("hello, too"), null);
    await until(here, "ben's word", () => textsOf(here).includes("hello, too"));
    assert.deepEqual(textsOf(here), ["said while ben thinks about it", "hello", "hello, too"]);
    assert.equal(here.title.value, "Lunch");

    ben = await open(box, "ben", tab.options);
    await seen(() => roomOf(ben) !== undefined, ben.conversations.list, "the room is listed after a reload");
    there = roomOf(ben)!;
    await seen(() => there.room!.state.value === "in", there.room!.state, "ben is in it again");
    assert.equal(here.send("are you back?"), null);
    await until(there, "what came after", () => textsOf(there).includes("are you back?"));

    await box.kill();
    assert.equal(there.send("written meanwhile"), null);
    await box.run();
    await until(here, "what was written meanwhile", () => textsOf(here).includes("written meanwhile"));
    assert.equal(textsOf(here).filter((text) => text === "written meanwhile").length, 1);
    assert.equal(here.whisper(uriOf("ben"), "between us"), null);
    await until(there, "what is for ben alone", () => textsOf(there).includes("between us"));
    assert.notEqual(there.messages.peek().at(-1)!.privateWith, "");
    there.room!.leave();
    const codes = () => here.messages.value.flatMap(({ part }) => part.kind === "event" ? [part.code] : []);
    await until(here, "that ben has left", () => codes().includes("left"));
    assert.deepEqual(there.send("too late"), { code: "over" });
  } finally {
    await Promise.all([ada.close(), ben.close(), before.close()]);
  }
});

Deno.test("files between pages, and a chat that a device begins: the answers go in its session", async () => {
  await using box = await ParleyProcess.start({
    users: users("ada", "ben", "dan"),
    config: '[history]\nrecord = "nothing"\n',
  });
  const ada = await open(box, "ada");
  const ben = await open(box, "ben");
  const dan = await ImDevice.open(box, "dan");
  try {
    const toBen = ada.conversations.open(uriOf("ben"))!, toAda = ben.conversations.open(uriOf("ada"))!;
    const content = new Blob([new Uint8Array(300_000).map((_, i) => i * 7)]);
    const file = {
      name: "a\u202egpj.exe",
      size: content.size,
      type: "application/x-thing",
      slice: (from: number, to: number) => content.slice(from, to),
    };
    assert.deepEqual(toBen.sendFile({ ...file, size: 2 ** 40 })?.code, "too-large");
    assert.equal(toBen.sendFile(file), null);
    const offered = () => toAda.messages.peek().find(({ part }) => part.kind === "file")?.part;
    await until(toAda, "the offer", () => offered() !== undefined);
    const part = offered()!;
    if (part.kind !== "file") throw new Error("no file");
    assert.deepEqual([part.name, part.size, part.state.peek()], ["agpj.exe", 300_000, "offered"]);
    part.accept();
    await seen(() => part.state.value === "ready", part.state, "the file is here");
    assert.deepEqual(
      new Uint8Array(await (await part.open())!.arrayBuffer()),
      new Uint8Array(await content.arrayBuffer()),
    );
    const sent = toBen.messages.peek()[0];
    await seen(() => sent.state.value === "delivered", sent.state, "ada knows that it has arrived");

    const chat = dan.client.openChat(uriOf("ada"))!;
    chat.send("from a session");
    await seen(() => ada.conversations.find(uriOf("dan")) !== null, ada.conversations.list, "dan's conversation");
    const withDan = ada.conversations.find(uriOf("dan"))!;
    await until(withDan, "dan's word", () => textsOf(withDan).includes("from a session"));
    assert.equal(withDan.send("back in it"), null);
    await dan.until(() => dan.notes.texts.includes("back in it"), "the answer");
    assert.equal(dan.notes.messages.at(-1)!.mode, "session");
    chat.end();
    await dan.until(() => chat.state === "over", "the end of the chat");
    assert.equal(withDan.send("after it"), null);
    await dan.until(() => dan.notes.texts.includes("after it"), "what was said after it");
    withDan.sendLocation({ latitude: 59.91, longitude: 10.75, radius: 0, place: "" });
    await dan.until(
      () => dan.notes.messages.some(({ contentType }) => contentType === "application/pidf+xml"),
      "the place",
    );
  } finally {
    await Promise.all([ada.close(), ben.close(), dan.close()]);
  }
});
