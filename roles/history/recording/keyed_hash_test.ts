import assert from "node:assert/strict";
import { KeyedHash } from "./keyed_hash.ts";

const KEY = "0001020304050607";

/** The lower 53 bits of eight octets, the lowest first. */
function bits53(hex: string): number {
  return Number(new DataView(Uint8Array.fromHex(hex).buffer).getBigUint64(0, true) & 0x1f_ffff_ffff_ffffn);
}

Deno.test("words give what the authors' vectors for 64 bits say: of no octets, and of four", () => {
  const hash = new KeyedHash(KEY);
  assert.equal(hash.begin().value(), bits53("218d1f59b9b83cc8"));
  assert.equal(hash.begin().word(0x03020100).value(), bits53("d5e78a175be52ea1"));
});

Deno.test("what is hashed is told apart where it is parted otherwise, and by every character and octet", () => {
  const hash = new KeyedHash(KEY);
  const values = new Set<number>();
  let count = 0;
  const note = (value: number): void => {
    values.add(value);
    assert.equal(values.size, ++count);
  };
  note(hash.begin().text("ab").text("c").value());
  note(hash.begin().text("a").text("bc").value());
  note(hash.begin().text("abc").text("").value());
  note(hash.begin().octets(Uint8Array.of(97, 98, 99)).value());
  for (let length = 0; length < 300; length += 13) {
    note(hash.begin().octets(new Uint8Array(length)).value());
    for (let at = 0; at < length; at += 7) {
      const octets = new Uint8Array(length);
      octets[at] = 1;
      note(hash.begin().octets(octets).value());
      note(hash.begin().text(`${"x".repeat(at)}y${"x".repeat(length - at)}`).value());
    }
  }
  const again = new KeyedHash(KEY).begin().text("abc").text("").value();
  assert.ok(values.has(again));
  assert.ok(!values.has(new KeyedHash().begin().text("abc").text("").value()), "each has a key of its own");
});
