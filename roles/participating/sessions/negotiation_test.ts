import assert from "node:assert/strict";
import { accept, answer, mediaOf, offer, SessionWorld, textOf } from "./testing/session_world.ts";

const BOB = "sip:bob@203.0.113.1";

Deno.test("each leg has the transport of its party", async (t) => {
  const cases: [string, string, string, string, string, RegExp][] = [
    // the inviter's proto and path; the device's SIP transport; what it is offered
    ["plain to plain", "TCP/MSRP", "msrp://a:1/x;tcp", "udp", "TCP/MSRP", /^msrp:.*;tcp$/],
    ["plain to TLS", "TCP/MSRP", "msrp://a:1/x;tcp", "tls", "TCP/TLS/MSRP", /^msrps:.*;tcp$/],
    ["TLS to plain", "TCP/TLS/MSRP", "msrps://a:1/x;tcp", "tcp", "TCP/MSRP", /^msrp:.*;tcp$/],
    ["browser to plain", "TCP/TLS/MSRP", "msrps://x.invalid:1/x;ws", "udp", "TCP/MSRP", /^msrp:.*;tcp$/],
    ["plain to browser", "TCP/MSRP", "msrp://a:1/x;tcp", "wss", "TCP/TLS/MSRP", /^msrps:.*;ws$/],
  ];
  for (const [name, proto, path, transport, offered, uri] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld({ fingerprint: true });
      world.device("bob", BOB, { transport });
      const invited = world.invite(offer({ proto, path }));
      const [sent] = world.requests("INVITE");
      const media = mediaOf(sent.request);
      assert.equal(media.proto, offered);
      assert.match(media.path[0], uri);
      assert.equal(
        media.fingerprints.length,
        offered === "TCP/TLS/MSRP" ? 1 : 0,
        "of our own certificate, on TLS only",
      );
      accept(
        sent,
        answer({ proto: offered, path: uri.source.includes("msrps") ? "msrps://b:1/y;tcp" : "msrp://b:1/y;tcp" }),
      );
      const answered = mediaOf(invited.last);
      assert.equal(answered.proto, proto);
      assert.equal(answered.path[0].startsWith(path.slice(0, path.indexOf(":") + 1)), true);
      assert.equal(answered.path[0].endsWith(";ws"), path.endsWith(";ws"));
    });
  }
});

Deno.test("who connects [oma-reference 4.4]", async (t) => {
  // Offered by the inviter; answered to it, and whether we connect to it.
  const offers: [string[], string | undefined, boolean][] = [
    [["a=setup:actpass"], "passive", false],
    [["a=setup:active"], "passive", false],
    [["a=setup:passive"], "active", true],
    [[], undefined, false],
  ];
  for (const [more, answered, active] of offers) {
    await t.step(`offered ${more.join() || "nothing"}`, () => {
      const world = new SessionWorld();
      const { invited, media } = world.session(offer({ more }));
      assert.equal(mediaOf(invited.last).setup, answered);
      assert.equal(media.told.get("inviter")!.active, active);
    });
  }
  for (const [more, active] of [[["a=setup:active"], false], [["a=setup:passive"], true], [[], true]] as const) {
    await t.step(`answered ${more.join() || "nothing"}`, () => {
      const { media } = new SessionWorld().session(offer(), answer({ more }));
      assert.equal(media.told.get("invitee")!.active, active);
    });
  }
});

Deno.test("a device that cannot have the description is asked in another way: CPIM around or off, then without TLS", () => {
  const world = new SessionWorld();
  world.device("bob", BOB, { transport: "tls" });
  const invited = world.invite(offer({ types: "text/plain" }));
  const [first] = world.requests("INVITE");
  assert.deepEqual(mediaOf(first.request).acceptTypes, ["text/plain"]);
  first.answer(488);
  const [, second] = world.requests("INVITE");
  assert.deepEqual(mediaOf(second.request).acceptTypes, ["text/plain", "message/cpim"]);
  assert.deepEqual(mediaOf(second.request).acceptWrappedTypes, ["text/plain"]);
  second.answer(488);
  const [, , third] = world.requests("INVITE");
  assert.equal(mediaOf(third.request).proto, "TCP/MSRP");
  third.answer(488, 'Warning: 304 bob "No"\r\n');
  assert.deepEqual(invited.statuses, [488]);
  assert.equal(invited.last.get("Warning"), '304 bob "No"');
});

