import assert from "node:assert/strict";
import fc from "fast-check";
import type { MsrpMedia, SetupRole } from "./msrp_media.ts";
import { answerSetup, offererConnects } from "./msrp_setup.ts";
import { addressMatchesPath, answersCema, connectTarget, mustOfferWithoutCema } from "./msrp_target.ts";
import { acceptsType, acceptsWrappedType, intersectTypes, typesCover } from "./msrp_types.ts";

const MEDIA: MsrpMedia = {
  proto: "TCP/MSRP",
  port: 2855,
  address: "192.0.2.1",
  path: ["msrp://192.0.2.1:2855/s;tcp"],
  acceptTypes: ["message/cpim", "text/plain"],
  acceptWrappedTypes: ["image/*"],
  direction: "sendrecv",
  fingerprints: [],
  cema: false,
};

Deno.test("RFC 4975 §8.6: types by themselves, in a container, with parameters, by ranges", () => {
  assert.deepEqual(
    ["text/plain", "message/cpim", "image/png", "text/html"].map((type) => [
      acceptsType(MEDIA, type),
      acceptsWrappedType(MEDIA, type),
    ]),
    [[true, true], [true, true], [false, true], [false, false]],
  );
  assert.ok(typesCover(["Text/Plain;charset=utf-8"], "text/plain"));
  assert.ok(typesCover(["text/*"], "text/x") && !typesCover(["text/*"], "textual/x"));
  assert.ok(typesCover(["*"], "a/b") && typesCover(["*/*"], "a/b") && !typesCover([], "a/b"));
});

Deno.test("what both lists take", () => {
  for (
    const [first, second, both] of [
      ["message/cpim text/plain text/html", "message/cpim text/plain", "message/cpim text/plain"],
      ["text/html text/plain", "text/plain text/html", "text/html text/plain"],
      ["*", "text/plain image/png", "text/plain image/png"],
      ["text/plain *", "image/png text/plain", "text/plain image/png"],
      ["text/plain image/png", "*", "text/plain image/png"],
      ["text/*", "text/plain image/png text/html", "text/plain text/html"],
      ["text/plain", "text/*", "text/plain"],
      ["*", "*", "*"],
      ["*/*", "text/*", "text/*"],
      ["text/plain;charset=utf-8", "TEXT/plain", "text/plain;charset=utf-8"],
      ["text/plain", "image/png", ""],
      ["", "*", ""],
      ["text/plain text/plain;x=1", "*", "text/plain"],
    ]
  ) {
    const list = (text: string) => text.split(" ").filter((word) => word !== "");
    assert.deepEqual(intersectTypes(list(first), list(second)), list(both), `${first} | ${second}`);
  }
});

Deno.test("property: a type is in the intersection exactly where both lists take it", () => {
  const entry = fc.constantFrom("*", "a/*", "b/*", "a/x", "a/y", "b/x", "c/z");
  const list = fc.array(entry, { maxLength: 5 });
  fc.assert(fc.property(list, list, fc.constantFrom("a/x", "a/y", "a/q", "b/x", "b/q", "c/z", "d/d"), (a, b, type) => {
    assert.equal(typesCover(intersectTypes(a, b), type), typesCover(a, type) && typesCover(b, type));
  }));
});

Deno.test("RFC 6135 §4.2: roles", () => {
  assert.deepEqual(
    (["actpass", "active", "passive", undefined] as const).map((offered) => [
      answerSetup(offered),
      answerSetup(offered, "active"),
    ]),
    [["passive", "active"], ["passive", "passive"], ["active", "active"], ["passive", "passive"]],
  );
  const table: [SetupRole | undefined, SetupRole | undefined, boolean][] = [
    [undefined, undefined, true],
    [undefined, "passive", true],
    [undefined, "active", true],
    ["actpass", undefined, true],
    ["actpass", "passive", true],
    ["actpass", "active", false],
    ["active", "passive", true],
    ["active", "active", true],
    ["passive", "active", false],
  ];
  for (const [offered, answered, connects] of table) {
    assert.equal(offererConnects(offered, answered), connects, `${offered} ${answered}`);
  }
});

