import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseMessage } from "../message.ts";
import {
  type Algorithm,
  challengeTexts,
  type Credentials,
  credentialsText,
  DigestClient,
  digestResponse,
  DigestVerifier,
  findCredentials,
  ha1,
  ha2,
  NonceRing,
  parseChallenge,
  parseCredentials,
  type Verdict,
  type VerifierParts,
} from "./mod.ts";
import { nodeHash } from "./node_hash.ts";

const REALM = "example.test";
const URI = "sip:example.test";
const PASSWORDS: Record<string, string> = {
  alice: "secret",
  "alice@example.test": "secret",
  "j\xc3\xb6rg": "gr\xc3\xbc\xc3\x9f",
};

function credentials(username: string, realm: string, algorithm: Algorithm): string | null {
  const password = PASSWORDS[username];
  return password === undefined || realm !== REALM ? null : ha1(nodeHash, algorithm, username, realm, password);
}

function bench(parts: Partial<VerifierParts> = {}) {
  const time = new FakeTime();
  const nonces = new NonceRing(time, { slots: 64 });
  const verifier = new DigestVerifier({ hash: nodeHash, nonces, credentials, ...parts });
  return { time, nonces, verifier };
}

/** Right credentials, or ones with something changed before the response is computed. */
function answer(
  nonce: string,
  change: Partial<Credentials> = {},
  password = "secret",
  method = "REGISTER",
): Credentials {
  const base: Credentials = {
    username: "alice",
    realm: REALM,
    nonce,
    uri: URI,
    response: "",
    algorithm: "SHA-256",
    qop: "auth",
    cnonce: "0a4f113b",
    nc: "00000001",
    opaque: undefined,
    userhash: false,
    ...change,
  };
  const algorithm = base.algorithm?.toUpperCase() === "SHA-256" ? "SHA-256" : "MD5";
  const a1 = ha1(nodeHash, algorithm, base.username, base.realm, password);
  const a2 = ha2(nodeHash, algorithm, method, base.uri);
  const response = digestResponse(nodeHash, algorithm, a1, a2, nonce, base.nc, base.cnonce, base.qop);
  return { ...base, response };
}

const outcome = (verdict: Verdict) => verdict.outcome;

for (
  const [algorithm, response] of [
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ] as const
) {
  Deno.test(`the example of RFC 7616 §3.9.1 with ${algorithm}, as server and as client`, () => {
    const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
    const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const given = parseCredentials(
      `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
        `nonce="${nonce}", nc=00000001, cnonce="${cnonce}", qop=auth, response="${response}", opaque="${opaque}"`,
    )!;
    const a1 = ha1(nodeHash, algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
    const a2 = ha2(nodeHash, algorithm, "GET", "/dir/index.html");
    assert.equal(digestResponse(nodeHash, algorithm, a1, a2, given.nonce, given.nc, given.cnonce, given.qop), response);

    const client = new DigestClient(nodeHash, { username: "Mufasa", password: "Circle of Life" }, () => cnonce);
    const challenge =
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", ` +
      `opaque="${opaque}"`;
    assert.equal(client.challenged([challenge]), true);
    assert.deepEqual(parseCredentials(client.authorize("GET", "/dir/index.html")[0]), given);
  });
}

Deno.test("challenges: SHA-256 first, then MD5, a line each, quoted as RFC 7616 §3.3 wants", () => {
  assert.deepEqual(challengeTexts({ realm: REALM, nonce: "n1" }), [
    'Digest realm="example.test", nonce="n1", algorithm=SHA-256, qop="auth"',
    'Digest realm="example.test", nonce="n1", algorithm=MD5, qop="auth"',
  ]);
  const [stale] = challengeTexts({ realm: 'a"b', nonce: "n", stale: true, opaque: "o" }, ["MD5"]);
  assert.equal(stale, 'Digest realm="a\\"b", nonce="n", algorithm=MD5, qop="auth", opaque="o", stale=true');
  const read = parseChallenge(stale)!;
  assert.deepEqual([read.realm, read.opaque, read.stale, read.algorithm, read.qop], ['a"b', "o", true, "MD5", [
    "auth",
  ]]);
});

Deno.test("right credentials are let in: both algorithms, both forms of the name, names beyond ASCII", () => {
  const { verifier, nonces } = bench();
  for (const algorithm of ["SHA-256", "MD5", "sha-256", "md5", undefined]) {
    assert.equal(outcome(verifier.verify("REGISTER", URI, answer(nonces.issue(), { algorithm }))), "ok", algorithm);
  }
  const full = answer(nonces.issue(), { username: "alice@example.test" });
  assert.deepEqual(verifier.verify("REGISTER", URI, full), {
    outcome: "ok",
    username: "alice@example.test",
    realm: REALM,
    algorithm: "SHA-256",
  });
  const foreign = answer(nonces.issue(), { username: "j\xc3\xb6rg" }, "gr\xc3\xbc\xc3\x9f");
  assert.equal(outcome(verifier.verify("REGISTER", URI, foreign)), "ok");
});

Deno.test("the hash is over octets: a UTF-8 name as its octets hashes as its UTF-8 does", async () => {
  const octets = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("jörg")));
  assert.equal(nodeHash("SHA-256", "j\xc3\xb6rg"), Array.from(octets, (o) => o.toString(16).padStart(2, "0")).join(""));
});

