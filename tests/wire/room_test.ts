/** Rooms over real sockets, with our own client: chats of many that people begin, groups that they join, public rooms. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Chat } from "../../client/mod.ts";
import { GROUPS, type GroupText, groupText } from "../support/group_documents.ts";
import { ImDevice, type Transport } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;

/** A box with these users, each with a device. */
async function withPeople(
  names: readonly string[],
  act: (people: ImDevice[], parley: ParleyProcess) => Promise<void>,
  transports: readonly Transport[] = ["tcp"],
): Promise<void> {
  await using parley = await ParleyProcess.start({ users: users(...names) });
  const people: ImDevice[] = [];
  try {
    for (const [i, name] of names.entries()) {
      people.push(await ImDevice.open(parley, name, { transport: transports[i % transports.length] }));
    }
    await act(people, parley);
  } finally {
    for (const person of people) await person.close();
  }
}

async function makeGroup(parley: ParleyProcess, owner: string, uri: string, group: GroupText): Promise<void> {
  const client = new XcapClient({ user: owner, domain: parley.domain, port: parley.webPort });
  const { status, body } = await client.put(client.own(GROUPS, uri.slice(4).split("@")[0]), groupText(uri, group));
  equal(status, 201, body);
  client.close();
}

/** The chat that a device was brought into, once it stands. */
async function chatOf(person: ImDevice, which = 0): Promise<Chat> {
  await person.until(() => person.notes.chats.length > which, "a chat");
  return person.notes.chats[which];
}

async function joined(person: ImDevice, room: string): Promise<Chat> {
  const chat = person.client.joinRoom(room)!;
  await person.until(() => chat.state !== "inviting", `an answer of ${room}`);
  equal(chat.state, "open", person.notes.events.join(" | "));
  return chat;
}

const everybodyHas = async (people: readonly ImDevice[], text: string) => {
  for (const person of people) await person.until(() => person.texts.includes(text), `"${text}"`);
};

Deno.test(
  "a chat of many: people are invited, everybody sees every message once and in one order, over TCP, TLS and WebSocket [GR-4] [CHAT-1] [DLV-2] [rp:IM-7]",
  options,
  async () => {
    await withPeople(["alice", "bob", "carol", "dave", "erin"], async ([alice, bob, carol, dave, erin]) => {
      const others = [bob, carol, dave, erin];
      const room = alice.client.openRoom(["bob", "carol", "dave", "erin"].map(address), "Grüße")!;
      const chats = [room];
      for (const person of others) chats.push(await chatOf(person));
      await alice.until(() => room.state === "open", "the room");
      ok(chats.every(({ isRoom }) => isRoom), "all of them know that it is a room");
      // Three speak, two listen.
      const speakers = [alice, bob, carol], spoken = 60;
      for (let i = 0; i < spoken / 3; i++) for (let n = 0; n < 3; n++) ok(chats[n].send(`${n} says ${i}`) !== null);
      for (const listener of [dave, erin]) {
        await listener.until(() => listener.texts.length === spoken, "all that is said");
      }
      for (const speaker of speakers) {
        await speaker.until(() => speaker.texts.length === spoken * 2 / 3, "what both others said");
      }
      const order = dave.texts;
      equal(new Set(order).size, spoken);
      deepEqual(erin.texts, order);
      for (const [n, speaker] of speakers.entries()) {
        deepEqual(speaker.texts, order.filter((text) => !text.startsWith(String(n))));
      }
      for (const { from, text } of dave.notes.messages) equal(from, speakers[Number(text[0])].uri);
    }, ["tcp", "tls", "ws"]);
  },
);

Deno.test(
  "who is in the room is told, as people come and go; one is added, another sent out and kept out [NOT-10] [CHAT-9] [CHAT-20] [CHAT-16]",
  options,
  async () => {
    await withPeople(["alice", "bob", "carol", "dave"], async ([alice, bob, carol, dave]) => {
      const room = alice.client.openRoom([address("bob"), address("carol")])!;
      await chatOf(bob);
      await chatOf(carol);
      await alice.until(() => room.state === "open", "the room");
      const roster = alice.client.watchRoom(room)!;
      const present = () => roster.present.map(({ entity }) => entity).sort();
      const is = (...names: string[]) => names.map(address).join() === present().join();
      await alice.until(() => is("alice", "bob", "carol"), "three are there");
      const refused = dave.client.openChat(room.target)!;
      await dave.until(() => refused.state === "over", "nobody comes in uninvited");
      let added = 0;
      ok(room.add(address("dave"), (status) => added = status));
      await chatOf(dave);
      await alice.until(() => is("alice", "bob", "carol", "dave"), "four are there");
      await alice.until(() => added === 200 || added === 202, "the REFER is done with");
      (await chatOf(bob)).end();
      await alice.until(() => is("alice", "carol", "dave"), "one has left");
      let expelled = 0;
      ok(room.expel(address("carol"), (status) => expelled = status));
      await carol.until(() => carol.notes.events.some((event) => event.startsWith("ended")), "sent out");
      await alice.until(() => is("alice", "dave") && expelled >= 200 && expelled < 300, "it is told");
      const again = carol.client.openChat(room.target)!;
      await carol.until(() => again.state === "over", "kept out");
    });
  },
);

