/** What is said on the stage. */
import { FakeConversation, fakeFile, type FakeMessage, fakeMessage } from "./fake_conversation.ts";
import { fakeMember, fakeRoom } from "./fake_room.ts";

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** A picture of 8 by 6 points, so that a stage needs no file. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAFElEQVR4nGNkYPjPQApgIkn1qIYhpAEAnI4BDWbLzLwAAAAASUVORK5CYII=";

function picture(): Blob {
  return new Blob([Uint8Array.from(atob(PNG), (letter) => letter.charCodeAt(0))], { type: "image/png" });
}

/** The day's conversations, the latest first. `now`: wall time. */
export function demoConversations(now: number): FakeConversation[] {
  return [withBob(now), inRoom(now), withGrace(now), inPublicRoom(now), ofService(now), withLong(now), hostile(now)];
}

function said(list: readonly FakeMessage[]) {
  return list.map(fakeMessage);
}

function withBob(now: number): FakeConversation {
  const at = (minutes: number) => now - minutes * MINUTE;
  const earlier = Array.from({ length: 3 }, (_, page) =>
    said(Array.from({ length: 30 }, (_, line) => ({
      id: `old-${page}-${line}`,
      at: now - (5 - page) * DAY + line * 3 * MINUTE,
      own: line % 3 === 0,
      state: line % 3 === 0 ? "displayed" as const : "received" as const,
      text: `Page ${page + 1}, line ${line + 1}: what was said days ago.`,
    }))));
  return new FakeConversation({
    key: "sip:bob@example.test",
    title: "Bob Ross",
    unread: 2,
    before: earlier,
    messages: said([
      { id: "b1", at: now - DAY - 2 * HOUR, text: "Did you get the drawings of the bridge?" },
      { id: "b2", at: now - DAY - 2 * HOUR + MINUTE, text: "The ones with the second arch, I mean." },
      { id: "b3", own: true, at: now - DAY - HOUR, text: "Yes, thank you! They are lovely :-)", state: "displayed" },
      {
        id: "b4",
        own: true,
        at: now - DAY - HOUR + MINUTE,
        text: "I put notes at https://drawings.example.test/bridge/notes?page=2 for you.",
        state: "displayed",
      },
      { id: "b5", at: at(95), part: fakeFile("bridge, second arch.pdf", 1_430_000, "application/pdf", "offered") },
      { id: "b6", at: at(90), part: fakeFile("view from the river.png", 90, "image/png", "ready", picture()) },
      {
        id: "b7",
        at: at(60),
        part: { kind: "location", latitude: 52.5163, longitude: 13.3777, radius: 60, place: "Pariser Platz, Berlin" },
      },
      {
        id: "b8",
        own: true,
        at: at(34),
        part: fakeFile("plan.zip", 8_200_000, "application/zip", "moving"),
        state: "sending",
      },
      {
        id: "b9",
        own: true,
        at: at(30),
        text: "Shall we meet at ten? ;-)",
        state: "failed",
        problem: { status: 480, text: "Bob Ross cannot be reached at present.", retryAfter: 0, fields: {} },
      },
      { id: "b10", own: true, at: at(25), text: "I am in the café across the street. ~O)", state: "stored" },
      { id: "b11", at: at(4), text: "Ten is fine. I bring the model along :-D" },
      { id: "b12", at: at(3), text: "And cake <3" },
    ]),
  });
}

function inRoom(now: number): FakeConversation {
  const at = (minutes: number) => now - minutes * MINUTE;
  const carol = { from: "sip:carol@example.test", fromName: "Carol Danvers" };
  const dan = { from: "sip:dan@example.test", fromName: "Dan Brown" };
  const room = fakeRoom("Who brings what on Saturday", [
    fakeMember("Ada Lovelace", { me: true, moderates: true }),
    fakeMember("Carol Danvers", { moderates: true }),
    fakeMember("Dan Brown"),
    fakeMember("Erin Brockovich", { here: false }),
    fakeMember("Mallory Archer", { blocked: true }),
  ]);
  return new FakeConversation({
    key: "sip:garden@rooms.example.test",
    title: "Garden party",
    room,
    messages: said([
      { ...carol, at: at(190), text: "I bring salad." },
      { ...dan, at: at(188), text: "And I the grill. O:-)" },
      { at: at(187), part: { kind: "event", code: "joined", who: "Erin Brockovich" }, from: "" },
      { at: at(180), part: { kind: "event", code: "blocked-present", who: "Mallory Archer" }, from: "" },
      { own: true, at: at(170), text: "Wonderful. I come with a cake.", state: "delivered" },
      { ...carol, at: at(168), text: "Do not tell Dan: it is a surprise.", privateWith: "Ada Lovelace" },
      { at: at(40), part: { kind: "event", code: "gap", who: "" }, from: "" },
      { ...dan, at: at(38), text: "Is it still on, with this weather?" },
    ]),
  });
}