Deno.test("wrong password, other method, changed digest, unknown user", () => {
  const { verifier, nonces } = bench();
  const verify = (given: Credentials, method = "REGISTER") => outcome(verifier.verify(method, URI, given));
  assert.equal(verify(answer(nonces.issue(), {}, "guess")), "wrong");
  assert.equal(verify(answer(nonces.issue()), "MESSAGE"), "wrong");
  const right = answer(nonces.issue());
  assert.equal(verify({ ...right, response: right.response.slice(1) + "0" }), "wrong");
  assert.equal(verify({ ...right, response: "" }), "wrong");
  assert.equal(verify({ ...right, cnonce: "other" }), "wrong");
  assert.equal(verify(answer(nonces.issue(), { username: "mallory" })), "unknown-user");
  assert.equal(verify(answer(nonces.issue(), { realm: "other.test" })), "unknown-user");
  assert.equal(verify(right), "ok", "none of that used up the nonce");
});

Deno.test("stale: a nonce of another boot, too old, or pushed out; only where the password is right", () => {
  const { time, verifier, nonces } = bench();
  const verify = (given: Credentials) => outcome(verifier.verify("REGISTER", URI, given));
  const otherBoot = new NonceRing(time, { slots: 64 }).issue();
  assert.equal(verify(answer(otherBoot)), "stale");
  assert.equal(verify(answer(otherBoot, {}, "guess")), "wrong");
  assert.equal(verify(answer("made up by the client")), "stale");
  const nonce = nonces.issue();
  time.advance(299_900);
  assert.equal(verify(answer(nonce)), "ok");
  time.advance(100);
  assert.equal(verify(answer(nonce, { nc: "00000002" })), "stale", "the life is absolute: use does not lengthen it");
  const pushed = nonces.issue();
  for (let i = 0; i < 64; i++) nonces.issue();
  assert.equal(verify(answer(pushed)), "stale");
});

Deno.test("a nonce count is good once; within 32 below the highest they may come in any order", () => {
  const { verifier, nonces } = bench();
  const nonce = nonces.issue();
  const verify = (count: number) =>
    outcome(verifier.verify("REGISTER", URI, answer(nonce, { nc: count.toString(16).padStart(8, "0") })));
  assert.deepEqual([1, 1, 3, 2, 2, 3, 4].map(verify), ["ok", "replay", "ok", "ok", "replay", "replay", "ok"]);
  assert.equal(verify(100), "ok");
  assert.equal(verify(69), "ok", "31 below");
  assert.equal(verify(69), "replay");
  assert.equal(verify(68), "replay", "32 below: nobody knows");
  assert.equal(verify(0xffff_ffff), "ok");
  assert.equal(verify(0xffff_fffe), "ok");
  assert.equal(verify(0xffff_ffff), "replay");
  assert.equal(verify(101), "replay");
});

Deno.test("a wrong digest does not use up its count", () => {
  const { verifier, nonces } = bench();
  const nonce = nonces.issue();
  assert.equal(outcome(verifier.verify("REGISTER", URI, answer(nonce, {}, "guess"))), "wrong");
  assert.equal(outcome(verifier.verify("REGISTER", URI, answer(nonce))), "ok");
});

