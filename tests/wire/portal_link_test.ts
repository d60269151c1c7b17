import assert from "node:assert/strict";
import type { Chat, ImUser } from "../../client/mod.ts";
import { CutLine } from "../../portal/testing/cut_line.ts";
import { openPortalParts, stateOf } from "../../portal/testing/portal_user.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { within } from "../support/within.ts";

/** What a user is told, to be waited for. */
class Ears implements ImUser {
  readonly texts: string[] = [];
  readonly states: string[] = [];
  readonly chats: Chat[] = [];
  #look: (() => void) | null = null;

  onMessage({ text, displayed }: Parameters<NonNullable<ImUser["onMessage"]>>[0]): void {
    this.texts.push(text);
    void displayed;
    this.#look?.();
  }
  onMessageState(message: { state: string }): void {
    this.states.push(message.state);
    this.#look?.();
  }
  onInvitation(invitation: { accept(): void }): void {
    invitation.accept();
  }
  onChat(chat: Chat): void {
    this.chats.push(chat);
    this.#look?.();
  }
  until(what: string, holds: () => boolean): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#look = () => {
        if (holds()) resolve();
      };
      this.#look();
    });
    return within(heard, what);
  }
}

Deno.test("pages' links over WebSocket: messages and chats each way; a box that is killed and started is found again by itself", async () => {
  await using box = await ParleyProcess.start({ users: users("ada", "ben") });
  const origin = `http://127.0.0.1:${box.webPort}`;
  const open = async (name: string) => {
    const parts = await openPortalParts({ origin, uri: `sip:${name}@example.test`, password: passwordOf(name) });
    const ears = new Ears();
    parts.link.listen(ears);
    parts.link.start();
    return { ...parts, ears, uri: `sip:${name}@example.test` };
  };
  const ada = await open("ada");
  const ben = await open("ben");
  try {
    await Promise.all([stateOf(ada.link, "online"), stateOf(ben.link, "online")]);
    ada.link.client.sendPager(ben.uri, "to ben");
    ben.link.client.sendPager(ada.uri, "to ada");
    await ben.ears.until("ben's message", () => ben.ears.texts.includes("to ben"));
    await ada.ears.until("ada's message", () => ada.ears.texts.includes("to ada"));
    const chat = ada.link.client.openChat(ben.uri)!;
    chat.send("in a session");
    await ben.ears.until("the session's message", () => ben.ears.texts.includes("in a session"));
    ben.ears.chats[0].send("and back");
    await ada.ears.until("the answer", () => ada.ears.texts.includes("and back"));
    // REST and documents, in the same user's name.
    const history = await ada.rest.get<{ conversations: unknown[] }>("/me/history");
    assert.ok(typeof history === "object");
    const list = await ada.rest.xcap("GET", `/resource-lists/users/${ada.uri}/index`).catch((problem) => problem);
    assert.ok([200, 404].includes(list.status), `${list.status} ${list.text}`);

    await box.kill();
    await stateOf(ada.link, "waiting");
    assert.ok(ada.link.retryAt.value > 0);
    await box.run();
    await Promise.all([stateOf(ada.link, "online"), stateOf(ben.link, "online")]);
    ada.link.client.sendPager(ben.uri, "after it");
    await ben.ears.until("the message after it", () => ben.ears.texts.includes("after it"));
  } finally {
    await Promise.all([ada.close(), ben.close()]);
  }
  assert.equal(ada.link.state.value, "signed-out");
});

Deno.test("a page over TLS whose host has another name than the box gives itself: sessions go where the page came from", async () => {
  await using box = await ParleyProcess.start({
    users: users("ada", "ben"),
    tlsOnly: true,
    // A name that leads nowhere from here, as that of a box behind a port map.
    config: '[advertise]\nhost = "im.example.test"\n',
  });
  using http = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${box.dir}/data/parley-tls.pem`)] });
  const origin = `https://127.0.0.1:${box.webPort}`;
  const dialled: string[] = [];
  const open = async (name: string) => {
    const uri = `sip:${name}@example.test`;
    const makeSocket = (url: string, protocol: string) => {
      dialled.push(`${protocol} ${url}`);
      return new WebSocket(url, { protocols: [protocol], client: http } as unknown as string[]);
    };
    const parts = await openPortalParts({ origin, uri, password: passwordOf(name), http, makeSocket });
    const ears = new Ears();
    parts.link.listen(ears);
    parts.link.start();
    await stateOf(parts.link, "online");
    return { ...parts, ears, uri };
  };
  const ada = await open("ada");
  const ben = await open("ben");
  try {
    ada.link.client.openChat(ben.uri)!.send("over TLS");
    await ben.ears.until("the session's message", () => ben.ears.texts.includes("over TLS"));
    ben.ears.chats[0].send("and back");
    await ada.ears.until("the answer", () => ada.ears.texts.includes("and back"));
    assert.deepEqual(
      new Set(dialled),
      new Set([`sip wss://127.0.0.1:${box.webPort}/ws`, `msrp wss://127.0.0.1:${box.webPort}/ws`]),
    );
  } finally {
    await Promise.all([ada.close(), ben.close()]);
  }
});

Deno.test("a chat goes on after its network was cut, and after one that swallowed everything: each message once, in order", async () => {
  await using box = await ParleyProcess.start({ users: users("ada", "ben") });
  const line = new CutLine(box.webPort);
  let wake = () => {};
  const open = async (name: string, port: number) => {
    const uri = `sip:${name}@example.test`;
    const parts = await openPortalParts({
      origin: `http://127.0.0.1:${port}`,
      uri,
      password: passwordOf(name),
      surroundings: { online: true, listen: (hear) => void (wake = () => hear("woken")) },
    });
    const ears = new Ears();
    parts.link.listen(ears);
    parts.link.start();
    await stateOf(parts.link, "online");
    return { ...parts, ears, uri };
  };
  const ben = await open("ben", box.webPort);
  const ada = await open("ada", line.port);
  try {
    const chat = ada.link.client.openChat(ben.uri)!;
    chat.send("1");
    await ben.ears.until("the first", () => ben.ears.texts.length === 1);
    line.cut();
    await stateOf(ada.link, "waiting");
    chat.send("2");
    line.mend();
    chat.send("3");
    await ben.ears.until("what was sent while it was cut", () => ben.ears.texts.length === 3);
    assert.equal(ada.link.state.value, "online");
    line.silence();
    chat.send("4");
    wake();
    await stateOf(ada.link, "waiting");
    line.mend();
    await ben.ears.until("what was swallowed", () => ben.ears.texts.length === 4);
    chat.send("5");
    await ben.ears.until("the last", () => ben.ears.texts.length === 5);
    assert.deepEqual(ben.ears.texts, ["1", "2", "3", "4", "5"]);
  } finally {
    await Promise.all([ada.close(), ben.close()]);
    line.close();
  }
});
