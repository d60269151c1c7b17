import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { eventLines } from "./event_text.ts";
import type { ChatEvent } from "./events.ts";
import { percent, progressLine, shortened, sizeText } from "./progress_bar.ts";
import { JsonView, TextView } from "./view.ts";

const NOON = new Date(2026, 0, 1, 12, 0, 0).getTime();

function message(more: Partial<Extract<ChatEvent, { event: "message" }>>): ChatEvent {
  return {
    event: "message",
    id: "m1",
    from: "sip:bob@example.test",
    name: "Bob",
    mode: "session",
    type: "text/plain",
    text: "hello",
    bytes: 5,
    sent: new Date(NOON - 1000).toISOString(),
    chat: 1,
    private: false,
    ...more,
  };
}

function file(moved: number, size: number, name = "holiday.png"): ChatEvent {
  return {
    event: "file",
    transfer: "t",
    direction: "in",
    peer: "sip:b@x",
    name,
    size,
    type: "image/png",
    moved,
    state: "moving",
  };
}

const ROOM = { chat: 1, room: "sip:conf-1@x", subject: "", state: "active", reason: "" } as const;
const ROSTER = { ...ROOM, event: "roster", first: false, came: [], left: [], renamed: [] } as const;
const FACTS = { transfer: "t", direction: "in", peer: "sip:b@x", name: "x", size: 1, type: "image/png" } as const;

Deno.test("text with sender and time, one that waited with its own", () => {
  assert.deepEqual(eventLines(message({}), NOON), ["12:00:00 Bob: hello"]);
  assert.deepEqual(eventLines(message({ name: "" }), NOON), ["12:00:00 bob@example.test: hello"]);
  const [late] = eventLines(message({ sent: new Date(NOON - 3_600_000).toISOString() }), NOON);
  assert.match(late, /^11:00:00 \((?:2026-01-01|2025-12-31)\) Bob: hello$/);
  assert.deepEqual(eventLines(message({ text: "a\nb" }), NOON), ["12:00:00 Bob: a", "      b"]);
  assert.deepEqual(eventLines(message({ type: "image/png", text: "", bytes: 2_500_000 }), NOON), [
    "12:00:00 Bob: [image/png, 2.5 MB]",
  ]);
});

Deno.test("how somebody is who is watched, and where", () => {
  const facts = { event: "presence", of: "sip:bob@x", note: "", until: "", place: "", reason: "" } as const;
  const said = (more: Partial<Extract<ChatEvent, { event: "presence" }>>) => {
    const [one, ...others] = eventLines({ ...facts, state: "active", status: "busy", ...more }, NOON);
    assert.deepEqual(others, []);
    return one.slice("12:00:00 · ".length);
  };
  assert.equal(said({}), "bob@x is busy");
  const until = new Date(NOON + 3_600_000).toISOString();
  assert.equal(
    said({ note: "in the lab", until, place: "Room 5" }),
    "bob@x is busy at Room 5 until 2026-01-01 13:00:00: in the lab",
  );
  assert.equal(said({ state: "pending", status: "" }), "bob@x has not said yet whether you may see it");
  assert.equal(said({ state: "ended", status: "", reason: "403 No" }), "bob@x: nothing is known (403 No)");
  assert.equal(said({ state: "asked", reason: "timeout" }), "bob@x is busy (timeout)");
  const [place] = eventLines(message({ type: "application/pidf+xml", text: "Room 5" }), NOON);
  assert.equal(place, "12:00:00 Bob: I am at Room 5");
});

/** Everything that a terminal obeys, and a line that looks like one of ours. */
const EVIL = "B\x1b[2Job\x1b]0;title\x07\u202eevil\x9b31m\u200f\u2028\r\n12:00:00 Carol: I agree\tyes";

