import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import type { BridgeTap } from "../../../transport/msrp/forward/mod.ts";
import type { RecordedSession, SessionRecorder, SessionRecording, SingleMessage } from "./session_recorder.ts";
import { answer, offer, SessionWorld, type WorldOptions } from "./testing/session_world.ts";

const SDP = "Content-Type: application/sdp\r\n";
const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";
const TAP: BridgeTap = { room: null, onBegin() {}, onOctets() {}, onEnd: () => null, onReport() {} };

/** Records for whoever is in `wishes`, and writes down what it is asked. */
class FakeRecorder implements SessionRecorder {
  readonly infoPackage = "oma-im-history";
  readonly wishes = new Set<string>();
  readonly begun: RecordedSession[] = [];
  readonly commands: string[] = [];
  refusal: string | null = null;
  closed = 0;
  records = false;
  changed: (recorded: boolean) => void = () => {};

  wants(inviter: string, invitee: string): boolean {
    return this.wishes.has(inviter) || this.wishes.has(invitee);
  }
  begin(session: RecordedSession, changed: (recorded: boolean) => void): SessionRecording {
    this.begun.push(session);
    this.records = this.wants(session.inviter.user, session.invitee.user);
    this.changed = (recorded) => {
      this.records = recorded;
      changed(recorded);
    };
    const records = () => this.records;
    return {
      get records() {
        return records();
      },
      tap: TAP,
      close: () => this.closed++,
    };
  }
  single(_message: SingleMessage, done: () => void): void {
    queueMicrotask(done);
  }
  command(callId: string, user: string): string | null {
    this.commands.push(`${user} ${callId}`);
    return this.refusal;
  }
}

function world(options: WorldOptions = {}): { world: SessionWorld; recorder: FakeRecorder } {
  const recorder = new FakeRecorder();
  return { world: new SessionWorld({ recorder, ...options }), recorder };
}

Deno.test("a session that the invitee records passes the box wherever others go, and is seen from its first message on", () => {
  const { world: box, recorder } = world({ settings: { mediaPath: "never" } });
  box.session();
  assert.equal(box.opened.length, 0);
  recorder.wishes.add(BOB);
  const { invited, sent, media } = box.session();
  assert.equal(box.sessions.list()[1].anchored, true);
  assert.equal(media.watched, TAP);
  const [, facts] = recorder.begun;
  assert.deepEqual(facts.callIds, [invited.request.callId, sent.request.callId]);
  assert.deepEqual([facts.inviter.user, facts.inviter.uri, facts.invitee.user], [ALICE, ALICE, BOB]);
  assert.equal(facts.kind, "session");
  box.within(invited, "BYE");
  assert.equal(recorder.closed, 1);
});

Deno.test("whoever records needs doors of this thread", () => {
  const asked: boolean[] = [];
  const { world: box, recorder } = world({
    media: (world) => ({
      doorsFor: (_transports, watched) => {
        asked.push(watched);
        return world.deps.node;
      },
      open: () => {
        throw new RangeError("not here");
      },
    }),
  });
  box.device("bob", BOB.replace("example.test", "203.0.113.1"));
  box.invite();
  recorder.wishes.add(ALICE);
  box.invite(offer(), { headers: "X: 1\r\n" });
  assert.deepEqual(asked, [false, true]);
});

Deno.test("somebody begins to record in the middle: seen from now on, and no longer when nobody does", () => {
  const { world: box, recorder } = world();
  const { media } = box.session();
  assert.equal(media.watched, null);
  recorder.changed(true);
  assert.equal(media.watched, TAP);
  recorder.changed(false);
  assert.equal(media.watched, null);
});

Deno.test("a session that goes past the box is pulled into the path when somebody begins to record it", () => {
  const { world: box, recorder } = world({ settings: { mediaPath: "never" } });
  box.session();
  recorder.changed(true);
  box.requests("INVITE")[1].answer(488);
  assert.equal(box.opened.length, 1);
  assert.equal(box.opened[0].closed, true);
  assert.equal(box.sessions.list()[0].anchored, false, "the device did not want to; the session stands");

  const again = world({ settings: { mediaPath: "never" } });
  again.world.session();
  again.recorder.changed(true);
  const [, toBob] = again.world.requests("INVITE");
  toBob.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, fromLatin1(answer({ version: 2 })));
  const [, , toAlice] = again.world.requests("INVITE");
  const moved = fromLatin1(offer({ version: 2, more: ["a=setup:active"] }));
  toAlice.answer(200, `Contact: <sip:alice@198.51.100.9>\r\n${SDP}`, undefined, moved);
  assert.equal(again.world.sessions.list()[0].anchored, true);
  assert.equal(again.world.opened[0].watched, TAP);
});

