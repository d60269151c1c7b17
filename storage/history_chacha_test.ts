import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { chacha20 } from "./history_chacha.ts";

/** As OpenSSL has it, block counter 0. */
function native(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(nonce, 4);
  const cipher = createCipheriv("chacha20", key, iv);
  const sealed = cipher.update(text);
  cipher.final();
  return sealed;
}

Deno.test("the key stream is that of RFC 8439, appendix A.1, vectors 1 to 5", () => {
  const zeros = new Uint8Array(32);
  const lastOne = zeros.slice();
  lastOne[31] = 1;
  const secondFF = zeros.slice();
  secondFF[1] = 0xff;
  const noNonce = new Uint8Array(12);
  const nonceTwo = noNonce.slice();
  nonceTwo[11] = 2;
  const stream = (key: Uint8Array, nonce: Uint8Array, octets: number): string => {
    const into = new Uint8Array(octets);
    chacha20(key, nonce, 0, new Uint8Array(octets), 0, octets, into, 0);
    return into.toHex();
  };
  const first = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
    "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586";
  const second = "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
    "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f";
  assert.equal(stream(zeros, noNonce, 128), first + second);
  assert.equal(
    stream(secondFF, noNonce, 192).slice(256),
    "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca" +
      "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
  );
  assert.equal(
    stream(zeros, nonceTwo, 64),
    "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7" +
      "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d",
  );
  assert.equal(
    stream(lastOne, noNonce, 128).slice(128),
    "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a" +
      "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
  );
});

Deno.test("texts of every length up to some blocks, anywhere in memory, are what the runtime's cipher makes of them", () => {
  const key = randomBytes(32);
  const nonce = randomBytes(20);
  for (let length = 0; length < 300; length++) {
    const text = randomBytes(length);
    const into = new Uint8Array(length + 7);
    chacha20(key, nonce, 5, text, 0, length, into, 3);
    const expected = native(key, nonce.subarray(5, 17), text);
    assert.deepEqual(into.subarray(3, 3 + length).toHex(), Uint8Array.from(expected).toHex());
    assert.deepEqual([...into.subarray(0, 3), ...into.subarray(3 + length)], [0, 0, 0, 0, 0, 0, 0]);
    // In place, and back.
    chacha20(key, nonce, 5, into, 3, length, into, 3);
    assert.equal(into.subarray(3, 3 + length).toHex(), Uint8Array.from(text).toHex());
  }
});
