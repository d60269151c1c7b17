import { letGo } from "../foundation/mod.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createDecipheriv } from "node:crypto";
import { chunkKey, chunksOf, contentKeys, openChunk, sealChunk } from "./contents_chunks.ts";
import { DamageError } from "./kv/blob_store.ts";
import { newKeyRing, withNewKey } from "./kv/key_file.ts";
import { placeOf, Sealer } from "./kv/sealer.ts";
import { octetsOf } from "./testing_contents.ts";

const ID = "ab".repeat(32);

Deno.test("a chunk opens in its place only, and not when an octet of it was changed", () => {
  const keys = contentKeys(new Sealer(newKeyRing(1)))(ID);
  const plain = octetsOf(1000);
  const sealed = sealChunk(keys, 3, plain);
  assert.deepEqual(openChunk(keys, 3, sealed), plain);
  assert.throws(() => openChunk(keys, 4, sealed), DamageError);
  assert.throws(() => openChunk({ ...keys, name: "other" }, 3, sealed), DamageError);
  for (const at of [0, 1, 500, sealed.length - 1]) {
    const changed = sealed.slice();
    changed[at] ^= 1;
    assert.throws(() => openChunk(keys, 3, changed), DamageError, `octet ${at}`);
  }
  for (const length of [0, 1, 16]) assert.throws(() => openChunk(keys, 3, sealed.slice(0, length)), DamageError);
});

Deno.test("the runtime's ChaCha20-Poly1305 is that of RFC 8439 (§2.8.2), tag and all", () => {
  const key = Buffer.from("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "hex");
  const nonce = Buffer.from("070000004041424344454647", "hex");
  const text =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e" +
    "060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586ce" +
    "c64b6116";
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from("50515253c0c1c2c3c4c5c6c7", "hex"), { plaintextLength: text.length / 2 });
  decipher.setAuthTag(Buffer.from("1ae10b594f09e26a7e902ecbd0600691", "hex"));
  const plain = decipher.update(Buffer.from(text, "hex"));
  decipher.final();
  assert.match(plain.toString("latin1"), /^Ladies and Gentlemen of the class of '99.*sunscreen would be it\.$/);
});

Deno.test("keys follow from the id and the box: another id or box has others; a rotation changes none", () => {
  const ring = newKeyRing(1);
  const keys = contentKeys(new Sealer(ring))(ID);
  assert.equal(keys.key.length, 32);
  assert.ok(!placeOf(chunkKey(keys.name, 0)).includes(ID), "the name does not tell the id");
  const others = [contentKeys(new Sealer(ring))("cd".repeat(32)), contentKeys(new Sealer(newKeyRing(1)))(ID)];
  for (const other of others) {
    assert.notEqual(other.name, keys.name);
    assert.notEqual(other.key.toString("hex"), keys.key.toString("hex"));
  }
  assert.deepEqual(contentKeys(new Sealer(withNewKey(ring, 2)))(ID), keys);
});

Deno.test("chunks are counted; memory that is let go is gone, and memory that is shared stays", () => {
  assert.deepEqual([0, 1, 60_000, 60_001, 100e6].map(chunksOf), [0, 1, 1, 2, 1667]);
  const own = new Uint8Array(100);
  letGo(own);
  assert.equal(own.length, 0);
  const shared = new Uint8Array(100).fill(7);
  letGo(shared.subarray(10, 20));
  assert.equal(shared[99], 7);
});
