import assert from "node:assert/strict";
import { toLatin1, utf8 } from "../../../foundation/mod.ts";
import { foldNickname, readNickname } from "./nicknames.ts";
import { Device, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

const octets = (text: string) => toLatin1(utf8(text));

Deno.test("RFC 8266 §3: nicknames that are the same, and as they are shown", () => {
  for (
    const [written, shown, folded] of [
      ["Foo", "Foo", "foo"],
      ["  foo  ", "foo", "foo"],
      ["Foo   Bar", "Foo Bar", "foo bar"],
      ["foo\u00a0bar", "foo bar", "foo bar"],
      ["Σ", "Σ", "σ"],
      ["ς", "ς", "ς"],
      ["Ⅳ", "IV", "iv"],
      ["Richard Ⅳ", "Richard IV", "richard iv"],
      ["Ｚｏë", "Zoë", "zoë"],
      ["δοκιμή♚", "δοκιμή♚", "δοκιμή♚"],
    ]
  ) {
    assert.deepEqual(readNickname(octets(`"${written}"`)), { text: shown, folded }, written);
  }
  assert.equal(foldNickname("Zoë"), foldNickname("ＺＯE\u0308"));
  assert.deepEqual(readNickname('""'), { text: "", folded: "" });
  assert.deepEqual(readNickname('"a \\"b\\" \\\\"'), { text: 'a "b" \\', folded: 'a "b" \\' });
});

Deno.test("what is no nickname: no string, only spaces, controls, what cannot be seen, too long, not UTF-8", () => {
  for (
    const value of [
      undefined,
      "",
      "bob",
      '"bob',
      'bob"',
      '"a" b',
      '"a"b"',
      '"   "',
      '"a\tb"',
      octets('"a\u200bb"'),
      octets('"a\u202eb"'),
      octets('"\ue000"'),
      octets('"\u1100"'),
      '"\xff\xfe"',
      `"${"x".repeat(1024)}"`,
    ]
  ) assert.equal(readNickname(value), null, JSON.stringify(value));
  assert.ok(readNickname(`"${"x".repeat(1023)}"`));
});

Deno.test("[PRI-3] NICKNAME: taken, changed, given up; one for each, whoever asks in whatever case; what nobody may have", async () => {
  const world = await RoomsWorld.make();
  const room = world.group(groupPolicy(HIDDEN));
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  const before = room.version;
  assert.equal(alice.nickname('"Ada"'), 200);
  assert.deepEqual(room.changedSince(before).map(({ nickname }) => nickname), ["Ada"]);
  assert.equal(bob.nickname('"ａDA "'), 425);
  assert.equal(bob.nickname('"Anonymous 1"'), 425);
  assert.equal(bob.nickname('"anonymous"'), 425);
  assert.equal(bob.nickname('"Moderator"'), 425);
  assert.equal(bob.nickname('"sip:alice@example.test"'), 425);
  assert.equal(bob.nickname('"alice@example.test"'), 425);
  assert.equal(bob.nickname('"Alice"'), 200, "her name is hidden: whether it is hers must not show");
  assert.equal(bob.nickname('"Bob'), 424);
  assert.equal(bob.nickname(undefined), 424);
  assert.equal(bob.nickname('"x"', "PING"), 501);
  assert.equal(room.find(bob.aor)!.nickname, "Alice", "what failed changes nothing");
  assert.equal(await alice.say("Hi"), 200);
  assert.match(bob.gotWhole[0], /^From: Ada <sip:anonymous-1@anonymous.invalid>/);
  alice.seat.leave("departed");
  assert.equal(bob.nickname('"Ada"'), 425, "it may come again");
  const again = Device.join(world, room, "alice");
  assert.equal(room.find(alice.aor)!.nickname, "Ada");
  assert.equal(again.nickname('"Countess"'), 200);
  assert.equal(bob.nickname('"Ada"'), 200);
  assert.equal(bob.nickname('""'), 200);
  assert.equal(room.find(bob.aor)!.nickname, "");
  await world.settled();
  await world.restart();
  assert.equal(world.again(room).find(alice.aor)!.nickname, "Countess");
  world.end();
});

Deno.test("NICKNAME: not where the room has none (403); not the name of somebody who is shown by name (425)", async () => {
  const world = await RoomsWorld.make();
  const none = Device.join(world, world.group(groupPolicy({ nicknames: false })), "alice");
  assert.equal(none.nickname('"Ada"'), 403);
  const room = world.adhoc();
  Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  assert.equal(bob.nickname('"ALICE"'), 425);
  assert.equal(bob.nickname('"Bob"'), 200, "one's own");
  world.end();
});
