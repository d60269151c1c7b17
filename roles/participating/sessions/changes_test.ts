import assert from "node:assert/strict";
import { answer, mediaOf, offer, type SdpFacts, SessionWorld, textOf } from "./testing/session_world.ts";
import { fromLatin1 } from "../../../foundation/mod.ts";

const SDP = "Content-Type: application/sdp\r\n";

Deno.test("hold goes to the other side, and its answer comes back", () => {
  const world = new SessionWorld();
  const { invited, sent } = world.session();
  const hold = world.within(invited, "INVITE", SDP, offer({ version: 2, more: ["a=setup:actpass", "a=inactive"] }));
  const [, passed] = world.requests("INVITE");
  assert.equal(passed.request.callId, sent.request.callId);
  assert.equal(mediaOf(passed.request).direction, "inactive");
  assert.deepEqual(mediaOf(passed.request).path, mediaOf(sent.request).path, "our side stays where it was");
  assert.equal(origin(passed.request), next(origin(sent.request)), "the next version of the same description");
  passed.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, octets({ more: ["a=inactive"] }));
  assert.equal(hold.last.status, 200);
  assert.equal(mediaOf(hold.last).direction, "inactive");
  assert.equal(origin(hold.last), next(origin(invited.last)));
});

Deno.test("a change that the other side refuses is refused with its status, and the session goes on", () => {
  const world = new SessionWorld();
  const { invited } = world.session();
  const hold = world.within(invited, "INVITE", SDP, offer({ version: 2, more: ["a=inactive"] }));
  world.requests("INVITE")[1].answer(488);
  assert.equal(hold.last.status, 488);
  assert.equal(world.sessions.size, 1);
});

Deno.test("who comes from another path is answered here, and the other side hears nothing of it", () => {
  const world = new SessionWorld();
  const { sent, media } = world.session();
  media.listener.onLost("invitee");
  const moved = answer({ version: 2, path: "msrp://203.0.113.99:9999/bob2;tcp" });
  const again = world.from(sent, "INVITE", SDP, moved);
  assert.equal(again.last.status, 200);
  assert.deepEqual(media.told.get("invitee")!.media.path, ["msrp://203.0.113.99:9999/bob2;tcp"]);
  assert.deepEqual(mediaOf(again.last).path, mediaOf(sent.request).path);
  assert.equal(world.requests("INVITE").length, 1);
  media.listener.onBound("invitee");
  world.time.advance(20_000);
  assert.equal(world.sessions.size, 1);
});

Deno.test("a refresh without change is answered here", () => {
  const world = new SessionWorld();
  const { invited } = world.session();
  for (const method of ["UPDATE", "INVITE"]) {
    const again = world.within(invited, method, SDP, offer(), method === "INVITE" ? 3 : 2);
    assert.equal(again.last.status, 200, method);
    assert.equal(textOf(again.last), textOf(invited.last));
    if (method === "INVITE") world.within(invited, "ACK");
  }
  assert.equal(world.sent.length, 1);
});

Deno.test("other media cannot be added, the messages cannot be taken out", async (t) => {
  const cases: [string, string][] = [
    ["audio added", offer({ version: 2, sections: ["m=audio 4000 RTP/AVP 0"] })],
    ["messages out", offer({ version: 2, port: 0 })],
    ["malformed", "v=0\r\nnonsense"],
  ];
  for (const [name, sdp] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld();
      const { invited } = world.session();
      const again = world.within(invited, "INVITE", SDP, sdp);
      assert.equal(again.last.status, name === "malformed" ? 400 : 488);
      assert.equal(world.sessions.size, 1);
    });
  }
});