Deno.test("the digest's uri is the Request-URI, or names the same user and host", () => {
  const { verifier, nonces } = bench();
  const verify = (uri: string, requestUri: string) =>
    outcome(verifier.verify("REGISTER", requestUri, answer(nonces.issue(), { uri })));
  assert.equal(verify("sip:example.test", "sip:example.test"), "ok");
  assert.equal(verify("sip:example.test:5060", "sip:EXAMPLE.test;transport=tcp"), "ok");
  assert.equal(verify("sip:bob@example.test", "sip:bob@example.test;user=phone"), "ok");
  assert.equal(verify("sip:bob@example.test", "sip:carol@example.test"), "other-uri");
  assert.equal(verify("sip:other.test", "sip:example.test"), "other-uri");
  assert.equal(verify("tel:+1", "tel:+2"), "other-uri");
  assert.equal(verify("", "sip:example.test"), "other-uri");
});

Deno.test("what was not offered is refused: no qop, auth-int, other algorithms, session variants, userhash", () => {
  const { verifier, nonces } = bench();
  const verify = (change: Partial<Credentials>) =>
    outcome(verifier.verify("REGISTER", URI, answer(nonces.issue(), change)));
  assert.equal(verify({ qop: "", nc: "", cnonce: "" }), "unsupported");
  assert.equal(verify({ qop: "auth-int" }), "unsupported");
  assert.equal(verify({ algorithm: "SHA-512-256" }), "unsupported");
  assert.equal(verify({ algorithm: "MD5-sess" }), "unsupported");
  assert.equal(verify({ userhash: true }), "unsupported");
  const strict = bench({ algorithms: ["SHA-256"] });
  const md5 = answer(strict.nonces.issue(), { algorithm: "MD5" });
  assert.equal(outcome(strict.verifier.verify("REGISTER", URI, md5)), "unsupported");
});

Deno.test("RFC 2069 clients, where the operator lets them in: each nonce serves once", () => {
  const { verifier, nonces } = bench({ legacy: true });
  const given = answer(nonces.issue(), { qop: "", nc: "", cnonce: "", algorithm: undefined });
  assert.equal(outcome(verifier.verify("REGISTER", URI, given)), "ok");
  assert.equal(outcome(verifier.verify("REGISTER", URI, given)), "replay");
});

Deno.test("credentials are read in every spelling", () => {
  const want = parseCredentials(credentialsText(answer("n1", { username: 'a"\\b' })))!;
  assert.equal(want.username, 'a"\\b');
  const text = credentialsText(answer("n1"));
  const plain = parseCredentials(text);
  assert.deepEqual(parseCredentials(text.replace("Digest ", "dIGEST \t").replaceAll(", ", " ,\t")), plain);
  assert.deepEqual(parseCredentials(text.replaceAll("=", " = ")), plain);
  assert.deepEqual(parseCredentials(text.replace("username", "UserName").replace("qop=auth", 'QOP="AUTH"')), plain);
  assert.deepEqual(parseCredentials(text.replace('nonce="n1"', "nonce=n1").replace(", ", ",,")), plain);
  assert.deepEqual(parseCredentials(text.replace("nc=00000001", 'nc="00000001"') + ","), plain);
  const upper = text.replace(/response="([0-9a-f]+)"/, (_, hex) => `response="${hex.toUpperCase()}"`);
  assert.deepEqual(parseCredentials(upper), plain);
  const extended = text.replace('username="alice"', "username*=UTF-8''j%C3%B6rg");
  assert.equal(parseCredentials(extended)!.username, "j\xc3\xb6rg");
  assert.equal(parseCredentials("Basic YWxpY2U6c2VjcmV0"), null);
});