function withGrace(now: number): FakeConversation {
  return new FakeConversation({
    key: "sip:grace@example.test",
    title: "Grace Hopper",
    muted: true,
    messages: said([
      {
        from: "sip:grace@example.test",
        fromName: "Grace Hopper",
        at: now - 3 * DAY,
        text: "Found the bug. It was a moth.",
      },
      { own: true, at: now - 3 * DAY + MINUTE, text: ":-O", state: "displayed" },
      { own: true, at: now - 2 * MINUTE, text: "Send me the log, please.", state: "queued" },
    ]),
  });
}

function inPublicRoom(now: number): FakeConversation {
  return new FakeConversation({
    key: "sip:chess@rooms.example.test",
    title: "Chess for everybody",
    unread: 120,
    room: fakeRoom("Openings, endings, and what lies between", [
      fakeMember("Rook7", { uri: "sip:anon-1@rooms.example.test" }),
      fakeMember("Queen of Hearts", { uri: "sip:anon-2@rooms.example.test" }),
    ], { isPublic: true }),
    messages: said(Array.from({ length: 400 }, (_, line) => ({
      id: `c${line}`,
      from: `sip:anon-${line % 2 + 1}@rooms.example.test`,
      fromName: line % 2 === 0 ? "Rook7" : "Queen of Hearts",
      at: now - 5 * HOUR + line * 20_000,
      text: `Move ${line + 1}: ${"abcdefgh"[line % 8]}${line % 8 + 1}.`,
    }))),
  });
}

function ofService(now: number): FakeConversation {
  return new FakeConversation({
    key: "sip:service@example.test",
    kind: "service",
    title: "Parley",
    messages: said([
      {
        from: "sip:service@example.test",
        fromName: "Parley",
        at: now - 6 * DAY,
        text: "On Sunday between 02:00 and 03:00 the service is maintained.",
      },
    ]),
  });
}

function withLong(now: number): FakeConversation {
  const grace = { from: "sip:linus@example.test", fromName: "Linus Pauling" };
  return new FakeConversation({
    key: "sip:linus@example.test",
    title: "Linus Pauling",
    messages: said([
      { ...grace, at: now - 20 * DAY, text: "A story. ".repeat(600) },
      { own: true, at: now - 20 * DAY + MINUTE, text: "That was long." },
    ]),
  });
}

/** What somebody sends who means harm. */
export function hostile(now: number): FakeConversation {
  const from = { from: "sip:mallory@example.test", fromName: "\u202eyrollaM <b>bold</b>", at: now - 30 * DAY };
  return new FakeConversation({
    key: "sip:mallory@example.test",
    title: "\u202eyrollaM <img src=x onerror=alert(1)>",
    messages: said([
      { ...from, text: "<script>globalThis.broken = 1</script><img src=x onerror='globalThis.broken = 1'>" },
      {
        ...from,
        text: "javascript:alert(1) data:text/html,<b>x</b> https://user:secret@evil.example.test/\u202ecod.exe",
      },
      { ...from, text: "https://раураl.example.test/login and http://xn--80ak6aa92e.com/ and https://a\u200bb.test" },
      { ...from, text: "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307".repeat(400) + "algo" },
      { ...from, text: "W".repeat(5000) },
      { ...from, text: "line\n".repeat(3000) },
      { ...from, text: "\u202e\u2067dlrow\u2066 olleh" },
      { ...from, text: "" },
      { ...from, part: { kind: "unreadable", type: 'application/x-evil; name="<svg onload=alert(1)>"', size: 12_000 } },
      { ...from, part: { kind: "picture", type: "image/svg+xml", size: 99, open: () => Promise.resolve(svg()) } },
      {
        ...from,
        part: { kind: "picture", type: "image/png", size: 99, open: () => Promise.resolve(new Blob(["no picture"])) },
      },
      {
        ...from,
        part: fakeFile("gpj.exe <img src=x onerror=alert(1)>" + "x".repeat(200), 1e15, "image/png", "offered"),
      },
      { ...from, part: { kind: "location", latitude: 90, longitude: 180, radius: 1e9, place: "<b>nowhere</b>" } },
    ]),
  });
}

function svg(): Blob {
  return new Blob(["<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.broken = 1'/>"], {
    type: "image/svg+xml",
  });
}
