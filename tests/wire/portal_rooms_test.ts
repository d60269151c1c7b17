/** Rooms, recorded conversations and questions of the portal's engine, against a box of its own. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { effect, signal } from "@preact/signals-core";
import type { ConversationModel, Problem } from "../../portal/model/mod.ts";
import { createEngine } from "../../portal/engine/portal_engine.ts";
import { openPortalParts, stateOf } from "../../portal/testing/portal_user.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const aor = (name: string) => `sip:${name}@example.test`;
let parley: ParleyProcess;
let ada: Rest;

/** A user at a page. */
async function person(name: string) {
  const parts = await openPortalParts({
    origin: `http://127.0.0.1:${parley.webPort}`,
    uri: aor(name),
    password: passwordOf(name),
  });
  const { rooms, history, asks: asked, conversations } = createEngine(parts);
  parts.link.start();
  await stateOf(parts.link, "online");
  return { name, parts, rooms, history, asked, conversations, close: () => parts.close() };
}

/** Waits until it is so; asked again whenever a signal that it looks at is another. */
function until(holds: () => boolean, what: string, within_ms = 20_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(() => reject(new Error(`not within ${within_ms} ms: ${what}`))), within_ms);
    const over = signal(false);
    let dispose = () => {};
    const end = (finish: () => void) => {
      clearTimeout(late);
      over.value = true;
      queueMicrotask(() => dispose());
      finish();
    };
    dispose = effect(() => {
      if (!over.peek() && holds()) end(resolve);
    });
  });
}

function made(conversation: ConversationModel | Problem | null): ConversationModel {
  if (conversation === null || !("key" in conversation)) throw new Error(`refused: ${conversation?.text}`);
  return conversation;
}

