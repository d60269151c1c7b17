import assert from "node:assert/strict";
import fc from "fast-check";
import { parseNameAddr, quoteDisplayName, tagOf, tryNameAddr } from "./name_addr.ts";
import { checkParams, findParam, parseParams } from "./params.ts";
import { parseVia, viaText } from "./via_header.ts";
import { parseCSeq } from "./cseq_header.ts";

const GOOD: [text: string, display: string, uri: string, params: [string, string][]][] = [
  ["sip:a@b", "", "sip:a@b", []],
  ["sip:a@b;tag=1", "", "sip:a@b", [["tag", "1"]]],
  ["<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", [["tag", "1"]]],
  ["Alice <sip:a@b>", "Alice", "sip:a@b", []],
  ["Alice B. C<sip:a@b>", "Alice B. C", "sip:a@b", []],
  ["\xc3\xa0 <sip:a@b>", "\xc3\xa0", "sip:a@b", []],
  ['"A \\"x\\" \\\\ <sip:no>;tag=no"  <sip:a@b> ; TAG = "q;r" ; flag', 'A "x" \\ <sip:no>;tag=no', "sip:a@b", [[
    "tag",
    '"q;r"',
  ], ["flag", ""]]],
  ['<sip:a@b>;+sip.instance="<urn:uuid:1>";q=0.5', "", "sip:a@b", [["+sip.instance", '"<urn:uuid:1>"'], ["q", "0.5"]]],
  ["<sip:a@b>;x=[::1];y=ab==", "", "sip:a@b", [["x", "[::1]"], ["y", "ab=="]]],
];

for (const [text, display, uri, params] of GOOD) {
  Deno.test(`name-addr ${text}`, () => {
    const address = parseNameAddr(text);
    assert.deepEqual([address.displayName, address.uriText, [...address.params]], [display, uri, params]);
    assert.equal(address.tag, address.params.get("tag") ?? "");
    for (const [name, value] of params) assert.equal(address.param(name), value);
    assert.equal(address.uri.host, "b");
    assert.ok(tryNameAddr(text) !== null);
  });
}

for (
  const text of [
    "",
    '"',
    '"a',
    '"a\\',
    '"a" sip:a@b',
    "a, b <sip:a@b>",
    "<sip:a@b",
    "<>",
    "<sip:a@b> x",
    "<sip:a@b>;",
    "<sip:a@b>;;x",
    "<sip:a@b>;=1",
    "<sip:a@b>;x=",
    '<sip:a@b>;x="',
    '<sip:a@b>;x="a"b',
    "<sip:a@b>;x=<y>",
    "<sip:a@b>;x y",
    "<sip:a@b>,<sip:c@d>",
    "sip:a@b?c=d",
    "sip:a,b@c",
    "sip:a b@c",
    "sip:a@b;x,y",
  ]
) {
  Deno.test(`not a name-addr: ${text}`, () => {
    assert.throws(() => parseNameAddr(text), SyntaxError);
    assert.equal(tryNameAddr(text), null);
  });
}

Deno.test("a URI is looked at when it is asked for", () => {
  assert.throws(() => parseNameAddr("<nothing>").uri, SyntaxError);
  assert.equal(tryNameAddr("<nothing>"), null);
});

Deno.test("any display name survives quoting", () => {
  fc.assert(fc.property(fc.string(), (name) => {
    const clean = name.replace(/[\r\n\0]/g, " ");
    assert.equal(parseNameAddr(`${quoteDisplayName(name)}<sip:a@b>`).displayName, clean);
  }));
});

