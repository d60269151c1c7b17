/** Other sides that are no clients of ours: what they may offer, and what they are answered. */
import assert from "node:assert/strict";
import type { FakeTime } from "../foundation/testing.ts";
import { fromLatin1 } from "../foundation/mod.ts";
import type { Call, CallUser, Description, HeaderName, SentRequest, SipResponse } from "../transport/sip/mod.ts";
import { type IncomingMessage, MsrpSession } from "../transport/msrp/session/mod.ts";
import { type Device, MemoryNetwork } from "./testing/memory_network.ts";

/** A caller that says what it is told, in SDP of its own. */
class Caller implements CallUser {
  readonly texts: string[] = [];
  readonly types: string[] = [];
  status = 0;
  response: SipResponse | null = null;
  call: Call | null = null;
  session: MsrpSession | null = null;
  readonly #device: Device;
  readonly #time: FakeTime;

  constructor(device: Device, time: FakeTime) {
    this.#device = device;
    this.#time = time;
  }

  invite(
    to: string,
    sdp: string | null,
    headers: readonly (readonly [HeaderName, string])[] = [],
    contactParams = "",
  ): void {
    this.call = this.#device.calls.invite({
      uri: to,
      from: "<sip:carol@carol.test>",
      to: `<${to}>`,
      description: sdp === null ? null : description(sdp),
      headers,
      contactParams,
    }, this);
  }

  onAccepted(call: Call, response: SipResponse): void {
    this.status = response.status;
    this.response = response;
    if (call.state === "accepted") call.acknowledge(description(this.answer));
    this.start(new TextDecoder().decode(response.body));
  }
  /** Its answer where the other side offered. */
  answer = "";
  onRefused(_call: Call, status: number, response: SipResponse | null): void {
    this.status = status;
    this.response = response;
  }
  onEnded(): void {}

  /** A session at carol.test; connects to the path in `theirs`. */
  prepare(types: readonly string[]): void {
    const { board } = this.#device;
    this.session = new MsrpSession({
      node: board,
      sessionId: "c1c1",
      uri: "msrp://carol.test:2855/c1c1;tcp",
      acceptTypes: types,
      clock: this.#time,
      timers: this.#time.timers,
      user: {
        onMessage: (message: IncomingMessage) => {
          this.types.push(message.contentType);
          this.texts.push(new TextDecoder().decode(message.body));
          return 200;
        },
        onClosed() {},
      },
    });
  }

  start(theirs: string): void {
    const path = /^a=path:(\S+)/m.exec(theirs)?.[1];
    if (path !== undefined) this.session?.start("active", { path: [path] });
  }
}

function description(sdp: string): Description {
  return { contentType: "application/sdp", body: fromLatin1(sdp) };
}

const HEAD = "v=0\r\no=- 1 1 IN IP4 carol.test\r\ns=-\r\nc=IN IP4 carol.test\r\nt=0 0\r\n";
const MSRP = HEAD + "m=message 2855 TCP/MSRP *\r\na=path:msrp://carol.test:2855/c1c1;tcp\r\n";

function worlds() {
  const network = new MemoryNetwork();
  const bob = network.device("bob.test", { door: true });
  const carol = network.device("carol.test", { door: true });
  return { network, bob, carol, caller: new Caller(carol, network.time) };
}

Deno.test("a side that takes only plain text gets plain text, and its success report counts as delivered", async () => {
  const { network, bob, caller } = worlds();
  caller.prepare(["text/plain"]);
  caller.invite(bob.uri, `${MSRP}a=accept-types:text/plain\r\na=setup:active\r\n`);
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  const message = bob.notes.chats[0].send("plain")!;
  await network.until(() => message.state === "delivered", "the report");
  assert.deepEqual(caller.texts, ["plain"]);
  assert.match(caller.types[0], /^text\/plain/);
  caller.session!.send({ contentType: "text/plain", body: fromLatin1("back") });
  await network.until(() => bob.notes.messages.length === 1, "the answer");
  assert.equal(bob.notes.texts[0], "back");
  const image = bob.notes.chats[0].sendContent("image/png", new Uint8Array(10));
  await network.until(() => bob.notes.statesOf(image) !== "", "the refusal");
  assert.equal(bob.notes.statesOf(image), "failed: the other side does not take image/png; taken: text/plain");
});