/** One event of every kind that carries what others wrote, each field of it evil. */
const FROM_OTHERS: readonly ChatEvent[] = [
  { event: "unregistered", status: 403, reason: EVIL },
  { event: "published", ok: false, reason: EVIL },
  {
    event: "presence",
    of: `sip:${EVIL}`,
    state: "active",
    status: "busy",
    note: EVIL,
    until: "",
    place: EVIL,
    reason: EVIL,
  },
  { event: "presence", of: `sip:${EVIL}`, state: "ended", status: "", note: "", until: "", place: "", reason: EVIL },
  message({ type: "application/pidf+xml", text: EVIL }),
  message({ name: EVIL }),
  message({ name: "", from: EVIL }),
  message({ type: EVIL }),
  {
    event: "state",
    id: "m",
    ref: "",
    to: EVIL,
    mode: "pager",
    state: "failed",
    deferred: false,
    status: 403,
    reason: EVIL,
    about: EVIL,
  },
  { event: "composing", from: EVIL, active: true },
  { event: "nickname", chat: 1, name: EVIL, ok: true, status: 200, reason: "" },
  { event: "nickname", chat: 1, name: "x", ok: false, status: 425, reason: EVIL },
  { event: "asked", chat: 1, what: "add", who: `sip:${EVIL}`, ok: false, status: 403, reason: EVIL },
  { ...ROSTER, subject: EVIL, first: true, came: [{ uri: "sip:x", name: EVIL }] },
  { ...ROSTER, left: [{ uri: `sip:${EVIL}`, name: "" }] },
  { ...ROSTER, renamed: [{ uri: "sip:x", name: EVIL, before: EVIL }] },
  { ...ROSTER, state: "ended", reason: EVIL },
  { event: "invitation", from: EVIL, name: "", subject: EVIL },
  { event: "invitation", from: EVIL, name: EVIL, subject: "" },
  { event: "chat", chat: 1, peer: EVIL, incoming: true, room: "" },
  { event: "chat", chat: 1, peer: EVIL, incoming: true, room: `sip:${EVIL}` },
  { event: "chat-ended", chat: 1, peer: EVIL, reason: EVIL },
  { ...FACTS, event: "file-offered", peer: EVIL, name: EVIL },
  { event: "file-asked", peer: EVIL, name: EVIL, found: false },
  { ...FACTS, event: "file-ended", name: EVIL, ok: false, deferred: false, place: "", reason: EVIL },
  { ...FACTS, event: "file-ended", name: EVIL, ok: true, deferred: false, place: EVIL, reason: "" },
  { event: "who", lines: [`chat with ${EVIL}`] },
  { event: "error", text: EVIL },
  { event: "notice", text: EVIL },
];

Deno.test("a room: who is there, who comes, leaves, is called otherwise, and what is for us alone", () => {
  const [bob, carol] = [{ uri: "sip:bob@x", name: "Bob" }, { uri: "sip:carol@x", name: "" }];
  const said = (event: ChatEvent) => eventLines(event, NOON).map((each) => each.replace(/^12:00:00 (?:· )?/, ""));
  assert.deepEqual(eventLines(message({ private: true }), NOON), ["12:00:00 Bob (to you alone): hello"]);
  assert.deepEqual(said({ event: "chat", chat: 1, peer: "sip:f@x", incoming: false, room: "sip:conf-1@x" }), [
    "in the room conf-1@x (/members, /leave)",
  ]);
  assert.deepEqual(said({ event: "chat", chat: 1, peer: "sip:bob@x", incoming: true, room: "sip:conf-1@x" }), [
    "in the room conf-1@x, where bob@x wants you (/members, /leave)",
  ]);
  assert.deepEqual(said({ ...ROSTER, subject: "Lunch", first: true, came: [bob, carol] }), [
    'in the room "Lunch": Bob, carol@x',
  ]);
  assert.deepEqual(said({ ...ROSTER, came: [bob], left: [carol] }), ["Bob has come", "carol@x has left"]);
  assert.deepEqual(said({ ...ROSTER, came: [bob, carol] }), ["Bob, carol@x have come"]);
  assert.deepEqual(said({ ...ROSTER, renamed: [{ ...bob, before: "Robert" }, { ...carol, before: "Caro" }] }), [
    "Robert is called Bob now",
    "Caro is called carol@x now",
  ]);
  const crowd = Array.from({ length: 500 }, (_, i) => ({ uri: `sip:u${i}@x`, name: `u${i}` }));
  assert.match(said({ ...ROSTER, first: true, came: crowd })[0], /u18, u19 and 480 more$/);
  assert.deepEqual(said({ ...ROSTER, state: "ended", reason: "403 not allowed" }), [
    "who is in the room is not known: 403 not allowed",
  ]);
  const members = [{ ...bob, status: "connected" }, { ...carol, status: "alerting" }];
  assert.deepEqual(said({ ...ROOM, event: "members", members }), [
    "in the room, 2:",
    "  Bob <bob@x>",
    "  carol@x (alerting)",
  ]);
  assert.deepEqual(said({ ...ROOM, event: "members", state: "asked", members: [] }), [
    "who is in the room is not known",
  ]);
});

Deno.test("what a room answers to what was asked of it", () => {
  const said = (event: ChatEvent) => eventLines(event, NOON)[0].slice("12:00:00 · ".length);
  const nickname = { event: "nickname", chat: 1, name: "Bishop", ok: true, status: 200, reason: "" } as const;
  assert.equal(said(nickname), 'you are called "Bishop" now');
  assert.equal(said({ ...nickname, name: "" }), "you have no nickname any more");
  assert.equal(said({ ...nickname, ok: false, reason: "taken (425)" }), 'you are not called "Bishop": taken (425)');
  const asked = { event: "asked", chat: 1, what: "add", who: "sip:bob@x", ok: true, status: 200, reason: "" } as const;
  assert.equal(said(asked), "bob@x has been brought in");
  assert.equal(said({ ...asked, status: 202 }), "bob@x is being brought in");
  assert.equal(said({ ...asked, what: "expel" }), "bob@x has been sent out");
  assert.equal(said({ ...asked, ok: false, status: 486, reason: "busy (486)" }), "bob@x does not come in: busy (486)");
});

