/** What devices in a room send that is wrong, octet by octet: each gets its answer (RFC 7701, oma-reference §4.3), the room goes on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { freshId } from "../support/msrp_peer.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { RoomCaller } from "../support/room_caller.ts";
import { cpim, type RoomDialog, said } from "../support/room_dialog.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;
const MOST = 65_536;
const PEOPLE = ["alice", "bob", "carol"];
const GROUP = {
  /** Private messages are allowed to bob alone. */
  chess: { members: PEOPLE, membersMay: ["join-handling"], may: { bob: ["allow-private-message"] } },
  plaza: { othersMay: ["join-handling", "allow-private-message"] },
} as const;

let parley: ParleyProcess;
const callers: RoomCaller[] = [];
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users(...PEOPLE), config: `[rooms]\nmessage_bytes = ${MOST}\n` });
  const owner = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  for (const [name, group] of Object.entries(GROUP)) {
    equal((await owner.put(owner.own(GROUPS, name), groupText(address(name), group))).status, 201);
  }
  owner.close();
  for (const name of PEOPLE) callers.push(await RoomCaller.open(parley, name));
});
Deno.test.afterAll(async () => {
  for (const caller of callers) caller.close();
  await parley[Symbol.asyncDispose]();
});

/** Bob and carol in a room, and alice. */
async function inside(room: string, act: (bob: RoomDialog, carol: RoomDialog, alice: RoomDialog) => Promise<void>) {
  const dialogs: RoomDialog[] = [];
  for (const caller of callers) dialogs.push(await caller.enters(address(room)));
  try {
    await act(dialogs[1], dialogs[2], dialogs[0]);
  } finally {
    // So that what one test leaves open is not in the way of the next.
    for (const dialog of dialogs) await dialog.within("BYE");
  }
}

let marks = 0;
/** Everything that came before has been dealt with, and everybody is served. */
async function goesOn(bob: RoomDialog, ...others: RoomDialog[]): Promise<void> {
  const mark = `mark ${++marks}`;
  equal((await bob.say(mark, { from: bob.caller.aor })).status, 200);
  for (const other of others) await other.heard(mark);
}

interface Row {
  readonly title: string;
  readonly body: (bob: RoomDialog) => string;
  readonly type?: string;
  readonly gets: number;
  /** Who sends; default bob. */
  readonly by?: "carol";
}

const LONG = "x".repeat(MOST + 1);
const to = (bob: RoomDialog) => bob.room;
const ROWS: readonly Row[] = [
  { title: "From is another one there", body: (bob) => cpim(address("carol"), to(bob), "forged"), gets: 403 },
  { title: "From is the room", body: (bob) => cpim(bob.room, to(bob), "forged"), gets: 403 },
  { title: "From is nobody known", body: (bob) => cpim("sip:bob@evil.test", to(bob), "forged"), gets: 403 },
  { title: "From that is no URI", body: (bob) => cpim("", to(bob), "forged"), gets: 403 },
  {
    title: "two From, the second of whom is bob",
    body: (bob) => `From: <${address("carol")}>\r\n${cpim(address("bob"), to(bob), "forged")}`,
    gets: 400,
  },
  {
    title: "no From",
    body: (bob) => cpim(address("bob"), to(bob), "forged").replace(/^From:.*\r\n/, ""),
    gets: 403,
  },
  { title: "several To", body: (bob) => cpim(address("bob"), [to(bob), address("carol")], "forged"), gets: 403 },
  { title: "two people in To", body: () => cpim(address("bob"), ["alice", "carol"].map(address), "forged"), gets: 403 },
  {
    title: "no To",
    body: (bob) => cpim(address("bob"), to(bob), "forged").replace(/^To:.*\r\n/m, ""),
    gets: 400,
  },
  { title: "to somebody who is not there", body: () => cpim(address("bob"), address("dave"), "forged"), gets: 404 },
  {
    title: "to an alias of nobody",
    body: () => cpim(address("bob"), "sip:anonymous-9@anonymous.invalid", "forged"),
    gets: 404,
  },
  {
    title: "to one, without the right to",
    body: () => cpim(address("carol"), address("bob"), "forged"),
    gets: 403,
    by: "carol",
  },
  { title: "plain text", body: () => "forged", type: "text/plain", gets: 415 },
  {
    title: "CPIM by another name",
    body: (bob) => cpim(address("bob"), to(bob), "forged"),
    type: "text/cpim",
    gets: 415,
  },
  { title: "CPIM that is none", body: () => "forged", gets: 400 },
  { title: "heads without an end", body: (bob) => `From: <${address("bob")}>\r\nTo: <${bob.room}>\r\n`, gets: 400 },
  { title: "too large", body: (bob) => cpim(address("bob"), to(bob), `${LONG}forged`), gets: 413 },
];
for (const { title, body, type, gets, by } of ROWS) {
  Deno.test(`a message in a room: ${title}: ${gets}, and nobody gets it`, options, async () => {
    await inside("chess", async (bob, carol, alice) => {
      const answer = await (by === "carol" ? carol : bob).send(body(bob), type);
      equal(answer.status, gets, answer.comment);
      await goesOn(bob, alice, carol);
      for (const { texts } of [alice, bob, carol]) ok(!texts.some((text) => text.includes("forged")), texts.join("|"));
    });
  });
}

