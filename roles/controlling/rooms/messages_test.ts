import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { aor, Device, GROUP, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

const COMPOSING = "Content-Type: application/im-iscomposing+xml";
const IMDN = "Content-Type: message/imdn+xml\r\nContent-Disposition: notification";
const ALIAS = (n: number) => `sip:anonymous-${n}@anonymous.invalid`;
const NUMBER = "+15551234";
const BOTH = ["bob", "carol"];

interface Row {
  readonly what: string;
  /** Default: ad hoc, everybody by name. */
  readonly room?: "hidden" | "group" | "silent" | "restricted";
  readonly say: Parameters<Device["say"]>[1];
  /** In place of what `say` makes. */
  readonly octets?: string;
  readonly type?: string;
  readonly status: number;
  /** Who gets it; `alice 2` is her second device. */
  readonly gets?: readonly string[];
}

// Alice (participant 1) speaks with one of two devices; bob is 2, carol 3, who takes no private messages; dave (4) is only being invited;
// eve (5) was asked in secret (bcc); frank has left.
const ROWS: readonly Row[] = [
  { what: "to the room", say: {}, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  {
    what: "to the room, its URI written otherwise",
    say: { to: "ROOM;transport=tcp" },
    status: 200,
    gets: ["alice 2", ...BOTH, "eve"],
  },
  { what: "From an im: URI", say: { from: "im:alice@example.test" }, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  { what: "From the own number", say: { from: `tel:${NUMBER}` }, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  { what: "forged From", say: { from: aor("bob") }, status: 403 },
  { what: "From an alias that nobody gave", say: { from: ALIAS(1) }, status: 403 },
  { what: "From a name in another case", say: { from: "sip:Alice@example.test" }, status: 403 },
  { what: "From what is no URI", say: { from: "nobody" }, status: 403 },
  { what: "no From", say: {}, octets: "To: <ROOM>\r\n\r\nContent-Type: text/plain\r\n\r\nHi", status: 403 },
  { what: "no To", say: {}, octets: "From: <ME>\r\n\r\nContent-Type: text/plain\r\n\r\nHi", status: 400 },
  {
    what: "two To",
    say: {},
    octets: "From: <ME>\r\nTo: <ROOM>\r\nTo: <sip:bob@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nHi",
    status: 403,
  },
  { what: "To that is no URI", say: { to: "" }, status: 400 },
  { what: "not CPIM", say: {}, type: "text/plain", status: 415 },
  {
    what: "CPIM with parameters",
    say: {},
    type: "Message/CPIM;charset=utf-8",
    status: 200,
    gets: ["alice 2", ...BOTH, "eve"],
  },
  { what: "malformed CPIM", say: {}, octets: "From <ME>\r\n\r\nx", status: 400 },
  { what: "CPIM whose head does not end", say: {}, octets: "From: <ME>\r\nTo: <ROOM>\r\n", status: 400 },
  { what: "nothing at all (binding)", say: {}, octets: "", type: "", status: 200, gets: [] },
  {
    what: "too large",
    say: { headers: "X: ".padEnd(10_000, "x") },
    octets: "From: <ME>\r\nTo: <ROOM>\r\n\r\nContent-Type: a/b\r\n\r\n".padEnd(200_001),
    status: 413,
  },
  { what: "private", say: { to: aor("bob") }, status: 200, gets: ["alice 2", "bob"] },
  { what: "private, to oneself", say: { to: aor("alice") }, status: 200, gets: ["alice 2"] },
  { what: "private, to somebody unknown", say: { to: aor("zoe") }, status: 404 },
  { what: "private, to somebody who is not in yet", say: { to: aor("dave") }, status: 404 },
  { what: "private, to somebody who has left", say: { to: aor("frank") }, status: 404 },
  { what: "private, to somebody hidden", say: { to: aor("eve") }, status: 404 },
  { what: "private, to somebody who takes none", say: { to: aor("carol") }, status: 428 },
  { what: "private, in a room without", room: "silent", say: { to: aor("bob") }, status: 428 },
  { what: "private, without the right", room: "restricted", say: { to: aor("bob") }, status: 403 },
  { what: "to the group's URI", room: "group", say: { to: GROUP }, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  { what: "to the URI of another group", room: "group", say: { to: "sip:others@groups.example.test" }, status: 404 },
  { what: "is-composing", say: { content: COMPOSING }, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  { what: "is-composing, private", say: { content: COMPOSING, to: aor("bob") }, status: 200, gets: ["bob"] },
  { what: "IMDN to a participant", say: { content: IMDN, to: aor("bob") }, status: 200, gets: ["bob"] },
  {
    what: "IMDN to one who takes no private messages",
    say: { content: IMDN, to: aor("carol") },
    status: 200,
    gets: ["carol"],
  },
  { what: "IMDN to all", say: { content: IMDN }, status: 200, gets: [] },
  { what: "hidden: to the room", room: "hidden", say: {}, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  { what: "hidden: to the group", room: "hidden", say: { to: GROUP }, status: 200, gets: ["alice 2", ...BOTH, "eve"] },
  {
    what: "hidden: From the own alias",
    room: "hidden",
    say: { from: ALIAS(1) },
    status: 200,
    gets: ["alice 2", ...BOTH, "eve"],
  },
  {
    what: "hidden: From nobody in particular",
    room: "hidden",
    say: { from: "sip:anonymous@anonymous.invalid" },
    status: 200,
    gets: ["alice 2", ...BOTH, "eve"],
  },
  {
    what: "a second From for readers that do not look at case",
    say: { headers: `from: <${aor("bob")}>\r\n` },
    status: 403,
  },
  {
    what: "a second From of another namespace, for readers that know none",
    say: { headers: `NS: <urn:x>\r\nFrom: <${aor("bob")}>\r\n` },
    status: 403,
  },
  { what: "hidden: From another's alias", room: "hidden", say: { from: ALIAS(2) }, status: 403 },
  { what: "hidden: private", room: "hidden", say: { to: ALIAS(2) }, status: 200, gets: ["alice 2", "bob"] },
  { what: "hidden: private, by the real address", room: "hidden", say: { to: aor("bob") }, status: 404 },
  {
    what: "hidden: is-composing",
    room: "hidden",
    say: { content: COMPOSING },
    status: 200,
    gets: ["alice 2", ...BOTH, "eve"],
  },
  { what: "hidden: IMDN", room: "hidden", say: { content: IMDN, to: ALIAS(2) }, status: 200, gets: [] },
];

function policyOf(room: Row["room"]) {
  if (room === "hidden") return groupPolicy(HIDDEN);
  if (room === "silent") return groupPolicy({ privateMessages: false });
  return groupPolicy({}, room === "restricted" ? [aor("alice")] : []);
}

for (const row of ROWS) {
  Deno.test(`what is said, by rule: ${row.what}`, async () => {
    const world = await RoomsWorld.make();
    const room = row.room === undefined ? world.adhoc() : world.group(policyOf(row.room));
    const alice = Device.join(world, room, "alice", { number: NUMBER });
    const bob = Device.join(world, room, "bob");
    const carol = Device.join(world, room, "carol", { privateMessages: false });
    Device.invite(world, room, "dave");
    const eve = Device.join(world, room, "eve", { hidden: true });
    Device.join(world, room, "frank").seat.leave("departed");
    const everybody = { "alice 2": Device.join(world, room, "alice"), bob, carol, eve };
    const own = { ...row.say };
    if (own.to?.startsWith("ROOM")) own.to = room.uri + own.to.slice(4);
    const status = row.octets === undefined && row.type === undefined
      ? await alice.say("Hello", own)
      : await alice.send(
        utf8(
          (row.octets ?? "From: <ME>\r\nTo: <ROOM>\r\n\r\nContent-Type: text/plain\r\n\r\nHello")
            .replace("ROOM", room.uri).replace("ME", alice.aor),
        ),
        row.type,
      );
    assert.equal(status, row.status);
    await world.settled();
    const got = Object.entries(everybody).filter(([, device]) => device.got.length > 0).map(([name]) => name);
    assert.deepEqual(got, row.gets ?? []);
    assert.deepEqual(alice.got, [], "not to the device that said it");
    const isKept = row.status === 200 && got.length > 0 && !("content" in row.say!);
    assert.equal(world.messages.count, isKept ? 1 : 0, "what is stored");
    world.end();
  });
}

Deno.test("CPIM passes as it came in a private room, octet for octet, in one copy for all", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  const text = `From: "A" <${alice.aor}>\r\nTo: <${room.uri}>\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
    "imdn.Message-ID: a@host\r\nimdn.Disposition-Notification: display\r\nX: y\r\n\r\n" +
    "Content-type: text/plain\r\nX-Own: z\r\n\r\nHi \xc3\xa9";
  assert.equal(await alice.send(utf8(text), "message/cpim", "id1"), 200);
  const [one, other] = [bob.leg.got[0], carol.leg.got[0]];
  assert.deepEqual(one.body, [utf8(text)]);
  assert.equal(one.messageId, "id1");
  assert.ok(one.body[0] === other.body[0], "the same octets");
  world.end();
});

/** [what came behind From, To and the room's rules, what goes out]. A = alice, alias 1. */
const REWRITTEN: readonly [what: string, came: string, goes: string][] = [
  [
    "names, cc, Require, other headers, dispositions, content headers that say who",
    'From: "Alice Smith" <ME>\r\nTo: "The room of Alice" <ROOM>\r\ncc: Bob <sip:bob@example.test>\r\n' +
    "DateTime: 2026-01-02T03:04:05.5+02:00\r\nSubject: Hi\r\nSubject:;lang=fr Salut\r\n" +
    "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: abc\r\nimdn.Disposition-Notification: positive-delivery, display\r\n" +
    "imdn.Original-To: <sip:alice@example.test>\r\nimdn.IMDN-Record-Route: <sip:alice@example.test>\r\n" +
    "NS: x <urn:alice@example.test>\r\nx.Who: alice\r\nRequire: x.Who\r\n\r\n" +
    "Content-type: text/plain;charset=utf-8\r\nContent-ID: <1@alice.example.test>\r\nX-From: alice\r\n" +
    "Content-Disposition: render\r\nContent-Length: 2\r\n\r\nHi",
    "From: Anonymous 1 <sip:anonymous-1@anonymous.invalid>\r\nTo: <ROOM>\r\nDateTime: 2026-01-02T01:04:05.500Z\r\n" +
    "Subject: Hi\r\nSubject:;lang=fr Salut\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: abc\r\n\r\n" +
    "Content-Type: text/plain;charset=utf-8\r\nContent-Disposition: render\r\n\r\nHi",
  ],
  [
    "no time, no id, no type",
    "From: <ME>\r\nTo: <ROOM>\r\n\r\nContent-Language: de\r\n\r\nHi",
    "From: Anonymous 1 <sip:anonymous-1@anonymous.invalid>\r\nTo: <ROOM>\r\nDateTime: 2026-01-01T00:00:00.000Z\r\n\r\n" +
    "Content-Type: text/plain;charset=us-ascii\r\nContent-Language: de\r\n\r\nHi",
  ],
  [
    "a time and an id that say who",
    "From: <ME>\r\nTo: <ROOM>\r\nDateTime: 2026 (alice)\r\nimdn.Message-ID: 1@alice.example.test\r\n\r\nContent-Type: a/b\r\n\r\nHi",
    "From: Anonymous 1 <sip:anonymous-1@anonymous.invalid>\r\nTo: <ROOM>\r\nDateTime: 2026-01-01T00:00:00.000Z\r\n\r\n" +
    "Content-Type: a/b\r\n\r\nHi",
  ],
  [
    "private: To is the alias that others see",
    "From: <ME>\r\nTo: Bob <sip:anonymous-2@anonymous.invalid>\r\nDateTime: 2026-01-02T03:04:05Z\r\n\r\nContent-Type: a/b\r\n\r\nHi",
    "From: Anonymous 1 <sip:anonymous-1@anonymous.invalid>\r\nTo: <sip:anonymous-2@anonymous.invalid>\r\n" +
    "DateTime: 2026-01-02T03:04:05.000Z\r\n\r\nContent-Type: a/b\r\n\r\nHi",
  ],
];
for (const [what, came, goes] of REWRITTEN) {
  Deno.test(`[PRI-2] [PRI-4] [PRI-14] a message in a room that hides who speaks, golden: ${what}`, async () => {
    const world = await RoomsWorld.make();
    const room = world.group(groupPolicy(HIDDEN));
    const alice = Device.join(world, room, "alice");
    const bob = Device.join(world, room, "bob");
    const fill = (text: string) => text.replace("ROOM", room.uri).replace("ME", alice.aor);
    assert.equal(await alice.send(utf8(fill(came))), 200);
    assert.deepEqual(bob.gotWhole, [fill(goes)]);
    world.end();
  });
}

Deno.test("[PRI-3] somebody anonymous in a room of names has an alias, and is disguised alone", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob", { anonymous: true });
  assert.equal(await bob.say("Guess who"), 200);
  assert.match(alice.gotWhole[0], /^From: Anonymous 2 <sip:anonymous-2@anonymous.invalid>/);
  assert.equal(await alice.say("Bob?", { to: "sip:anonymous-2@anonymous.invalid" }), 200);
  assert.match(bob.gotWhole[0], new RegExp(`^From: <${alice.aor}>`));
  assert.equal(await alice.say("Bob?", { to: aor("bob") }), 404);
  assert.equal(room.findShown(aor("bob")), undefined);
  const refused = new Device(world, room, "alice").ask("alice", { anonymous: true });
  assert.deepEqual("status" in refused && refused.warning, "102 Anonymity not allowed");
  world.end();
});

Deno.test("bounds: messages a second and at once, while they are written, and as much as the store has room for", async () => {
  const world = await RoomsWorld.make({
    limits: { rate: 20, burst: 40, writing: 50, behindOctets: 1e9 },
    kept: { octets: 1e9, roomOctets: 600_000, count: 1000 },
  });
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  const carol = Device.join(world, room, "carol");
  const count = (answers: readonly number[], status: number) => answers.filter((one) => one === status).length;
  const burst = await Promise.all(Array.from({ length: 60 }, (_, n) => alice.say(`${n}`)));
  assert.deepEqual([count(burst, 200), count(burst, 408)], [40, 20]);
  assert.deepEqual(bob.got, Array.from({ length: 40 }, (_, n) => `${n}`));
  world.time.advance(1000);
  const later = await Promise.all(Array.from({ length: 30 }, () => alice.say("x")));
  assert.deepEqual([count(later, 200), count(later, 408)], [20, 10]);
  world.time.advance(2000);
  const three = [alice, bob, carol].flatMap((device) => Array.from({ length: 20 }, () => device.say("y")));
  const answers = await Promise.all(three);
  assert.deepEqual([count(answers, 200), count(answers, 408)], [50, 10]);
  // Bob has got nothing yet: it all stays.
  bob.leg.stalled = true;
  world.time.advance(2000);
  const large = "z".repeat(190_000);
  const rest = await Promise.all([1, 2, 3, 4].map(() => alice.say(large)));
  assert.deepEqual(rest, [200, 200, 200, 408]);
  assert.equal(carol.got.filter((text) => text === large).length, 3, "what was not kept went to nobody");
  bob.leg.stalled = false;
  bob.leg.work();
  world.time.advance(1100);
  assert.equal(await alice.say(large), 200);
  world.end();
});

Deno.test("a store that fails: 408, and nobody gets it; what came behind it keeps its place", async () => {
  const world = await RoomsWorld.make({
    settings: { message_bytes: 500_000 },
    kept: { octets: 1e9, roomOctets: 250_000, count: 1000 },
  });
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  const sizes = [100, 150_000, 300_000, 200, 100_001, 70_000, 5];
  const answers = await Promise.all(sizes.map((size) => alice.say(String(size % 10).repeat(size))));
  const taken = sizes.filter((_, at) => answers[at] === 200);
  assert.deepEqual(bob.got.map((text) => text.length), taken);
  assert.equal(answers[2], 408);
  assert.ok(taken.includes(150_000) && taken.includes(5), `${answers}`);
  world.end();
});

Deno.test("what is not kept is short: it is bounded by no quota", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = await Device.joined(world, room, "bob");
  for (const content of [COMPOSING, IMDN]) {
    const headers = `X-Long: ${"x".repeat(9000)}\r\n`;
    assert.equal(await alice.say("x", { content, to: bob.aor, headers }), 413);
    assert.equal(await alice.say("x", { content, to: bob.aor }), 200);
  }
  world.end();
});

Deno.test("one room cannot fill the store for all others: the one that keeps most gives way", async () => {
  const world = await RoomsWorld.make({ kept: { octets: 400_000, roomOctets: 390_000, count: 1000 } });
  const large = world.group(groupPolicy({ history: 100 }));
  const [eve, away] = ["eve", "away"].map((name) => Device.join(world, large, name));
  const small = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, small, name));
  await world.settled();
  bob.cut();
  assert.equal(await alice.say("for bob"), 200);
  away.cut();
  for (let n = 0; n < 4; n++) assert.equal(await eve.say("x".repeat(90_000)), 200);
  assert.equal(await alice.say("y".repeat(60_000)), 408, "the store is full");
  assert.equal(await alice.say("y".repeat(60_000)), 200, "and has room again");
  assert.equal((await Device.joined(world, small, "bob")).got.length, 2);
  for (let n = 0; n < 4; n++) await eve.say("x".repeat(90_000));
  world.end();
});
