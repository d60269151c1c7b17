import assert from "node:assert/strict";
import fc from "fast-check";
import { FACTORY, FocusWorld, offer, take } from "./testing/focus_world.ts";

const NAMES = ["bob", "carol", "dave"];
const ACTIONS = [
  "rings",
  "takes",
  "declines",
  "useless",
  "invitee leaves",
  "leaves",
  "moves",
  "asks",
  "refers",
  "expels",
  "lost",
  "slow",
  "comes back",
  "joins again",
  "waits",
  "waits long",
  "notified",
] as const;

const step = fc.record({ what: fc.constantFrom(...ACTIONS), who: fc.nat(2), at: fc.nat(20) });

Deno.test("whatever crosses whatever: every seat is left once, and nothing is left behind", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, closes) => {
      const world = new FocusWorld({ settings: { perUser: 2 } });
      world.user("dave");
      for (const name of NAMES) world.register(name);
      const invited = [world.invite(FACTORY, { list: NAMES.map((name) => `sip:${name}@example.test`) })];
      world.within(invited[0], "ACK");
      const room = world.rooms.made[0];
      for (const { what, who, at } of steps) {
        const asked = world.requests("INVITE");
        const sent = asked[at % asked.length];
        const mine = invited[at % invited.length];
        const person = room.find(`sip:${NAMES[who]}@example.test`);
        const seat = room.seats[at % room.seats.length];
        const stands = mine.last.status === 200;
        if (what === "rings" && sent.pending) sent.answer(180);
        // Also what was called off may say yes.
        else if (what === "takes" && sent.pending) take(sent);
        else if (what === "declines" && sent.pending) sent.answer(sent.cancelled ? 487 : 486);
        else if (what === "useless" && sent.pending) take(sent, "v=0\r\n");
        else if (what === "invitee leaves" && !sent.pending) world.from(sent, "BYE");
        else if (what === "leaves" && stands) world.within(mine, "BYE");
        else if (what === "moves" && stands) {
          world.within(
            mine,
            "UPDATE",
            "Content-Type: application/sdp\r\n",
            offer({ version: at + 2, path: `msrp://x.test:9/${at};tcp` }),
          );
        } else if (what === "asks" && stands) {
          world.within(mine, "INVITE");
          world.within(mine, "ACK", "Content-Type: application/sdp\r\n", offer({ more: ["a=setup:active"] }));
        } else if (what === "refers" && stands) {
          world.within(mine, "REFER", `Refer-To: <sip:${NAMES[who]}@example.test>\r\n`);
        } else if (what === "expels" && person !== undefined) room.expel(person, "Out");
        else if (what === "lost" || what === "slow") {
          if (seat.leg !== null && seat.standing === "connected") {
            seat.leg.open = false;
            seat.attendance.onMediaClosed(what, "test");
          }
        } else if (what === "comes back" && seat.leg !== null && seat.standing === "connected") seat.leg.open = true;
        else if (what === "joins again") {
          const again = world.invite(room.uri, { from: ["alice", ...NAMES][at % 4] });
          if (again.last.status === 200) {
            world.within(again, "ACK");
            invited.push(again);
          }
        } else if (what === "waits") world.time.advance(1_000);
        else if (what === "waits long") world.time.advance(20_000);
        else if (what === "notified") {
          for (const notify of world.requests("NOTIFY")) if (notify.pending) notify.answer(200);
        }
      }
      if (closes) world.focus.close();
      else room.end("operator");
      for (const sent of world.requests("INVITE")) if (sent.pending) sent.answer(487);
      // NOTIFYs of REFERs go one after the other.
      for (let round = 0; round < 4; round++) {
        for (const sent of world.sent) if (sent.pending) sent.answer(200);
      }
      world.time.advance(200_000);
      for (const seat of room.seats) {
        assert.equal(seat.leaves, 1, `${seat.participant.aor}: ${seat.said}`);
        assert.match(seat.said.at(-1)!, /^left /);
        if (seat.leg !== null) assert.equal(seat.leg.closed, "session over");
      }
      assert.deepEqual(
        [world.focus.size, world.focus.invitations.size, world.focus.offered.size, world.refers.size, world.calls.size],
        [0, 0, 0, 0, 0],
      );
      const accepted = world.requests("INVITE").length;
      assert.ok(world.requests("BYE").length <= accepted + invited.length);
    }),
    { numRuns: 300 },
  );
});
