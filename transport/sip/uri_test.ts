import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIpv4, parseIpv6 } from "./ipv6.ts";
import { isLooseRouter, parseUri, splitHostPort, tryParseUri, unescapeUser, UriSyntaxError } from "./uri.ts";
import { hostEquals, uriEquals } from "./uri_compare.ts";

Deno.test("the parts of a SIP URI", () => {
  const uri = parseUri(
    'SIPS:j%40doe;x=1?y:p%3A@ExAmple.TEST:5071;LR;Transport=TCP;q="a;b"?a=b&c=d'.replace('"a;b"', "a"),
  );
  assert.deepEqual(
    { ...uri, params: [...uri.params] },
    {
      text: "SIPS:j%40doe;x=1?y:p%3A@ExAmple.TEST:5071;LR;Transport=TCP;q=a?a=b&c=d",
      scheme: "sips",
      user: "j%40doe;x=1?y",
      password: "p%3A",
      host: "example.test",
      port: 5071,
      params: [["lr", ""], ["transport", "TCP"], ["q", "a"]],
      headers: "a=b&c=d",
    },
  );
  assert.ok(isLooseRouter(uri) && !isLooseRouter(parseUri("sip:a@b;xlr")));
});

Deno.test("other schemes keep their text; tel has its number", () => {
  assert.deepEqual([parseUri("urn:service:sos").scheme, parseUri("urn:service:sos").host], ["urn", ""]);
  const tel = parseUri("tel:+1-(555)-123.4;phone-context=example.test");
  assert.deepEqual([tel.user, tel.params.get("phone-context"), tel.host], ["+1-(555)-123.4", "example.test", ""]);
});

for (
  const text of [
    "",
    ":",
    "sip",
    "sip:",
    "sip:@h",
    "sip:a@",
    "sip:a@b@c",
    "sip:a@b:",
    "sip:a@b:0",
    "sip:a@b:65536",
    "sip:a@b:123456",
    "sip:a@b:5x",
    "sip:a@[::1",
    "sip:a@[::1]x",
    "sip:a@[1:2]",
    "sip:a@[:::1]",
    "sip:a@[g::]",
    "sip:a@2001:db8::1",
    "sip:a@-b",
    "sip:a@.b",
    "sip:a@b c",
    "sip:a b@c",
    "sip:a@b\0",
    "sip:a@b\x7f",
    "sip:<a@b>",
    "sip:a%2@b",
    "sip:a%zz@b",
    "sip:a[b@c",
    'sip:"a"@b',
    "s_p:a@b",
    "1x:a",
    "tel:",
    "tel:abcx",
    "urn:",
    "sip:a:p[@b",
    "sip:ä€@b",
  ]
) {
  Deno.test(`not a URI: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseUri(text), UriSyntaxError);
    assert.equal(tryParseUri(text), null);
  });
}

Deno.test("parsing is shared, also after many other URIs", () => {
  const first = parseUri("sip:shared@example.test");
  assert.equal(parseUri("sip:shared@example.test"), first);
  for (let i = 0; i < 5000; i++) parseUri(`sip:u${i}@example.test`);
  assert.equal(parseUri("sip:shared@example.test"), first);
  for (let i = 0; i < 20_000; i++) parseUri(`sip:v${i}@example.test`);
  assert.deepEqual(parseUri("sip:shared@example.test"), first);
});

// RFC 3261 §19.1.4, its own examples and those of the rules.
const EQUAL: [string, string][] = [
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  ["sip:a%3bb@x", "sip:a%3Bb@x"],
  ["SIP:a@x", "sip:a@X"],
  ["sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::0:1]"],
  ["sip:a@[::ffff:192.0.2.1]", "sip:a@[::ffff:c000:201]"],
  ["tel:+1-201-555-0123", "tel:+12015550123"],
  ["tel:7042;phone-context=Example.com", "TEL:7042;phone-context=example.com"],
  ["urn:service:sos", "URN:service:sos"],
];
const DIFFERENT: [string, string][] = [
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  ["sip:a@x", "sips:a@x"],
  ["sip:a@x", "sip:x"],
  ["sip:a@x", "sip:a:@x"],
  ["sip:a:p@x", "sip:a:P@x"],
  ["sip:a%3Bb@x", "sip:a;b@x"],
  ["sip:a@x", "sip:a@x;user=phone"],
  ["sip:a@x", "sip:a@x;ttl=1"],
  ["sip:a@x", "sip:a@x;method=INVITE"],
  ["sip:a@x", "sip:a@x;maddr=192.0.2.1"],
  ["sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]"],
  ["tel:7042;phone-context=a.com", "tel:7042"],
  ["tel:+12015550123", "sip:+12015550123@x"],
  ["urn:service:sos", "urn:service:SOS"],
];

for (const [a, b] of EQUAL) {
  Deno.test(`same: ${a} and ${b}`, () =>
    assert.ok(uriEquals(parseUri(a), parseUri(b)) && uriEquals(parseUri(b), parseUri(a))));
}
for (const [a, b] of DIFFERENT) {
  Deno.test(`not the same: ${a} and ${b}`, () => {
    assert.ok(!uriEquals(parseUri(a), parseUri(b)) && !uriEquals(parseUri(b), parseUri(a)));
  });
}

Deno.test("any eight groups survive being written short, and nothing else is an address", () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(7), fc.nat(8), (groups, from, zeros) => {
      const to = Math.min(8, from + zeros);
      const value = groups.map((g, i) => i >= from && i < to ? 0 : g);
      const hex = (part: number[]) => part.map((g) => g.toString(16)).join(":");
      const short = to > from ? `${hex(value.slice(0, from))}::${hex(value.slice(to))}` : hex(value);
      assert.deepEqual(parseIpv6(short), value, short);
      assert.ok(hostEquals(short, hex(value)));
    }),
  );
  for (
    const text of [
      "",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7",
      "12345::",
      "::1.2.3",
      "::1.2.3.256",
      "1:",
      ":1",
      "::1:",
      "1.2.3.4",
    ]
  ) {
    assert.equal(parseIpv6(text), null, text);
  }
  assert.deepEqual([
    parseIpv4("192.0.2.1"),
    parseIpv4("1.2.3"),
    parseIpv4("1.2.3.4.5"),
    parseIpv4("1..2.3"),
    parseIpv4("1.2.3.0004"),
  ], [0xc0000201, null, null, null, null]);
});

Deno.test("hosts, ports and escapes", () => {
  assert.deepEqual(splitHostPort("[2001:DB8::1]:5061"), { host: "2001:db8::1", port: 5061 });
  assert.deepEqual(splitHostPort("A_b.Test"), { host: "a_b.test", port: 0 });
  assert.deepEqual([unescapeUser("a%20b"), unescapeUser("%c3%a4"), unescapeUser("%ff"), unescapeUser("a")], [
    "a b",
    "ä",
    "%ff",
    "a",
  ]);
});

Deno.test("URIs are told apart whatever they have in common: beginning, end and length", () => {
  const middles = Array.from({ length: 6000 }, (_, i) => String(10_000 + i));
  for (let round = 0; round < 2; round++) {
    for (const middle of middles) {
      const text = `sip:the-same-beginning-${middle}-the-same-end@example.test;transport=tcp`;
      const uri = parseUri(text);
      assert.deepEqual([uri.text, uri.user], [text, `the-same-beginning-${middle}-the-same-end`]);
      assert.equal(parseUri(text), uri);
    }
  }
  const long = `sip:${"x".repeat(300)}@example.test`;
  assert.deepEqual([parseUri(long).text, parseUri(long).host], [long, "example.test"]);
});
