import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { gruuOf, publicGruu, TempGruus } from "./gruu.ts";
import { parseUri, tryParseUri } from "./uri.ts";

const hmac = (key: string) => (data: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(data).digest());

Deno.test("public GRUU: the address-of-record and the instance, as in RFC 5627 §3.1", () => {
  const instance = "<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";
  const gruu = publicGruu("sip:callee@example.com", instance);
  assert.equal(gruu, "sip:callee@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  assert.deepEqual(gruuOf(parseUri(gruu)), { kind: "public", instance: instance.slice(1, -1) });
  assert.deepEqual(gruuOf(parseUri("sip:tgruu.7hs@example.com;gr")), { kind: "temporary" });
  assert.equal(gruuOf(parseUri("sip:callee@example.com")), null);
});

Deno.test("any instance comes back from its public GRUU, which is a URI", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (octets) => {
    const instance = String.fromCharCode(...octets).replace(/^<+|>+$/g, "") || "x";
    const uri = tryParseUri(publicGruu("sip:a@b.test", instance));
    assert.ok(uri !== null);
    assert.deepEqual(gruuOf(uri), { kind: "public", instance });
  }));
});

Deno.test("temporary GRUU: 42 characters, each different, all leading to the same index", () => {
  const gruus = new TempGruus(hmac("key"));
  for (const index of [0, 1, 255, 2 ** 32 + 5, 2 ** 48 - 1]) {
    const users = new Set(Array.from({ length: 50 }, () => gruus.mint(index)));
    assert.equal(users.size, 50);
    for (const user of users) {
      assert.equal(user.length, 42);
      assert.equal(gruus.open(user), index);
      assert.equal(parseUri(`sip:${user}@example.test;gr`).user, user);
    }
  }
  for (const index of [-1, 1.5, 2 ** 48]) assert.throws(() => gruus.mint(index), RangeError);
});

Deno.test("a temporary GRUU of another key, changed in one character, or made up opens to nothing", () => {
  const gruus = new TempGruus(hmac("key"));
  const user = gruus.mint(7);
  assert.equal(new TempGruus(hmac("other")).open(user), null);
  for (let i = 0; i < user.length; i++) {
    const changed = user.slice(0, i) + (user[i] === "A" ? "B" : "A") + user.slice(i + 1);
    assert.equal(gruus.open(changed), null, changed);
  }
  for (const text of ["", "tgruu.", "alice", user + "A", user.slice(0, -1), "tgruu." + "=".repeat(36)]) {
    assert.equal(gruus.open(text), null);
  }
});