Deno.test("a parameter is found as the map of all has it", () => {
  const piece = fc.constantFrom(";", "a", "b", "=", '"', "\\", " ", "1", ",", "<", "ab", ";a=", ';b="');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      try {
        checkParams(text, 0);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
        return;
      }
      const params = parseParams(text, 0, text.length);
      for (const name of ["a", "b", "ab"]) assert.equal(findParam(text, 0, name), params.get(name), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Via in every spelling", () => {
  for (
    const text of [
      "SIP/2.0/UDP H.test:5062;branch=z9;rport",
      "sip / 2.0 /\tudp  h.TEST : 5062 ; BRANCH = z9 ; rport",
      'SIP/2.0/UDP h.test:5062;x="a;branch=no";branch=z9;rport',
    ]
  ) {
    const via = parseVia(text);
    assert.deepEqual(
      [via.transport, via.host, via.port, via.branch, via.rport, via.received, via.params.has("rport")],
      ["UDP", "h.test", 5062, "z9", 0, "", true],
    );
  }
  const via = parseVia("SIP/2.0/wss [2001:DB8::1];rport=70;received=[2001:db8::2]");
  assert.deepEqual([via.transport, via.host, via.port, via.rport, via.received, via.branch], [
    "WSS",
    "2001:db8::1",
    0,
    70,
    "2001:db8::2",
    "",
  ]);
  assert.equal(parseVia("SIP/2.0/UDP h;rport=99999").rport, 0);
  const own = parseVia(viaText("TLS", "2001:db8::1", 5061, "z9hG4bKa"));
  assert.deepEqual([own.transport, own.host, own.port, own.branch], ["TLS", "2001:db8::1", 5061, "z9hG4bKa"]);
});

for (
  const text of [
    "",
    "SIP/2.0/UDP",
    "SIP/2.0/UDP ",
    "SIP/2.0 h",
    "SIP/3.0/UDP h",
    "HTTP/2.0/UDP h",
    "SIP/2.0/UDP h;",
    "SIP/2.0/UDP h;;x",
    "SIP/2.0/UDP h:0",
    "SIP/2.0/UDP h:70000",
    "SIP/2.0/UDP h:x",
    "SIP/2.0/UDP -h",
    "SIP/2.0/UDP [::1",
    "SIP/2.0/UDP [::g]",
    "SIP/2.0/UDP h x",
    "SIP/2.0/UDP h;branch=",
    'SIP/2.0/UDP h;x="',
    "SIP/2.0/UDP a,b",
  ]
) {
  Deno.test(`not a Via: ${text}`, () => assert.throws(() => parseVia(text), SyntaxError));
}

Deno.test("CSeq", () => {
  assert.deepEqual(parseCSeq("0009 \tINVITE"), { number: 9, method: "INVITE" });
  assert.deepEqual(parseCSeq("2147483647 X-y"), { number: 2 ** 31 - 1, method: "X-y" });
  for (
    const text of [
      "",
      "1",
      "1 ",
      "INVITE 1",
      "-1 INVITE",
      "1 IN VITE",
      "2147483648 INVITE",
      "99999999999999999999 X",
      "1.5 X",
      "1 (x)",
    ]
  ) {
    assert.throws(() => parseCSeq(text), SyntaxError, text);
  }
});

Deno.test("the tag alone, with and without brackets", () => {
  const texts = ["<sip:a@x>", "<sip:a@x>;tag=1", '"a > b" <sip:a@x>;x;tag=2', "sip:a@x;tag=3", "sip:a@x"];
  assert.deepEqual(texts.map(tagOf), ["", "1", "2", "3", ""]);
});

Deno.test("property: a lone tag is read as one among blanks", () => {
  const facts = (text: string) => {
    const address = tryNameAddr(text);
    return address === null ? null : [address.displayName, address.uriText, address.tag, [...address.params]];
  };
  const name = fc.constantFrom("tag", "TAG", "tags", "ta", "x", "");
  const value = fc.constantFrom(
    "=",
    "=1",
    "=a.b-c~",
    "=é",
    '="q"',
    "=a;x",
    "=a;tag=b",
    "=a b",
    "=[::1]",
    "=<",
    "=a,b",
    "",
  );
  const front = fc.constantFrom("<sip:a@x>", '"A" <sip:a@x;tag=no>', "A <sip:a@x>");
  fc.assert(fc.property(front, name, value, (address, n, v) => {
    assert.deepEqual(facts(`${address};${n}${v}`), facts(`${address} ; ${n}${v}`));
  }));
});
