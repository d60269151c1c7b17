/**
 * Chats, large messages and files for somebody who is not there, over real sockets with clients as they are shipped: stored over every
 * transport, delivered in order and once, also behind a kill; and all that keeps them from being stored.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Chat, FileSource, SentMessage } from "../../client/mod.ts";
import { HashSink } from "../support/hash_sink.ts";
import { ImDevice, type Transport } from "../support/im_device.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const TRANSPORTS: readonly Transport[] = ["tcp", "tls", "ws"];
const SENDERS = TRANSPORTS.map((transport) => `from-${transport}`);
const ABSENT = TRANSPORTS.map((transport) => `to-${transport}`);
const NAMES = ["alice", "eve", "carol", "dave", "erin", "frank", "gina", "hank", ...SENDERS, ...ABSENT];
const FILE_OCTETS = 300_000;
let parley: ParleyProcess;
let admin: Rest;
Deno.test.beforeAll(async () => {
  // Whether a contact has to agree first is another matter (contacts_test.ts).
  parley = await ParleyProcess.start({ users: users(...NAMES), config: '[contacts]\nauthorisation = "never"\n' });
  admin = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  const fault = /^\S+ error .*$/m.exec(parley?.output ?? "")?.[0];
  await parley?.[Symbol.asyncDispose]();
  equal(fault, undefined);
});

const uriOf = (name: string) => `sip:${name}@example.test`;

/** A small file that is the same each time. */
function fileNamed(name: string): FileSource {
  const octets = Uint8Array.from({ length: FILE_OCTETS }, (_, i) => (i * 31 + (i >> 8)) & 255);
  return {
    type: "application/octet-stream",
    name,
    size: octets.length,
    sha1: new Uint8Array(createHash("sha1").update(octets).digest()),
    open: (from) => {
      let at = from;
      return {
        read: () => {
          if (at >= octets.length) return Promise.resolve(null);
          const piece = octets.slice(at, at + 65_536);
          at += piece.length;
          return Promise.resolve(piece);
        },
      };
    },
  };
}

/** Waits until it is with the box, or has failed; why, then. */
async function fateOf(device: ImDevice, message: SentMessage | null): Promise<string> {
  ok(message !== null);
  await device.until(() => message.state !== "waiting", `what became of ${message.id}`);
  return message.state === "failed" ? device.notes.states.get(message.id)!.at(-1)! : "stored";
}

async function waitingFor(name: string): Promise<number> {
  return (await admin.get<{ waiting: { messages: number } }>(admin.user(uriOf(name)))).waiting.messages;
}

/** A chat that the box takes in the recipient's place, with one message stored. */
async function storedChat(sender: ImDevice, recipient: string): Promise<Chat> {
  const chat = sender.client.openChat(uriOf(recipient))!;
  equal(await fateOf(sender, chat.send("first")), "stored");
  return chat;
}

Deno.test(
  "over TCP, TLS and WebSocket: a chat, a large message and a file for somebody absent come after a kill, in order and once, with their own times [MMD-3] [RCV-3] [SND-3]",
  options,
  async () => {
    const large = "a long story ".repeat(2_000);
    await Promise.all(TRANSPORTS.map(async (transport, i) => {
      const sender = await ImDevice.open(parley, SENDERS[i], { transport });
      const to = uriOf(ABSENT[i]);
      const chat = sender.client.openChat(to)!;
      for (const message of ["one", "two", "three"].map((text) => chat.send(text))) {
        equal(await fateOf(sender, message), "stored", transport);
      }
      equal(await fateOf(sender, sender.client.sendLargeText(to, large)), "stored", transport);
      const transfer = sender.client.sendFile(to, fileNamed(`${transport}.bin`))!;
      await sender.until(() => transfer.state === "done" || transfer.state === "failed", "the file");
      equal(transfer.state, "done", sender.notes.ended.at(-1)?.reason?.text);
      equal(await waitingFor(ABSENT[i]), 5, "chat, large message and file");
      await sender.vanish();
    }));
    const stored = Date.now();
    await parley.kill();
    await parley.run();
    await Promise.all(TRANSPORTS.map(async (transport, i) => {
      const device = await ImDevice.open(parley, ABSENT[i], { transport, register: false });
      const sinks: HashSink[] = [];
      device.notes.offered = (offered) => {
        const sink = new HashSink();
        sinks.push(sink);
        offered.accept(sink);
      };
      device.client.start();
      await device.until(() => device.notes.messages.length >= 4 && sinks.some(({ kept }) => kept), "what waited");
      await device.until(() => device.client.sessions === 0, "the end of the sessions");
      deepEqual(device.texts, ["one", "two", "three", large], transport);
      for (const message of device.notes.messages) {
        equal(message.from, uriOf(SENDERS[i]));
        ok(Date.parse(message.sentAt) < stored, "when it was sent, not when it came");
      }
      equal(sinks.length, 1);
      equal(sinks[0].received, FILE_OCTETS);
      equal(device.notes.offers[0].file.selector.name, `${transport}.bin`);
      equal(device.notes.offers[0].from.uri, uriOf(SENDERS[i]));
      // What was told to have come is taken out of the store behind that.
      await eventually(async () => await waitingFor(ABSENT[i]) === 0, "nothing waits any more");
      await device.close();
    }));
  },
);