Deno.test("who takes no private messages gets none: 428; who does gets those for it alone", options, async () => {
  const [alice, bob, carol] = callers;
  const hers = await alice.enters(address("chess"));
  const his = await bob.enters(address("chess"));
  const peer = await carol.enters(address("chess"));
  equal((await his.say("between us", { to: address("carol") })).status, 200);
  await peer.heard("between us");
  deepEqual([hers.texts, his.texts], [[], []]);
  await peer.bye();
  const gone = await his.say("you there?", { to: address("carol") });
  equal(gone.status, 404, gone.comment);

  // The same device without the word in its description (RFC 7701 §8.2).
  const unable = await carol.enters(address("chess"), { withoutChatroom: true });
  const refused = await his.say("and now?", { to: address("carol") });
  equal(refused.status, 428, refused.comment);
  await goesOn(his, hers, unable);
  for (const each of [hers, his, unable]) await each.bye();
});

Deno.test("a forged alias in a public room: 403, and nobody learns whose it is [PRI-2]", options, async () => {
  await inside("plaza", async (bob, carol, alice) => {
    equal((await carol.say("I am")).status, 200);
    const alias = /^From: .*<([^>]+)>/m.exec(said(await bob.heard("I am")))![1];
    match(alias, /^sip:anonymous-\d+@anonymous\.invalid$/);
    for (const from of [alias, address("carol"), address("alice")]) {
      const { status, comment } = await bob.say("forged", { from });
      deepEqual([status, comment], [403, "From is not the sender"], "the same answer for each");
    }
    // An address is nobody's name here, whether its owner is there or not.
    for (const to of [address("carol"), address("nobody")]) {
      const { status, comment } = await bob.say("forged", { to });
      deepEqual([status, comment], [404, "nobody of that name"]);
    }
    await goesOn(bob, alice, carol);
  });
});

const NICKNAMES: readonly (readonly [title: string, value: string | null, gets: number])[] = [
  ["no header", null, 424],
  ["no string", "Rook", 424],
  ["a string without an end", '"Rook', 424],
  ["not UTF-8", '"\xff\xfe"', 424],
  ["a control character: no header line at all", '"Ro\u0007ok"', 400],
  ["an invisible character", `"${latin1("Ro\u200bok")}"`, 424],
  ["too long", `"${"x".repeat(1024)}"`, 424],
  ["blanks alone", '"   "', 424],
  ["in use", '"Knight"', 425],
  ["in use, in other letters", '"  KNIGHT "', 425],
  ["in use, in wide letters", `"${latin1("Ｋｎｉｇｈｔ")}"`, 425],
  ["reserved for the service", '"System"', 425],
  ["what aliases look like", '"Anonymous 2"', 425],
  ["an address", '"sip:alice@example.test"', 425],
  ["a good one", '"Rook"', 200],
  ["in another script", `"${latin1("Königin ♛")}"`, 200],
  ["none any more", '""', 200],
];
Deno.test("nicknames: 424 for malformed ones, 425 for those that are given or reserved [PRI-3]", options, async () => {
  await inside("plaza", async (bob, carol, alice) => {
    equal(await carol.nickname('"Knight"'), 200);
    for (const [title, value, gets] of NICKNAMES) equal(await bob.nickname(value), gets, title);
    await goesOn(bob, alice, carol);
    // Who leaves gives back the name.
    equal(await carol.nickname('""'), 200);
    equal(await bob.nickname('"Knight"'), 200);
  });
});

/** UTF-8 as the characters of its octets. */
function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

Deno.test("what is no MSRP of this session: 400, 481, 501; the room goes on for all others", options, async () => {
  await inside("chess", async (bob, carol, alice) => {
    const ask = bob.peer.ask.bind(bob.peer);
    const body = cpim(address("bob"), bob.room, "forged");
    const unknown = await ask({ to: bob.theirPath.replace(/\/[^/;]+;/, `/${freshId()};`), from: bob.path, body });
    equal(unknown.status, 481);
    const stolen = await carol.peer.ask({ to: bob.theirPath, from: carol.path, type: "message/cpim", body });
    ok(stolen.status === 481 || stolen.status === 506, String(stolen.status));
    const method = await ask({ method: "SHOUT", to: bob.theirPath, from: bob.path });
    equal(method.status, 501);
    await goesOn(bob, alice, carol);
    for (const { texts } of [alice, carol]) ok(!texts.includes("forged"));
  });
});
