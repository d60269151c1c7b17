import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCipheriv, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { newKeyRing, withNewKey } from "./key_file.ts";
import { placeOf, SEAL_OVERHEAD, Sealer, SealError } from "./sealer.ts";

Deno.test("what was sealed opens in its place only", () => {
  const sealer = new Sealer(newKeyRing(0));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), fc.string(), (plain, place, other) => {
    const sealed = sealer.seal(plain, place);
    assert.equal(sealed.length, plain.length + SEAL_OVERHEAD);
    assert.deepEqual(sealer.open(sealed, place), plain);
    if (other !== place) assert.throws(() => sealer.open(sealed, other), SealError);
  }));
});

Deno.test("each octet counts: a changed one keeps the value from opening", () => {
  const sealer = new Sealer(newKeyRing(0));
  const sealed = sealer.seal(new TextEncoder().encode("secret"), "here");
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i] ^= 1;
    assert.throws(() => sealer.open(changed, "here"), SealError, `octet ${i}`);
  }
  assert.throws(() => sealer.open(sealed.subarray(0, sealed.length - 1), "here"), SealError);
  assert.throws(() => sealer.open(new Uint8Array(0), "here"), SealError);
});

Deno.test("what was sealed with AES-256-GCM by an earlier version opens, and is sealed anew by a rotation", () => {
  const ring = newKeyRing(0);
  const key = Buffer.from(hkdfSync("sha256", ring.keys[0].secret, "", "parley sealed values 1", 32));
  const nonce = Buffer.alloc(12, 7), plain = Buffer.from("from before");
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from("1 1 here"));
  const text = cipher.update(plain);
  cipher.final();
  const sealed = Buffer.concat([Buffer.from([1, 1]), nonce, text, cipher.getAuthTag()]);
  const sealer = new Sealer(ring);
  assert.deepEqual(Buffer.from(sealer.open(sealed, "here")), plain);
  assert.throws(() => sealer.open(sealed, "there"), SealError);
  assert.equal(sealer.isOld(sealed), true);
  assert.equal(sealer.isOld(sealer.seal(plain, "here")), false);
});

Deno.test("no nonce is used twice, in one start or in two", () => {
  const ring = newKeyRing(0);
  const nonces = new Set<string>();
  for (const sealer of [new Sealer(ring), new Sealer(ring)]) {
    for (let n = 0; n < 2000; n++) nonces.add(sealer.seal(new Uint8Array(1), "x").subarray(2, 14).join());
  }
  assert.equal(nonces.size, 4000);
});

Deno.test("after a rotation old values open and new ones need the new key", () => {
  const ring = newKeyRing(0);
  const before = new Sealer(ring);
  const old = before.seal(new Uint8Array([1]), "x");
  const sealer = new Sealer(ring);
  const names = sealer.namer("n");
  const rotated = withNewKey(ring, 1);
  sealer.use(rotated);
  assert.deepEqual(sealer.open(old, "x"), new Uint8Array([1]));
  assert.equal(sealer.isOld(old), true);
  const fresh = sealer.seal(new Uint8Array([2]), "x");
  assert.equal(sealer.isOld(fresh), false);
  assert.throws(() => before.open(fresh, "x"), /sealed with key 2, which the key file does not hold/);
  assert.equal(new Sealer(rotated).namer("n")("a"), names("a"), "names stay as they are");
});

Deno.test("names hide the text, differ by purpose and by key file", () => {
  const sealer = new Sealer(newKeyRing(0));
  const name = sealer.namer("a")("sip:alice@example.test");
  assert.match(name, /^[\w-]{43}$/);
  assert.equal(sealer.namer("a")("sip:alice@example.test"), name);
  assert.notEqual(sealer.namer("b")("sip:alice@example.test"), name);
  assert.notEqual(new Sealer(newKeyRing(0)).namer("a")("sip:alice@example.test"), name);
});

Deno.test("places tell every key from every other", () => {
  const keys: Deno.KvKey[] = [["a", 1], ["a", "1"], ["a,1"], ["a", 1, ""], ["a", true], [new Uint8Array([1])], [
    ["a"].join(),
    11,
  ]];
  assert.equal(new Set(keys.map(placeOf)).size, keys.length);
});