Deno.test("who was invited takes private messages as who came by themselves does [CHAT-12]", options, async () => {
  await withPeople(["alice", "bob", "carol"], async ([alice, bob, carol]) => {
    const room = alice.client.openRoom([address("bob"), address("carol")])!;
    await chatOf(carol);
    const his = await chatOf(bob);
    await alice.until(() => room.state === "open", "the room");
    his.send("I am in");
    await everybodyHas([alice, carol], "I am in");
    ok(room.whisper(address("bob"), "to you") !== null);
    await everybodyHas([bob], "to you");
    ok(his.whisper(address("alice"), "and to you") !== null);
    await everybodyHas([alice], "and to you");
    room.send("to all");
    await everybodyHas([bob, carol], "to all");
    deepEqual(carol.texts, ["I am in", "to all"]);
  });
});

Deno.test(
  "what is for one is seen by that one alone; nicknames are given once [CHAT-12]",
  options,
  async () => {
    await withPeople(["alice", "bob", "carol"], async ([alice, bob, carol], parley) => {
      await makeGroup(parley, "alice", address("chess"), {
        members: ["alice", "bob", "carol"],
        membersMay: ["join-handling", "allow-conference-state", "allow-private-message"],
      });
      const [a, b, c] = [
        await joined(alice, address("chess")),
        await joined(bob, address("chess")),
        await joined(carol, address("chess")),
      ];
      ok(a.whisper(address("bob"), "between us") !== null);
      a.send("for all");
      await everybodyHas([bob, carol], "for all");
      deepEqual(bob.texts, ["between us", "for all"]);
      ok(bob.notes.messages[0].isPrivate && !bob.notes.messages[1].isPrivate);
      deepEqual(carol.texts, ["for all"]);
      const answers: number[] = [];
      ok(b.nickname("The Bishop", (status) => answers.push(status)));
      await bob.until(() => answers.length === 1, "a nickname");
      ok(c.nickname("the  BISHOP", (status) => answers.push(status)));
      await carol.until(() => answers.length === 2, "an answer");
      deepEqual(answers, [200, 425]);
    });
  },
);

Deno.test(
  "a public room: anybody comes in, under an alias, and nothing that leaves it tells who they are [CHAT-2] [CHAT-4] [CHAT-11] [PRI-2] [PRI-3] [PRI-4] [PRI-14] [DLV-1]",
  options,
  async () => {
    await withPeople(["alice", "bob", "carol"], async ([alice, bob, carol], parley) => {
      const room = address("plaza");
      await makeGroup(parley, "alice", room, {
        othersMay: ["join-handling", "allow-conference-state", "allow-private-message"],
        more: "<oxe:searchable>true</oxe:searchable>",
      });
      const chats = [await joined(alice, room), await joined(bob, room), await joined(carol, room)];
      const answers: number[] = [];
      chats[1].nickname("Rook", (status) => answers.push(status));
      await bob.until(() => answers.length === 1, "a nickname");
      const roster = carol.client.watchRoom(chats[2])!;
      await carol.until(
        () => roster.present.length === 3 && roster.users.some(({ nickname }) => nickname === "Rook"),
        "a roster",
      );
      chats[1].send("good evening");
      await everybodyHas([alice, carol], "good evening");
      const [{ from, fromName }] = carol.notes.messages;
      match(from, /^sip:anonymous-[0-9]+@anonymous\.invalid$/);
      const told = JSON.stringify([from, fromName, roster.users, roster.subject]);
      for (const name of ["alice", "bob", "carol"]) ok(!told.toLowerCase().includes(name), `${name} is in ${told}`);
      const toBob = roster.users.find(({ nickname }) => nickname === "Rook")!.entity;
      chats[2].whisper(toBob, "psst");
      await everybodyHas([bob], "psst");
      ok(!alice.texts.includes("psst"));
    });
  },
);

Deno.test(
  "who was cut off comes again to the same room and misses nothing, whether a connection broke or the box was killed [CHAT-19] [CHAT-7]",
  options,
  async () => {
    await withPeople(["alice", "bob", "carol"], async ([alice, bob, carol], parley) => {
      const room = address("chess");
      await makeGroup(parley, "alice", room, {
        members: ["alice", "bob", "carol"],
        membersMay: ["join-handling", "allow-conference-state"],
      });
      const a = await joined(alice, room);
      await joined(bob, room);
      await joined(carol, room);
      a.send("one");
      await everybodyHas([bob, carol], "one");
      await bob.vanish();
      const second = a.send("two");
      await everybodyHas([carol], "two");
      await alice.until(() => second?.state !== "waiting", "the room has it");
      const again = await ImDevice.open(parley, "bob");
      await joined(again, room);
      await everybodyHas([again], "two");
      ok(!again.texts.includes("one"), "what it had does not come again");

      const third = a.send("three");
      await alice.until(() => third?.state !== "waiting", "the room has it");
      await parley.kill();
      await parley.run();
      const returned = await ImDevice.open(parley, "carol");
      await joined(returned, room);
      await everybodyHas([returned], "three");
      await again.vanish();
      await returned.close();
      for (const gone of [alice, carol]) await gone.vanish();
    });
  },
);