Deno.test("RFC 4975 §8.3: the first URI of the path is where to connect", () => {
  const path = ["msrps://Relay.test:9000/x;tcp", ...MEDIA.path];
  assert.deepEqual(connectTarget({ ...MEDIA, path }, { cema: true }), {
    host: "relay.test",
    port: 9000,
    name: "relay.test",
    secure: true,
    by: "path",
  });
  const six = connectTarget({ ...MEDIA, path: ["msrp://u@[2001:DB8::1]/x;tcp"] }, { cema: false });
  assert.deepEqual([six.host, six.port, six.secure], ["2001:db8::1", 2855, false]);
  for (
    const uri of ["", "http://a:1/x", "msrp://a:0/x;tcp", "msrp://a:65536/x;tcp", "msrp:///x;tcp", "msrp://a:1x/y"]
  ) {
    assert.throws(() => connectTarget({ ...MEDIA, path: [uri] }, { cema: false }), SyntaxError, uri);
  }
});

Deno.test("RFC 6714 §4.2: c= and m= where both know CEMA and a middlebox stands between", () => {
  const moved = { ...MEDIA, address: "198.51.100.9", port: 40_000, cema: true };
  assert.deepEqual(connectTarget(moved, { cema: true }), {
    host: "198.51.100.9",
    port: 40_000,
    name: "192.0.2.1",
    secure: false,
    by: "cema",
  });
  assert.equal(connectTarget(moved, { cema: false }).by, "path");
  assert.equal(connectTarget({ ...moved, cema: false }, { cema: true }).by, "path");
  assert.equal(connectTarget({ ...MEDIA, cema: true }, { cema: true }).by, "path");
});

Deno.test("RFC 6714 §4.4: whether c= and m= are the place of the path", () => {
  const at = (address: string, port: number, uri: string) =>
    addressMatchesPath({ ...MEDIA, address, port, path: ["msrp://x:1/q;tcp", uri] });
  assert.equal(at("192.0.2.1", 2855, "msrp://192.0.2.1:2855/s;tcp"), true);
  assert.equal(at("2001:db8:0::1", 7, "msrp://[2001:DB8::1]:7/s;tcp"), true);
  assert.equal(at("A.test", 7, "msrp://a.TEST:7/s;tcp"), true);
  assert.equal(at("192.0.2.1", 2856, "msrp://192.0.2.1:2855/s;tcp"), false);
  assert.equal(at("192.0.2.2", 2855, "msrp://192.0.2.1:2855/s;tcp"), false);
  assert.equal(at("192.0.2.2", 2855, "msrp://a.test:2855/s;tcp"), undefined);
  assert.equal(at("192.0.2.2", 9, "msrp://192.0.2.1:9/s;tcp"), undefined);
});

Deno.test("RFC 6714 §4.3: when an answer says msrp-cema", () => {
  const offered = { ...MEDIA, cema: true };
  const relayed = { ...offered, path: ["msrp://r.test:1/x;tcp", ...MEDIA.path] };
  const table: [MsrpMedia, boolean, boolean, boolean][] = [
    [MEDIA, false, false, false],
    [offered, false, false, true],
    [offered, false, true, true],
    [offered, true, false, true],
    [offered, true, true, false],
    [relayed, false, true, true],
    [relayed, false, false, false],
    [relayed, true, true, false],
  ];
  for (const [media, relay, weConnect, says] of table) {
    assert.equal(answersCema(media, { relay, weConnect }), says, `${media.path.length} ${relay} ${weConnect}`);
  }
});

Deno.test("RFC 6714 §4.2: when the offerer offers again without CEMA", () => {
  const middlebox = { ...MEDIA, address: "198.51.100.9" };
  const relayed = { ...middlebox, path: ["msrp://192.0.2.8:2855/x;tcp", ...MEDIA.path] };
  assert.equal(mustOfferWithoutCema({ ...middlebox, cema: true }, { relay: false, weConnect: false }), false);
  assert.equal(mustOfferWithoutCema(MEDIA, { relay: false, weConnect: false }), false);
  assert.equal(mustOfferWithoutCema(middlebox, { relay: false, weConnect: false }), true);
  assert.equal(mustOfferWithoutCema(middlebox, { relay: true, weConnect: true }), true);
  assert.equal(mustOfferWithoutCema(middlebox, { relay: false, weConnect: true }), false);
  assert.equal(mustOfferWithoutCema(relayed, { relay: false, weConnect: true }), true);
});
