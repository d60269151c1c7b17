import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { newRecoveryKey, parseRecoveryKey, recoveryKeyFrom, recoveryKeyText } from "./recovery_key.ts";

Deno.test("a recovery key is nine groups of four characters, and each one is new", () => {
  const key = newRecoveryKey();
  assert.match(recoveryKeyText(key), /^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.equal(key.octets.length, 20);
  assert.equal(key.id, createHash("sha256").update(key.octets).digest("hex").slice(0, 8));
  assert.notEqual(recoveryKeyText(newRecoveryKey()), recoveryKeyText(key));
  assert.equal(recoveryKeyText(recoveryKeyFrom(new Uint8Array(20))).slice(0, 39), Array(8).fill("0000").join("-"));
  assert.equal(
    recoveryKeyText(recoveryKeyFrom(new Uint8Array(20).fill(255))).slice(0, 39),
    Array(8).fill("ZZZZ").join("-"),
  );
});

Deno.test("any key is read as it was written, however it is typed", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (octets) => {
    const key = recoveryKeyFrom(octets);
    const text = recoveryKeyText(key);
    for (
      const typed of [
        text,
        text.toLowerCase(),
        text.replaceAll("-", ""),
        ` ${text.replaceAll("-", " – ")}\n`,
        text.replaceAll("0", "o").replaceAll("1", "l"),
        text.replaceAll("0", "O").replaceAll("1", "I"),
      ]
    ) {
      assert.deepEqual(parseRecoveryKey(typed), key, typed);
    }
  }));
});

Deno.test("a wrong character, two exchanged ones, too few and foreign ones are told", () => {
  const text = recoveryKeyText(recoveryKeyFrom(new Uint8Array(20).map((_, i) => 77 + i * 11)));
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "-") continue;
    const other = text[at] === "7" ? "8" : "7";
    const wrong = text.slice(0, at) + other + text.slice(at + 1);
    assert.throws(() => parseRecoveryKey(wrong), { name: "RangeError", message: /a character in it is wrong/ });
  }
  assert.notEqual(text[0], text[1]);
  assert.throws(() => parseRecoveryKey(text[1] + text[0] + text.slice(2)), /a character in it is wrong/);
  assert.throws(() => parseRecoveryKey(text.slice(0, -1)), /has 35 characters; allowed: 36 digits and letters/);
  assert.throws(() => parseRecoveryKey(""), /has 0 characters/);
  assert.throws(() => parseRecoveryKey(text.slice(0, -1) + "u"), /"U" cannot be in one/);
  assert.throws(() => parseRecoveryKey("pass*word"), /"\*" cannot be in one/);
  assert.throws(() => parseRecoveryKey("0".repeat(2000)), RangeError);
  assert.throws(() => recoveryKeyFrom(new Uint8Array(19)), RangeError);
});