Deno.test("what others write never commands the terminal, and never looks like another line", () => {
  for (const event of FROM_OTHERS) {
    const lines = eventLines(event, NOON);
    assert.equal(lines.length, 1, event.event);
    assert.match(lines[0], /12:00:00 Carol: I agree yes|text\/plain/, event.event);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(lines[0], /[\x00-\x1f\x7f-\x9f\u200f\u2028\u202e]/, event.event);
  }
  let out = "";
  const screen = { width: null, write: (text: string) => void (out += text) };
  new TextView(screen, new FakeTime()).show(file(1, 10, EVIL));
  new TextView({ ...screen, width: 300 }, new FakeTime()).show(file(1, 10, EVIL));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out.replace("\r\x1b[2K", "").replace("\n", ""), /[\x00-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("the lines of a message stay lines, set apart from ours", () => {
  const lines = eventLines(message({ text: "one\r\ntwo\rthree\tfour\x1b[2J" }), NOON);
  assert.deepEqual(lines, ["12:00:00 Bob: one", "      two", "      three\tfour\ufffd[2J"]);
});

Deno.test("delivered, displayed and failed say what they are about", () => {
  const state = (more: object): ChatEvent => ({
    event: "state",
    id: "m1",
    ref: "",
    to: "sip:b@x",
    mode: "pager",
    state: "delivered",
    deferred: false,
    status: 0,
    reason: "",
    about: "hello",
    ...more,
  });
  assert.deepEqual(eventLines(state({}), NOON), ['12:00:00 · delivered "hello"']);
  assert.deepEqual(eventLines(state({ state: "sent" }), NOON), []);
  assert.deepEqual(eventLines(state({ state: "sent", deferred: true }), NOON), [
    '12:00:00 · stored, to be delivered later "hello"',
  ]);
  assert.deepEqual(eventLines(state({ state: "failed", status: 404, reason: "there is no such user (404)" }), NOON), [
    '12:00:00 · not delivered "hello": there is no such user (404)',
  ]);
});

Deno.test("sizes, percent and bars", () => {
  assert.deepEqual([0, 999, 1000, 12_345_678, 5e9, -1].map(sizeText), [
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 MB",
    "5.0 GB",
    "?",
  ]);
  assert.deepEqual([percent(0, 0), percent(1, 3), percent(999, 1000), percent(5, -1)], [100, 33, 99, -1]);
  assert.equal(
    progressLine("a.png", 5, 10, 50),
    "a.png [############------------]  50 % 5 B of 10 B".slice(0, 50).padEnd(50).trimEnd(),
  );
  for (const width of [10, 20, 40, 79, 200]) {
    for (const moved of [0, 1, 500_000, 1_000_000]) {
      const line = progressLine("a very long name of a file that was sent.jpeg", moved, 1_000_000, width);
      assert.ok([...line].length <= Math.max(width, 40), `${width}: ${line}`);
    }
  }
  assert.equal(shortened("abcdefghij", 5), "ab…ij");
});

Deno.test("on a terminal the bar is one line, drawn again under what comes in between", () => {
  const time = new FakeTime();
  let out = "";
  const view = new TextView({ width: 60, write: (text) => out += text }, time);
  view.show(file(10, 100));
  view.show(file(20, 100));
  assert.equal(out.match(/\x1b\[2K/g)?.length, 1, "not drawn again at once");
  time.advance(200);
  view.show(file(50, 100));
  view.show(message({}));
  assert.match(out, /50 % .*\r\x1b\[2K\d\d:\d\d:\d\d .*Bob: hello\n\r\x1b\[2K.*50 %/s);
  view.close();
  assert.ok(out.endsWith("\n"));
});

Deno.test("without a terminal there is a line for each tenth, and nothing else", () => {
  let out = "";
  const view = new TextView({ width: null, write: (text) => out += text }, new FakeTime());
  for (let moved = 0; moved <= 1000; moved++) view.show(file(moved, 1000));
  assert.equal(out.split("\n").length - 1, 11);
  assert.doesNotMatch(out, /\x1b|\r/);
});

Deno.test("events as JSON are a line each", () => {
  let out = "";
  const view = new JsonView({ width: null, write: (text) => out += text });
  view.show(message({ text: `two\nlines${EVIL}` }));
  assert.equal(out.split("\n").length, 2);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out.trimEnd(), /[\x00-\x1f\x7f-\x9f\u2028\u202e]/);
  assert.equal(JSON.parse(out).text, `two\nlines${EVIL}`);
});
