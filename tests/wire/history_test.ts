/** Conversation history over real sockets: what is recorded, for whom, and how it comes back. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Chat, ClientHistory } from "../../client/mod.ts";
import { record, RetrievalFailure, retrieve } from "../support/history_client.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Recorded } from "../support/recorded.ts";
import { eventually, Rest } from "../support/rest.ts";
import { CONVERSATIONS, found } from "../support/search_client.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const DOCUMENT = "conv-history";
const encoder = new TextEncoder();

async function chatOf(person: ImDevice, which = 0): Promise<Chat> {
  await person.until(() => person.notes.chats.length > which, "a chat");
  return person.notes.chats[which];
}

Deno.test(
  "two of three record the same room: each finds what they may, octet for octet, over MSRP, REST, XCAP and search; the third finds nothing, and an admin sees sizes alone [HST-1] [HST-2] [rp:IM-3]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
    const ada = await Rest.setUp(parley);
    const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((name) => ImDevice.open(parley, name)));
    const [hers, his, carols] = await Promise.all(
      ["alice", "bob", "carol"].map((name) => Recorded.signIn(parley, name)),
    );
    await hers.records("everything");
    await his.records("session");

    const room = alice.client.openRoom([bob.uri, carol.uri], "Grüße aus Ulm")!;
    const [bobs, hersToo] = [await chatOf(bob), await chatOf(carol)];
    await alice.until(() => room.state === "open" && bobs.state === "open" && hersToo.state === "open", "the room");
    const long = "Lorem ipsum — ".repeat(3000);
    const said: [Chat, string][] = [
      [room, "xylophone one"],
      [bobs, "naïve Ümläut 🙂 二"],
      [hersToo, "carol says it"],
      [room, long],
    ];
    for (const [chat, text] of said) {
      ok(chat.send(text) !== null);
      for (const person of [alice, bob, carol]) {
        if (
          !(chat === room && person === alice) && !(chat === bobs && person === bob) &&
          !(chat === hersToo && person === carol)
        ) {
          await person.until(() => person.texts.includes(text), `"${text.slice(0, 20)}"`);
        }
      }
    }
    const whispered = "only for bob xylophone";
    ok(room.whisper(bob.uri, whispered) !== null);
    await bob.until(() => bob.texts.includes(whispered), "what is for one");
    for (const chat of [room, bobs, hersToo]) chat.end();

    const texts = [...said.map(([, text]) => text), whispered];
    for (const [who, device, mine] of [["alice", alice, hers], ["bob", bob, his]] as const) {
      const conversation = await mine.one(
        ({ kind, open, messages }) => kind === "room" && !open && messages >= texts.length,
        `the room of ${who}`,
      );
      equal(conversation.subject, "Grüße aus Ulm");
      // REST.
      const sayings = await mine.said(conversation.reference);
      // Of a long one the list has the size alone.
      deepEqual(
        sayings.map(({ text }) => text),
        texts.map((text) => text === long ? null : text),
        `${who}: ${JSON.stringify(sayings)}`,
      );
      equal(conversation.messages, texts.length);
      for (const [i, { seq }] of sayings.entries()) {
        deepEqual(await mine.content(conversation.reference, seq), encoder.encode(texts[i]));
      }
      // MSRP, in time's order, from whom it was.
      const back = await retrieve(device.client, [conversation.reference]);
      deepEqual(back.map(({ octets }) => octets), texts.map((text) => encoder.encode(text)));
      deepEqual(back.map(({ from }) => from.uri), [alice.uri, bob.uri, carol.uri, alice.uri, alice.uri]);
      // Search by words.
      deepEqual(
        (await mine.found("xylophone")).map(({ reference }) => reference),
        [conversation.reference, conversation.reference],
      );
      equal((await mine.found("umlaut")).length, 1);
      equal((await mine.found("nobody-said-this")).length, 0);
      // The document, and the Search Proxy.
      const xcap = new XcapClient({ user: who, domain: parley.domain, port: parley.webPort });
      const document = await xcap.get(xcap.own(CONVERSATIONS, DOCUMENT));
      equal(document.status, 200, document.body);
      ok(document.body.includes(`history-reference="${conversation.reference}"`), document.body);
      match(document.body, new RegExp(`<size>${conversation.octets}</size>`));
      equal((await found(xcap, CONVERSATIONS, '$x/words = "xylophone"')).length, 1);
      xcap.close();
    }

    // The third has nothing, and another's is as unknown as what was never there.
    const [{ reference }] = await hers.list();
    deepEqual(await carols.list(), []);
    deepEqual(await carols.found("xylophone"), []);
    const unknown = "h-00000000000000000000000000000000";
    const answers: string[] = [];
    for (const one of [reference, unknown]) {
      for (
        const [method, path] of [["GET", ""], ["GET", "/messages"], ["GET", "/export?format=json"], ["DELETE", ""]]
      ) {
        const answer = await carols.rest.ask(method, `/me/history/${one}${path}`);
        equal(answer.status, 404, `${answer.what}: ${answer.text}`);
        answers.push(answer.text.replaceAll(one, "…"));
      }
      await rejects(retrieve(carol.client, [one]), (error: RetrievalFailure) => error.status === 404);
    }
    deepEqual(answers.slice(0, 4), answers.slice(4));
    const xcap = new XcapClient({ user: "carol", domain: parley.domain, port: parley.webPort });
    equal((await xcap.get(xcap.own(CONVERSATIONS, DOCUMENT))).status, 404);
    const another = xcap.own(CONVERSATIONS, DOCUMENT).replace("carol", "alice");
    equal((await xcap.get(another)).status, 403);
    deepEqual(await found(xcap, CONVERSATIONS, '$x/words = "xylophone"'), []);
    xcap.close();

    // An admin: sizes, never text, and no way to it.
    const usage = await ada.ask("GET", "/history/usage");
    const { totals } = usage.ok<{ totals: { messages: number; conversations: number } }>();
    equal(totals.conversations, 2);
    for (const path of ["/history/usage", ada.user(alice.uri), "/audit", "/logs", "/status", "/trace"]) {
      const answer = await ada.ask("GET", path);
      for (const secret of ["xylophone", "Lorem", "Grüße aus Ulm", reference]) {
        ok(!answer.text.includes(secret), `${path}: ${secret}`);
      }
    }
    for (const path of ["/me/history", `/me/history/${reference}/messages`]) {
      equal((await ada.ask("GET", path)).status, 403, path);
    }
    for (const person of [alice, bob, carol]) await person.close();
  },
);

Deno.test(
  "messages, large messages, files and chats are recorded as they were, for sender and recipient; renamed, moved, deleted and let go of over XCAP, SIP and REST [HST-1] [HST-2]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const [alice, bob] = await Promise.all(["alice", "bob"].map((name) => ImDevice.open(parley, name)));
    const [hers, his] = await Promise.all(["alice", "bob"].map((name) => Recorded.signIn(parley, name)));
    await hers.records("everything");
    await his.records("everything");

    ok(alice.client.sendPager(bob.uri, "by message") !== null);
    await bob.until(() => bob.texts.includes("by message"), "the message");
    ok(bob.client.sendPager(alice.uri, "and back") !== null);
    await alice.until(() => alice.texts.includes("and back"), "the answer");
    const large = "A large one. ".repeat(4000);
    ok(alice.client.sendLargeText(bob.uri, large) !== null);
    await bob.until(() => bob.texts.includes(large), "the large message");
    const chat = alice.client.openChat(bob.uri)!;
    const other = await chatOf(bob);
    await alice.until(() => chat.state === "open", "the chat");
    for (const text of ["in the chat", "again"]) ok(chat.send(text) !== null);
    await bob.until(() => bob.texts.includes("again"), "what is said");
    ok(other.send("said back") !== null);
    await alice.until(() => alice.texts.includes("said back"), "what is said back");
    chat.end();

    for (const [mine, device, peer] of [[hers, alice, bob.uri], [his, bob, alice.uri]] as const) {
      const pager = await mine.one(({ kind, messages }) => kind === "pager" && messages === 2, "by message");
      equal(pager.with, peer);
      deepEqual(await mine.texts(pager.reference), ["by message", "and back"]);
      const long = await mine.one(({ kind, messages }) => kind === "large" && messages === 1, "large");
      const [whole] = await mine.said(long.reference);
      const octets = await mine.content(long.reference, whole.seq);
      equal(createHash("sha256").update(octets).digest("hex"), createHash("sha256").update(large).digest("hex"));
      const session = await mine.one(
        ({ kind, open, messages }) => kind === "session" && !open && messages >= 3,
        "the chat",
      );
      deepEqual(await mine.texts(session.reference), ["in the chat", "again", "said back"]);
      // Of several at once, in order of time.
      const back = await retrieve(device.client, [session.reference, pager.reference, long.reference]);
      deepEqual(
        back.map(({ text }) => text.length > 100 ? "large" : text),
        ["by message", "and back", "large", "in the chat", "again", "said back"],
      );
      deepEqual(new Set(back.map(({ from }) => from.uri)), new Set([alice.uri, bob.uri]));
    }

    // Renamed and moved over XCAP, seen over REST; and the other way round.
    const session = await hers.one(({ kind }) => kind === "session", "the chat");
    const xcap = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
    const element = `${
      xcap.own(CONVERSATIONS, DOCUMENT)
    }/~~/history-list/history%5b@history-reference=%22${session.reference}%22%5d`;
    const put = await xcap.request(
      "PUT",
      `${element}/conference/recording-name`,
      { "content-type": "application/xcap-el+xml" },
      '<recording-name xmlns="urn:oma:xml:im:history-list">work/Ulm</recording-name>',
    );
    ok(put.status === 200 || put.status === 201, `${put.status} ${put.body}`);
    equal((await hers.one(({ reference }) => reference === session.reference, "it")).name, "work/Ulm");
    await hers.rest.patch(`/me/history/${session.reference}`, { name: "private/Ulm", subject: "Holidays" });
    const document = await xcap.get(xcap.own(CONVERSATIONS, DOCUMENT));
    ok(document.body.includes("<recording-name>private/Ulm</recording-name>"), document.body);
    const forged = await xcap.request(
      "PUT",
      `${element}/size`,
      { "content-type": "application/xcap-el+xml" },
      "<size>1</size>",
    );
    equal(forged.status, 409, forged.body);
    const { folders } = await hers.rest.get<{ folders: { folder: string }[] }>("/me/history/folders");
    ok(folders.some(({ folder }) => folder === "private"));

    // Deleted in three ways; the other's stay.
    const [pager, long] = [
      await hers.one(({ kind }) => kind === "pager", "it"),
      await hers.one(({ kind }) => kind === "large", "it"),
    ];
    equal((await xcap.request("DELETE", element, {}, "")).status, 200);
    await hers.rest.delete(`/me/history/${long.reference}`);
    const removed = await new Promise((resolve) => new ClientHistory(alice.client).remove([pager.reference], resolve));
    equal(removed, null);
    deepEqual(await hers.list(), []);
    equal((await xcap.get(xcap.own(CONVERSATIONS, DOCUMENT))).status, 404);
    equal((await his.list()).length, 3);
    deepEqual(await hers.found("chat"), []);
    equal((await his.found("chat")).length, 1);
    xcap.close();
    await alice.close();
    await bob.close();
  },
);

Deno.test(
  "one conversation alone is recorded by request; a session that went past the box is brought into it first [HST-1] [rp:IM-8]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: '[session]\nmedia_path = "never"\n',
    });
    // Devices that can reach each other, since nothing passes the box.
    const more = ["--door", "tcp://127.0.0.1:0"];
    const [alice, bob] = await Promise.all(["alice", "bob"].map((name) => ImDevice.open(parley, name, { more })));
    const [hers, his] = await Promise.all(["alice", "bob"].map((name) => Recorded.signIn(parley, name)));
    ok(alice.client.sendPager(bob.uri, "before") !== null);
    const chat = alice.client.openChat(bob.uri)!;
    const other = await chatOf(bob);
    await alice.until(() => chat.state === "open", "the chat");
    ok(chat.send("not recorded") !== null);
    await bob.until(() => bob.texts.includes("not recorded"), "it");
    const ada = await Rest.setUp(parley);
    const passed = async () => (await ada.get<{ sessions: { octets: number }[] }>("/chat-sessions")).sessions[0].octets;
    equal(await passed(), 0, "nothing passes the box");
    equal(await record(bob.client, { party: alice.uri }, "start", "evidence"), null);
    let probes = 0;
    await eventually(async () => {
      ok(chat.send(`probe ${probes++}`) !== null);
      return (await his.list()).length === 1;
    }, "what is said is recorded");
    await eventually(async () => await passed() > 0, "it passes the box");
    for (const [i, [side, hearer]] of ([[chat, bob], [other, alice], [chat, bob]] as const).entries()) {
      ok(side.send(`recorded ${i}`) !== null);
      await hearer.until(() => hearer.texts.includes(`recorded ${i}`), "what is said");
    }
    equal(await record(bob.client, { party: alice.uri }, "stop"), null);
    ok(chat.send("no longer recorded") !== null);
    await bob.until(() => bob.texts.includes("no longer recorded"), "it");
    const conversation = await his.one(() => true, "what bob asked for");
    equal(conversation.name, "evidence");
    // What passes is kept beside: it may be heard a moment before.
    const texts = await eventually(async () => {
      const all = await his.texts(conversation.reference);
      return all.includes("recorded 2") && all;
    }, "all of it");
    deepEqual(texts.slice(-3), ["recorded 0", "recorded 1", "recorded 2"]);
    const first = Number(/^probe (\d+)$/.exec(texts[0]!)![1]);
    deepEqual(texts.slice(0, -3), Array.from({ length: probes - first }, (_, i) => `probe ${first + i}`));
    equal(bob.texts.filter((text) => text.startsWith("probe")).length, probes, "and all of it arrived");
    deepEqual(await hers.list(), []);
    // Nobody else's, and nothing that is not.
    const refused = await record(alice.client, { group: "sip:conf-nothing@example.test" }, "start");
    equal(refused?.status, 404);
    chat.end();
    await alice.close();
    await bob.close();
  },
);

Deno.test(
  "what a plain SIP client and a user of another domain write is recorded once, whatever is sent again; what was refused is not [HST-1]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: '[history]\nrecord = "everything"\n',
    });
    const alice = await SipClient.open({ user: "alice", domain: parley.domain, port: parley.port, transport: "udp" });
    const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port });
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    const [hers, his] = await Promise.all(["alice", "bob"].map((name) => Recorded.signIn(parley, name)));
    equal(statusOf(await alice.message(bob.aor, "one")), 200);
    equal(statusOf(await alice.message("sip:nobody@example.test", "to nobody")), 404);
    equal(statusOf(await bob.register(0)), 200);
    equal(statusOf(await alice.message(bob.aor, "for later")), 202);
    equal(statusOf(await bob.register()), 200);
    await bob.requestArrived(({ body }) => body === "for later");
    for (const mine of [hers, his]) {
      const conversation = await mine.one(({ messages }) => messages >= 2, "one conversation");
      deepEqual(await mine.texts(conversation.reference), ["one", "for later"]);
    }
    alice.close();
    bob.close();
  },
);