Deno.test.beforeAll(async () => {
  const people = ["alice", "bob", "carol", "dave", "erin"].map((name) => ({ ...users(name)[0], displayName: name }));
  parley = await ParleyProcess.start({
    users: people,
    config: '[history]\nrecord = "everything"\n',
  });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

Deno.test(
  "a room that stays: members are asked and come in, and it is known to them when nobody is in it",
  options,
  async () => {
    const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map(person));
    const room = made(
      await alice.rooms.create({ name: "Chess club", subject: "Openings", people: ["bob", "carol"], listed: false }),
    );
    match(room.key, /^sip:chess-club\.[0-9a-f]{6}@example\.test$/);
    await until(() => room.room!.state.value === "in", "alice is in");
    await until(() => bob.asked.invitations.value.length === 1, "bob is asked");
    const [invitation] = bob.asked.invitations.value;
    deepEqual([invitation.from, invitation.subject, invitation.isRoom], [aor("alice"), "Openings", true]);
    invitation.accept();
    await until(() => bob.conversations.find(room.key)?.room?.state.value === "in", "bob is in");
    await until(() => carol.asked.invitations.value.length === 1, "carol is asked");
    carol.asked.invitations.value[0].refuse();
    equal(carol.asked.invitations.value.length, 0);
    const other = await person("carol");
    await until(() => other.rooms.known.value.some(({ uri }) => uri === room.key), "carol knows of it");
    await other.close();
    deepEqual(alice.rooms.known.value, [], "who is in it does not need to be told");
    room.room!.leave();
    await until(() => alice.rooms.known.value.length === 1, "alice may come again");
    deepEqual(alice.rooms.known.value.map(({ name, subject, members }) => [name, subject, members]), [
      ["Chess club", "Openings", 2],
    ]);
    const again = made(carol.rooms.join(room.key));
    await until(() => again.room!.state.value === "in", "carol comes by herself");
    for (const one of [alice, bob, carol]) await one.close();
  },
);

Deno.test(
  "a public room is made, found, joined under its name, and known on the user's other devices",
  options,
  async () => {
    const [dave, erin] = await Promise.all(["dave", "erin"].map(person));
    const hall = made(await dave.rooms.create({ name: "Town Hall", subject: "News", people: ["erin"], listed: true }));
    await until(() => hall.room!.state.value === "in", "dave is in");
    await until(() => erin.asked.invitations.value.length === 1, "erin is brought");
    erin.asked.invitations.value[0].refuse();
    const found = await erin.rooms.search("hall new");
    ok(Array.isArray(found), JSON.stringify(found));
    deepEqual(found.map(({ uri, name, subject }) => [uri, name, subject]), [[hall.key, "Town Hall", "News"]]);
    deepEqual(await erin.rooms.search("nothing like it"), []);
    const joined = made(erin.rooms.join(hall.key));
    ok(joined.room!.isPublic);
    await until(() => joined.room!.state.value === "in", "erin is in");
    const phone = await eventually(async () => {
      const answer = await ada.get<{ groups: { uri: string; public: boolean; members: number }[] }>(
        ada.user(aor("erin"), "/groups"),
      );
      return answer.groups[0];
    }, "it is noted");
    deepEqual([phone.uri, phone.public, phone.members], [hall.key, true, 1]);
    const nowhere = made(erin.rooms.join("nowhere"));
    await until(() => nowhere.room!.state.value === "out", "there is no such room");
    match(nowhere.room!.reason.value, /404/);
    for (const one of [dave, erin]) await one.close();
  },
);

Deno.test("a chat of many begins, and members of it are asked", options, async () => {
  const [alice, bob] = await Promise.all(["alice", "bob"].map(person));
  const lunch = made(alice.rooms.begin(["bob"], "Lunch"));
  await until(() => bob.asked.invitations.value.length === 1, "bob is asked");
  equal(bob.asked.invitations.value[0].subject, "Lunch");
  await until(() => lunch.room!.state.value === "in", "alice is in");
  bob.asked.invitations.value[0].accept();
  const inIt = () => bob.conversations.list.value.find(({ room }) => room!.state.value === "in");
  await until(() => inIt() !== undefined, "bob is in");
  ok(inIt()!.key.startsWith("sip:conf-"), "it is no group");
  inIt()!.room!.leave();
  await until(() => lunch.room!.state.value === "out", "nobody else is there");
  deepEqual([alice.rooms.known.value, bob.rooms.known.value].flat().filter(({ uri }) => uri.includes("conf-")), []);
  for (const one of [alice, bob]) await one.close();
});

Deno.test("what is recorded is listed, searched, renamed, moved, exported and deleted", options, async () => {
  const carol = await person("carol");
  const { history } = carol;
  const dave = await SipClient.open({ user: "dave", domain: parley.domain, port: parley.port });
  equal(statusOf(await dave.register()), 200);
  for (const text of ["the fjord is cold", "bring a coat"]) {
    equal(statusOf(await dave.message(aor("carol"), text)), 200);
  }
  const ANY = { words: "", with: "", from: 0, until: Infinity, folder: null };
  const listed = async (query: Partial<typeof ANY> = {}) => {
    const page = await history.list({ ...ANY, ...query }, "");
    if (!("items" in page)) throw new Error(page.text);
    return page.items;
  };
  const item = await eventually(
    async () => (await listed({ with: "dave" })).find(({ messages }) => messages === 2),
    "both are recorded",
  );
  deepEqual([item.with, item.folder, item.name], [aor("dave"), "", ""]);
  const found = await history.search({ ...ANY, words: "fjord" });
  if (!("hits" in found)) throw new Error(found.text);
  deepEqual(found.hits.map(({ item: { reference }, snippet }) => [reference, snippet]), [
    [item.reference, "the fjord is cold"],
  ]);
  equal(await history.rename(item.reference, "Norway"), null);
  equal(await history.move(item.reference, "trips/north"), null);
  deepEqual(history.folders.value.map(({ folder, conversations }) => [folder, conversations]), [
    ["trips", 0],
    ["trips/north", 1],
  ]);
  const [moved] = await listed({ folder: "trips" as never });
  deepEqual([moved.folder, moved.name], ["trips/north", "Norway"]);
  match((await history.rename(item.reference, "x".repeat(2000)))?.fields.name ?? "", /characters/);
  const exported = await carol.parts.rest.blob(
    history.exportPath(item.reference, "json").replace(/^.*\/api\/v1/, ""),
  );
  match(await exported.text(), /the fjord is cold/);
  equal(await history.remove([item.reference, "h-gone"]), null);
  deepEqual(await listed({ with: "dave" }), []);
  equal((await history.move(item.reference, "x"))?.status, 404);
  await leave([dave]);
  await carol.close();
});

Deno.test("a question that blocks is answered here, or on another device first", options, async () => {
  const erin = await person("erin");
  const ask = async () =>
    (await ada.post<{ id: string }>("/system-messages", {
      to: aor("erin"),
      text: "Do you agree?",
      options: [{ id: "yes", label: "I agree" }, { id: "no", label: "No", grants: "none" }],
      blocking: true,
    })).id;
  const first = await ask();
  await until(() => erin.asked.questions.value.length === 1, "it is asked");
  const [question] = erin.asked.questions.value;
  deepEqual([question.blocking, question.options.map(({ text }) => text)], [true, ["I agree", "No"]]);
  match(question.text, /Do you agree\?/);
  question.shown();
  equal(await question.answer("yes"), null);
  equal(erin.asked.questions.value.length, 0);
  const second = await ask();
  await until(() => erin.asked.questions.value.length === 1, "it is asked");
  const [{ id }] = erin.asked.questions.value;
  const phone = await SipClient.open({ user: "erin", domain: parley.domain, port: parley.port });
  equal(statusOf(await phone.register()), 200);
  equal(statusOf(await phone.message("sip:system@example.test", "yes")), 200);
  const late = await erin.asked.questions.value[0].answer("no");
  equal(late?.status, 403);
  match(late!.text, /answer/);
  deepEqual(erin.asked.questions.value.filter((one) => one.id === id), []);
  for (const one of [first, second]) await ada.ask("DELETE", `/system-messages/${one}`);
  await leave([phone]);
  await erin.close();
});