Deno.test("INFO and MESSAGE inside the dialog go across with their answers; what is no party's business does not", () => {
  const world = new SessionWorld();
  const { invited } = world.session();
  const info = world.within(
    invited,
    "INFO",
    "Info-Package: x\r\nContent-Type: text/x\r\nP-Asserted-Identity: <sip:evil@x>\r\n",
    "abc",
  );
  const [sent] = world.requests("INFO");
  assert.equal(textOf(sent.request), "abc");
  assert.match(sent.request.head, /Info-Package: x/);
  assert.equal(sent.request.has("P-Asserted-Identity"), false);
  sent.answer(469);
  assert.deepEqual(info.statuses, [469]);
  assert.deepEqual(world.within(invited, "SUBSCRIBE", "Event: x\r\n", "", 9).statuses, [405]);
});

Deno.test("messages that pass the box by: SDP goes through as it is, changes too, and BYE ends both", () => {
  const world = new SessionWorld({ settings: { mediaPath: "never" } });
  const { invited, sent } = world.session();
  assert.equal(textOf(sent.request), offer());
  assert.equal(textOf(invited.last), answer());
  assert.equal(world.opened.length, 0);
  const hold = world.within(invited, "INVITE", SDP, offer({ version: 2, more: ["a=inactive"] }));
  const [, passed] = world.requests("INVITE");
  assert.equal(textOf(passed.request), offer({ version: 2, more: ["a=inactive"] }));
  passed.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, octets({ version: 2 }));
  assert.equal(textOf(hold.last), answer({ version: 2 }));
  assert.equal(world.sessions.list()[0].anchored, false);
  world.from(sent, "BYE");
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("chargingOnly: past the box, since nothing is charged here", () => {
  const world = new SessionWorld({ settings: { mediaPath: "chargingOnly" } });
  world.session();
  assert.equal(world.sessions.list()[0].anchored, false);
});

Deno.test("a session is pulled into the path: both parties are invited anew, in the dialogs that stand", () => {
  const world = new SessionWorld({ settings: { mediaPath: "never" } });
  const { invited, sent } = world.session();
  const session = world.sessions.get(world.sessions.list()[0].id)!;
  assert.equal(session.pullIntoPath(), true);
  const [, toBob] = world.requests("INVITE");
  assert.equal(toBob.request.callId, sent.request.callId);
  assert.match(mediaOf(toBob.request).path[0], /im\.example\.test/);
  assert.equal(origin(toBob.request), "o=alice 1000 2 IN IP4 198.51.100.77", "as the one who spoke before");
  toBob.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, octets({ version: 2 }));
  const [, , toAlice] = world.requests("INVITE");
  assert.equal(toAlice.request.callId, invited.request.callId);
  assert.match(mediaOf(toAlice.request).path[0], /im\.example\.test/);
  toAlice.answer(
    200,
    `Contact: <sip:alice@198.51.100.9>\r\n${SDP}`,
    undefined,
    fromLatin1(offer({ version: 2, more: ["a=setup:active"] })),
  );
  assert.equal(session.anchored, true);
  assert.deepEqual([...world.opened[0].told.keys()], ["inviter", "invitee"]);
  assert.equal(world.happened.at(-1), "sessionPulledIn sip:alice@example.test sip:bob@example.test");
  assert.equal(session.pullIntoPath(), false, "it is in already");
});

Deno.test("a pull that the invitee refuses leaves the session as it was", () => {
  const world = new SessionWorld({ settings: { mediaPath: "never" } });
  world.session();
  const session = world.sessions.get(world.sessions.list()[0].id)!;
  session.pullIntoPath();
  world.requests("INVITE")[1].answer(488);
  assert.equal(session.anchored, false);
  assert.equal(world.sessions.size, 1);
  assert.equal(session.pullIntoPath(), true, "it may be tried again");
});

function octets(facts: SdpFacts): Uint8Array {
  return fromLatin1(answer(facts));
}

function origin(message: { readonly body: Uint8Array }): string {
  return textOf(message).split("\r\n")[1];
}

function next(line: string): string {
  const words = line.split(" ");
  words[2] = String(Number(words[2]) + 1);
  return words.join(" ");
}