Deno.test("another change is under way: the pull is tried again, unless nobody wants it any more", () => {
  const { world: box, recorder } = world({ settings: { mediaPath: "never" } });
  const { invited } = box.session();
  const hold = box.within(invited, "INVITE", SDP, offer({ version: 2, more: ["a=inactive"] }));
  recorder.changed(true);
  assert.equal(box.opened.length, 0);
  const [, passed] = box.requests("INVITE");
  passed.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, fromLatin1(answer({ version: 2 })));
  assert.equal(hold.last.status, 200);
  box.within(invited, "ACK");
  box.time.advance(2_100);
  assert.equal(box.opened.length, 1);

  const other = world({ settings: { mediaPath: "never" } });
  const { invited: first } = other.world.session();
  other.world.within(first, "INVITE", SDP, offer({ version: 2, more: ["a=inactive"] }));
  other.recorder.changed(true);
  other.recorder.changed(false);
  other.world.requests("INVITE")[1].answer(488);
  other.world.time.advance(10_000);
  assert.equal(other.world.opened.length, 0);
});

Deno.test("what passes another thread is not begun, for nobody could see it", () => {
  const { world: box, recorder } = world({
    media: (world) => ({
      doorsFor: () => world.deps.node,
      open: () => ({
        lastTraffic: 0,
        sentBy: () => ({ messages: 0, octets: 0 }),
        tell() {},
        watch: () => false,
        drain: (_party, done) => done(),
        close() {},
        counted() {},
      }),
    }),
  });
  box.device("bob", "sip:bob@203.0.113.1");
  const invited = box.invite();
  box.sent.at(-1)!.answer(
    200,
    `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`,
    undefined,
    fromLatin1(answer()),
  );
  box.within(invited, "ACK");
  assert.deepEqual(recorder.begun, []);
  const info = box.within(invited, "INFO", "Info-Package: oma-im-history\r\n", "x", 3);
  assert.equal(info.last.status, 403);
  assert.match(info.last.reason, /began unrecorded, on a media thread: begin it anew/);
});

Deno.test("an inviter who asks not to be named is anonymous in what the invitee records", () => {
  const { world: box, recorder } = world();
  box.device("bob", "sip:bob@203.0.113.1");
  const invited = box.invite(offer(), { headers: "Privacy: id\r\nSubject: Lunch\r\n" });
  box.sent.at(-1)!.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, fromLatin1(answer()));
  box.within(invited, "ACK");
  const [{ inviter, subject }] = recorder.begun;
  assert.deepEqual(inviter, { user: ALICE, uri: "sip:anonymous@anonymous.invalid", name: "" });
  assert.equal(subject, "Lunch");
});

Deno.test("a room on another server is known by its own URI", () => {
  const { world: box, recorder } = world();
  const invited = box.invite(offer(), { uri: "sip:conf-1@192.0.2.50" });
  const contact = "Contact: <sip:conf-1@192.0.2.50>;isfocus\r\nAllow: INVITE, BYE\r\n";
  box.sent.at(-1)!.answer(200, `${contact}${SDP}`, undefined, fromLatin1(answer()));
  box.within(invited, "ACK");
  assert.equal(recorder.begun[0].room, "sip:conf-1@192.0.2.50");
  assert.equal(recorder.begun[0].invitee.user, "");
});

Deno.test("commands come as INFO of their package in either dialog; others go on to the other party", () => {
  const { world: box, recorder } = world();
  const { invited, sent } = box.session();
  assert.equal(invited.last.get("Recv-Info"), "oma-im-history");
  assert.equal(sent.request.get("Recv-Info"), "oma-im-history");
  const before = box.requests("INFO").length;
  const asked = box.within(invited, "INFO", "Info-Package: oma-im-history\r\n", "x", 2);
  assert.equal(asked.last.status, 200);
  recorder.refusal = "No room";
  const refused = box.from(sent, "INFO", "Info-Package: oma-im-history\r\n", "x", 7);
  assert.equal(refused.last.status, 403);
  assert.equal(refused.last.reason, "No room");
  assert.deepEqual(recorder.commands, [`${ALICE} ${invited.request.callId}`, `${BOB} ${sent.request.callId}`]);
  assert.equal(box.requests("INFO").length, before);
  box.within(invited, "INFO", "Info-Package: other\r\n", "x", 3);
  assert.equal(box.requests("INFO").length, before + 1);
});

Deno.test("whoever is no user of ours has no commands here: 469, which says what is taken", () => {
  const { world: box, recorder } = world();
  const invited = box.invite(offer(), { uri: "sip:carol@192.0.2.50" });
  const sent = box.sent.at(-1)!;
  assert.equal(sent.request.get("Recv-Info"), undefined);
  sent.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, fromLatin1(answer()));
  box.within(invited, "ACK");
  const asked = box.from(sent, "INFO", "Info-Package: oma-im-history\r\n", "x", 7);
  assert.equal(asked.last.status, 469);
  assert.equal(asked.last.get("Recv-Info"), "");
  assert.deepEqual(recorder.commands, []);
});