Deno.test(
  "a message that no device takes in a session is stored, and its sender told so; where nothing may be stored, that it failed [NOT-3]",
  options,
  async () => {
    const alice = await ImDevice.open(parley, "alice");
    await admin.patch(admin.user(uriOf("carol")), { deferral: "never" });
    match(await fateOf(alice, alice.client.openChat(uriOf("carol"))!.send("hello?")), /^failed: .*480/);
    await admin.patch(admin.user(uriOf("carol")), { deferral: "offline" });
    equal(await fateOf(alice, alice.client.openChat(uriOf("carol"))!.send("hello?")), "stored");
    await admin.settings({ "deferred.enabled": false });
    match(await fateOf(alice, alice.client.sendLargeText(uriOf("carol"), "x".repeat(5_000))), /^failed: .*480/);
    await admin.settings({ "deferred.enabled": null });
    await alice.close();
  },
);

Deno.test("a full store: 413 within the chat, 480 for the next invitation, each with its reason", options, async () => {
  const alice = await ImDevice.open(parley, "alice");
  await admin.patch(admin.user(uriOf("dave")), { quota: { messages: 2, octets: 100_000 } });
  const chat = await storedChat(alice, "dave");
  match(await fateOf(alice, chat.send("x".repeat(60_000))), /stored/);
  match(await fateOf(alice, chat.send("one too many")), /^failed: .*(413|full \(2 messages\))/);
  match(await fateOf(alice, alice.client.openChat(uriOf("dave"))!.send("again")), /^failed: .*full \(2 messages\)/);
  const dave = await ImDevice.open(parley, "dave");
  await dave.until(() => dave.notes.messages.length === 3, "what waited, and the word of the box");
  const lengths = dave.notes.messages.filter(({ from }) => from === uriOf("alice")).map(({ text }) => text.length);
  deepEqual(lengths, ["first".length, 60_000], "in order");
  await Promise.all([alice.close(), dave.close()]);
});

Deno.test(
  "who is blocked stores nothing; who is blocked in the middle of it stores nothing more [FLT-1]",
  options,
  async () => {
    const eve = await ImDevice.open(parley, "eve");
    const alice = await ImDevice.open(parley, "alice");
    const [toErin, friendly] = [await storedChat(eve, "erin"), await storedChat(alice, "erin")];
    const erin = new XcapClient({ user: "erin", domain: parley.domain, port: parley.webPort });
    const rules = `<?xml version="1.0" encoding="UTF-8"?><ruleset xmlns="urn:ietf:params:xml:ns:common-policy" ` +
      `xmlns:oxe="urn:oma:xml:xdm:extensions"><rule id="b"><conditions><identity><one id="${
        uriOf("eve")
      }"/></identity>` +
      `</conditions><actions><oxe:allow-reject-invite>true</oxe:allow-reject-invite></actions></rule></ruleset>`;
    const put = await erin.put(erin.own("org.openmobilealliance.access-rules", "access-rules"), rules);
    ok(put.status < 300, put.body);
    await eve.until(() => toErin.state === "over", "the end of the chat of who is blocked now");
    match(await fateOf(eve, eve.client.openChat(uriOf("erin"))!.send("me again")), /^failed: .*403/);
    match(await fateOf(eve, eve.client.sendLargeText(uriOf("erin"), "x".repeat(5_000))), /^failed: .*403/);
    equal(await fateOf(alice, friendly.send("still here")), "stored");
    const device = await ImDevice.open(parley, "erin");
    await device.until(() => device.texts.includes("still here"), "what waited");
    deepEqual(device.notes.messages.map(({ from }) => from), [uriOf("alice"), uriOf("alice")]);
    erin.close();
    await Promise.all([eve.close(), alice.close(), device.close()]);
  },
);

Deno.test(
  "a recipient who is removed in the middle of a chat: it ends, and whoever has the address next gets nothing of it",
  options,
  async () => {
    const alice = await ImDevice.open(parley, "alice");
    const chat = await storedChat(alice, "gina");
    // Some are on their way into the store then.
    for (let i = 0; i < 100; i++) chat.send(`${i}`);
    await admin.delete(admin.user(uriOf("gina")));
    await alice.until(() => chat.state === "over", "the end of the chat");
    match(await fateOf(alice, alice.client.openChat(uriOf("gina"))!.send("hello?")), /^failed: .*404/);
    await admin.post("/users", { uri: uriOf("gina"), password: passwordOf("gina") });
    const gina = await ImDevice.open(parley, "gina");
    ok(alice.client.sendPager(uriOf("gina"), "to whoever has it now") !== null);
    await gina.until(() => gina.notes.messages.length > 0, "what is for her");
    deepEqual(gina.texts, ["to whoever has it now"]);
    await eventually(async () => await waitingFor("gina") === 0, "nothing waits for her");
    await Promise.all([alice.close(), gina.close()]);
  },
);

Deno.test("a sender who is suspended stores no more", options, async () => {
  const frank = await ImDevice.open(parley, "frank");
  const chat = await storedChat(frank, "carol");
  await admin.patch(admin.user(uriOf("frank")), { state: "suspended" });
  await frank.until(() => chat.state === "over", "the end of the chat");
  await frank.vanish();
});

Deno.test("who wants all stored first gets a chat at once on each device, in order", options, async () => {
  await admin.settings({ "deferred.copies": "each" });
  await admin.patch(admin.user(uriOf("hank")), { deferral: "always" });
  const devices = [await ImDevice.open(parley, "hank"), await ImDevice.open(parley, "hank", { transport: "ws" })];
  const alice = await ImDevice.open(parley, "alice");
  const chat = await storedChat(alice, "hank");
  for (const text of ["second", "third"]) equal(await fateOf(alice, chat.send(text)), "stored");
  for (const device of devices) {
    await device.until(() => device.notes.messages.length === 3, "all three", 10_000);
    deepEqual(device.texts, ["first", "second", "third"]);
  }
  await Promise.all([alice.close(), ...devices.map((device) => device.close())]);
});