Deno.test("an INVITE without an offer gets ours, and the answer in its ACK is taken", async () => {
  const { network, bob, caller } = worlds();
  caller.prepare(["*"]);
  caller.answer = `${MSRP}a=accept-types:*\r\na=setup:active\r\n`;
  caller.invite(bob.uri, null);
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  bob.notes.chats[0].send("hello");
  await network.until(() => caller.texts.length === 1, "the message");
});

for (
  const [what, sdp, status, words] of [
    ["a malformed description", "v=0\r\nrubbish\r\n", 400, /malformed/],
    ["a telephone call", `${HEAD}m=audio 4000 RTP/AVP 0\r\n`, 488, /MSRP/],
    ["a section without a path", `${HEAD}m=message 2855 TCP/MSRP *\r\na=accept-types:*\r\n`, 400, /path/],
    [
      "a file neither sent nor asked for",
      `${MSRP}a=accept-types:*\r\na=inactive\r\na=file-selector:name:"x"\r\n`,
      488,
      /file/i,
    ],
  ] as const
) {
  Deno.test(`${what} is refused ${status} with a reason`, async () => {
    const { network, bob, caller } = worlds();
    caller.invite(bob.uri, sdp);
    await network.until(() => caller.status !== 0, "the answer");
    assert.equal(caller.status, status);
    assert.match(caller.response!.reason, words);
    assert.equal(bob.client.sessions, 0);
    assert.equal(bob.board.size, 0);
  });
}

Deno.test("what the service says of the answer goes before the client's own mode (RFC 5373)", async () => {
  const { network, bob, caller } = worlds();
  caller.prepare(["*"]);
  caller.invite(bob.uri, `${MSRP}a=accept-types:*\r\na=setup:active\r\n`, [["Answer-Mode", "Manual"]]);
  await network.until(() => bob.notes.invitations.length === 1, "the question");
  assert.equal(bob.notes.chats.length, 0);
});

for (
  const [what, sdp, contactParams] of [
    ["chat", `${MSRP}a=accept-types:*\r\n`, ""],
    ["file", `${MSRP}a=accept-types:*\r\na=sendonly\r\na=file-selector:name:"x"\r\n`, ""],
    ["file that is asked for", `${MSRP}a=accept-types:*\r\na=recvonly\r\na=file-selector:name:"x"\r\n`, ""],
    ["large message", `${MSRP}a=accept-types:*\r\na=sendonly\r\n`, ";+g.oma.sip-im.large-message"],
  ] as const
) {
  Deno.test(`a ${what} that wants an extension of nobody is refused 420, and nothing stays of it`, async () => {
    const { network, bob, caller } = worlds();
    caller.invite(bob.uri, sdp, [["Require", "nobodys-extension"], ["Answer-Mode", "Manual"]], contactParams);
    await network.until(() => caller.status !== 0, "the answer");
    assert.equal(caller.status, 420);
    assert.equal(bob.client.sessions, 0);
    assert.equal(bob.client.chats.size + bob.client.transfers.size, 0);
    const { invitations, offers, asked, events } = bob.notes;
    assert.deepEqual([invitations, offers, asked, events], [[], [], [], []]);
  });
}

Deno.test("requests outside of everything get the answer they deserve", async () => {
  const { network, bob, carol } = worlds();
  const answers: string[] = [];
  const ask = (method: string, to: string) =>
    carol.agent.send({ method, uri: bob.uri, from: "<sip:carol@carol.test>", to }, {
      onResponse: (request: SentRequest, { status }: SipResponse) => void answers.push(`${request.method} ${status}`),
      onFailure: () => void answers.push(`${method} without an answer`),
    });
  for (const method of ["OPTIONS", "SUBSCRIBE", "NOTIFY"]) ask(method, `<${bob.uri}>`);
  ask("NOTIFY", `<${bob.uri}>;tag=gone`);
  await network.until(() => answers.length === 4, "the answers");
  assert.deepEqual(answers, ["OPTIONS 200", "SUBSCRIBE 405", "NOTIFY 405", "NOTIFY 481"]);
});