Deno.test("TLS is never given up for an inviter that has it", () => {
  const world = new SessionWorld();
  world.device("bob", BOB, { transport: "tls" });
  const invited = world.invite(offer({ proto: "TCP/TLS/MSRP", path: "msrps://a:1/x;tcp" }));
  world.requests("INVITE")[0].answer(488);
  world.requests("INVITE")[1]?.answer(488);
  for (const sent of world.requests("INVITE")) assert.equal(mediaOf(sent.request).proto, "TCP/TLS/MSRP");
  assert.deepEqual(invited.statuses, [488]);
});

Deno.test("CPIM is taken off for who does not take it, and put around for who takes nothing else", async (t) => {
  const cases: [string, string, string, string[], string, string][] = [
    // inviter's types; invitee's; what the inviter is told; what each takes
    ["message/cpim", "text/plain", "CPIM to plain", ["message/cpim"], "unwrapped", "wrapped"],
    ["text/plain", "message/cpim", "plain to CPIM", ["*"], "wrapped", "unwrapped"],
    ["message/cpim text/plain", "text/plain", "both to plain", ["text/plain"], "as it is", "as it is"],
    ["*", "*", "everything", ["*"], "as it is", "as it is"],
  ];
  for (const [mine, theirs, name, told, invitee, inviter] of cases) {
    await t.step(name, () => {
      const { invited, media } = new SessionWorld().session(offer({ types: mine }), answer({ types: theirs }));
      assert.deepEqual(mediaOf(invited.last).acceptTypes, told);
      assert.equal(media.told.get("invitee")!.takes, invitee);
      assert.equal(media.told.get("inviter")!.takes, inviter);
    });
  }
});

Deno.test("an answer without a type that policy allows comes to 488, and the device is let go", () => {
  const world = new SessionWorld({ settings: { types: [{ type: "text/plain", maxBytes: 100 }] } });
  world.device("bob", BOB);
  const invited = world.invite(offer({ types: "text/plain" }));
  accept(world.requests("INVITE")[0], answer({ types: "image/png" }));
  assert.deepEqual(invited.statuses, [488]);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /cause=488/);
});

Deno.test("audio beside the messages is not taken along, and refused to the inviter in its place", () => {
  const { invited, sent } = new SessionWorld().session(
    offer({ sections: ["m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"] }),
  );
  assert.doesNotMatch(textOf(sent.request), /audio/);
  assert.match(textOf(invited.last), /\r\nm=audio 0 RTP\/AVP 0\r\n$/);
});

Deno.test("attributes of one hop and of rooms stay where they are; others go along", () => {
  const { sent } = new SessionWorld().session(offer({
    more: [
      "a=setup:actpass",
      "a=connection:new",
      "a=chatroom:nickname",
      "a=msrp-acm",
      "a=x-flavour:mint",
      "a=msrp-cema",
    ],
  }));
  assert.doesNotMatch(textOf(sent.request), /connection:|chatroom|msrp-acm/);
  assert.match(textOf(sent.request), /a=x-flavour:mint/);
  assert.equal(mediaOf(sent.request).cema, true);
});

Deno.test("CEMA is answered to who offers it, and only then", () => {
  const world = new SessionWorld();
  assert.equal(mediaOf(world.session(offer({ more: ["a=msrp-cema"] })).invited.last).cema, true);
  assert.equal(mediaOf(world.session(offer()).invited.last).cema, false);
});

Deno.test("an INVITE without an offer: the box makes one, and the inviter's answer comes in the ACK", () => {
  const world = new SessionWorld();
  world.device("bob", BOB);
  const invited = world.invite(null, { headers: "Accept-Contact: *;+g.oma.sip-im\r\n" });
  const [sent] = world.requests("INVITE");
  assert.deepEqual(mediaOf(sent.request).acceptTypes, ["*"]);
  accept(sent, answer({ types: "text/plain" }));
  assert.deepEqual(mediaOf(invited.last).acceptTypes, ["text/plain"]);
  assert.equal(mediaOf(invited.last).setup, "actpass");
  assert.equal(world.opened[0].told.size, 0, "nobody may come yet");
  world.within(invited, "ACK", "Content-Type: application/sdp\r\n", offer({ more: ["a=setup:active"] }));
  assert.equal(world.opened[0].told.get("inviter")!.active, false);
  assert.equal(world.sessions.list()[0].state, "up");
});

Deno.test("an ACK without the answer that it owes ends both sides", () => {
  const world = new SessionWorld();
  world.device("bob", BOB);
  const invited = world.invite(null, { headers: "Accept-Contact: *;+g.oma.sip-im\r\n" });
  accept(world.requests("INVITE")[0], answer());
  world.within(invited, "ACK");
  assert.equal(world.requests("BYE").length, 2);
  assert.equal(world.happened.at(-1), "sessionRefused 488 inviter", "it never stood");
});
