import assert from "node:assert/strict";
import { adhocTerms, mayAdhoc } from "./adhoc_policy.ts";
import { ROOM_SETTINGS, said } from "./testing/policy_world.ts";

const ASKED: readonly (readonly [listed: number, left: number, gets: string])[] = [
  [0, 0, "yes"],
  [1, 1, "yes"],
  [19, 19, "yes"],
  [19, 1, "yes"],
  [20, 20, "486 122 too many participants"],
  [20, 0, "486 122 too many participants"],
  [19, 0, "403 131 No destinations"],
  [1, 0, "403 131 No destinations"],
];

for (const [listed, left, gets] of ASKED) {
  Deno.test(`an ad hoc chat with ${listed} listed, ${left} of whom may be invited: ${gets} [ADM-5]`, () => {
    assert.equal(said(mayAdhoc(ROOM_SETTINGS, listed, left)), gets);
  });
}

Deno.test("an ad hoc chat is private, and ends when fewer than two are left", () => {
  const { isPublic, hidesIdentity, privateMessages, minParticipants, maxParticipants, subject, owner, endsAt } =
    adhocTerms(ROOM_SETTINGS, "Lunch");
  assert.deepEqual([isPublic, hidesIdentity, privateMessages], [false, false, true]);
  assert.deepEqual([minParticipants, maxParticipants, subject, owner, endsAt], [2, 20, "Lunch", "", Infinity]);
  assert.equal(mayAdhoc(ROOM_SETTINGS, 3), null);
});