Deno.test("malformed credentials are a SyntaxError that says what is wrong", () => {
  const text = credentialsText(answer("n1"));
  for (
    const [broken, why] of [
      [text.replace(/, nonce="n1"/, ""), /nonce missing/],
      [text.replace("nc=00000001", "nc=1"), /nc is not/],
      [text.replace("nc=00000001", "nc=00000000"), /nc is not/],
      [text.replace(/, cnonce="[^"]*"/, ""), /cnonce missing/],
      [text + ', realm="x"', /"realm" twice/],
      [text.replace('username="alice"', 'username="alice'), /"|quote|=/],
      [text.replace('username="alice"', 'username="alice" x'), /text after "username"/],
      [text.replace('username="alice"', "=alice"), /without a name/],
      [text.replace('username="alice"', "username"), /no = after/],
      [text + ", username*=UTF-8''x", /together/],
      [text.replace('username="alice"', "username*=x"), /username\*/],
    ] as const
  ) {
    assert.throws(
      () => parseCredentials(broken),
      (error) => error instanceof SyntaxError && why.test(error.message),
      broken,
    );
  }
});

Deno.test("of several Authorization lines the one for the realm counts, whatever the others hold", () => {
  const lines = ['Digest realm="x', "Basic abc", credentialsText(answer("n0", { realm: "other.test" }))];
  const message = (values: string[]) =>
    parseMessage(`REGISTER ${URI} SIP/2.0\r\n${values.map((value) => `Authorization: ${value}\r\n`).join("")}\r\n`);
  const found = findCredentials(message([...lines, credentialsText(answer("n1"))]), "Authorization", REALM);
  assert.equal(found?.nonce, "n1");
  assert.equal(findCredentials(message(lines.slice(1)), "Authorization", REALM), null);
  assert.equal(findCredentials(message([]), "Authorization", REALM), null);
  assert.equal(findCredentials(message(lines.slice(1)), "Proxy-Authorization", REALM), null);
  assert.throws(() => findCredentials(message(lines), "Authorization", REALM), SyntaxError);
});

Deno.test("a client answers the topmost challenge it understands, of each realm (RFC 8760 §2.4)", () => {
  const client = new DigestClient(nodeHash, { username: "alice", password: "secret" });
  assert.deepEqual(client.authorize("REGISTER", URI), []);
  const again = client.challenged([
    'Digest realm="example.test", nonce="n0", algorithm=SHA-512-256, qop="auth"',
    'Digest realm="example.test", nonce="n0", algorithm=SHA-256, qop="auth-int"',
    "Digest nonsense",
    ...challengeTexts({ realm: REALM, nonce: "n1" }),
    'Digest realm="proxy.test", nonce="n2", qop="auth"',
  ]);
  assert.equal(again, true);
  const [home, proxy] = client.authorize("REGISTER", URI).map((text) => parseCredentials(text)!);
  assert.deepEqual([home.realm, home.nonce, home.algorithm, home.nc], [REALM, "n1", "SHA-256", "00000001"]);
  assert.deepEqual([proxy.realm, proxy.nonce, proxy.algorithm], ["proxy.test", "n2", undefined]);
  assert.equal(parseCredentials(client.authorize("REGISTER", URI)[0])!.nc, "00000002");
});

Deno.test("client and server together: challenge, answer, answers in advance, stale, then a wrong password", () => {
  const { time, verifier, nonces } = bench();
  const client = new DigestClient(nodeHash, { username: "alice", password: "secret" });
  const tryOnce = (method: string) => {
    const [value] = client.authorize(method, URI);
    return outcome(verifier.verify(method, URI, parseCredentials(value)!));
  };
  assert.equal(client.challenged(challengeTexts({ realm: REALM, nonce: nonces.issue() })), true);
  assert.deepEqual([tryOnce("REGISTER"), tryOnce("MESSAGE"), tryOnce("MESSAGE")], ["ok", "ok", "ok"]);
  time.advance(300_000);
  assert.equal(tryOnce("MESSAGE"), "stale");
  assert.equal(client.challenged(challengeTexts({ realm: REALM, nonce: nonces.issue(), stale: true })), true);
  assert.equal(tryOnce("MESSAGE"), "ok");
  assert.equal(client.challenged(challengeTexts({ realm: REALM, nonce: nonces.issue() })), false, "refused, not stale");
});

Deno.test("a nonce tells its likes apart and bounds its ring", () => {
  const time = new FakeTime();
  const ring = new NonceRing(time, { slots: 4, lifetime: 1_000 });
  const all = [0, 1, 2, 3].map(() => ring.issue());
  assert.deepEqual(all.map((nonce) => ring.find(nonce)), [0, 1, 2, 3]);
  assert.match(all[0], /^[0-9a-f]{30}$/);
  ring.issue();
  assert.equal(ring.find(all[0]), -1, "its slot has another use now");
  for (
    const odd of [
      "",
      all[1].slice(1),
      all[1].toUpperCase() + "0",
      all[1].slice(0, -1) + "g",
      all[1].slice(0, 8) + "ffffff" + all[1].slice(14),
    ]
  ) {
    assert.equal(ring.find(odd), -1, odd);
  }
  time.advance(1_000);
  assert.equal(ring.find(all[1]), -1);
  assert.throws(() => new NonceRing(time, { slots: 0 }), RangeError);
});
