import assert from "node:assert/strict";
import { callerPreferences, preferred } from "./accept_contact.ts";
import { parseContacts, tryContacts } from "./contact_header.ts";
import { formatSipDate, parseSipDate, parseTimestamp } from "./date_header.ts";
import { parseEvent, parseSubscriptionState, subscriptionStateText } from "./event_header.ts";
import { featurePredicate, predicatesMatch } from "./feature_predicate.ts";
import { deltaSeconds, quote, qValue, unquote } from "./grammar.ts";
import { HEADER_COUNT, headerId, headerIdAt, headerName, ID } from "./header_names.ts";
import { parseMessage, SipRequest } from "./message.ts";
import { parseParams } from "./params.ts";

function request(method: string, ...lines: string[]): SipRequest {
  return parseMessage([`${method} sip:b@x.test SIP/2.0`, ...lines].join("\r\n") + "\r\n\r\n") as SipRequest;
}

Deno.test("a header has one number in every spelling, and no other text has it", () => {
  for (let id = 1; id <= HEADER_COUNT; id++) {
    const name = headerName(id);
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
      assert.equal(headerId(spelling), id);
      assert.equal(headerIdAt(`x${spelling}:`, 1, 1 + spelling.length), id);
    }
    assert.equal(headerIdAt(name + "x", 0, name.length + 1), headerId(name + "x"));
  }
  assert.deepEqual([headerId("v"), headerId("V"), headerIdAt("V", 0, 1), ID.Via], [1, 1, 1, 1]);
  // `[` and `{` differ in the same bit as letters of two cases.
  assert.deepEqual(
    [headerId("C%6Fntact"), headerIdAt("Vi\x01", 0, 3), headerIdAt("To\0", 0, 3), headerIdAt("6", 0, 1)],
    [0, 0, 0, 0],
  );
});

Deno.test("contacts with the parameters of registration", () => {
  const result = parseContacts(request(
    "REGISTER",
    'm: "A, B" <sip:a@h;x=y>;q=0.7;expires=600;+sip.instance="<urn:uuid:1>";reg-id=3, sip:c@d;expires=99999999999;q=2;reg-id=0',
  ));
  assert.ok(!result.wildcard);
  const facts = result.contacts.map((c) => [c.address.uriText, c.q, c.expires, c.instance, c.regId]);
  assert.deepEqual(facts, [["sip:a@h;x=y", 0.7, 600, "<urn:uuid:1>", 3], ["sip:c@d", 1, 2 ** 32 - 1, "", 0]]);
  assert.equal(result.contacts[0].address.paramsText, ';q=0.7;expires=600;+sip.instance="<urn:uuid:1>";reg-id=3');
  assert.deepEqual(parseContacts(request("REGISTER", "Contact: *")), { wildcard: true });
  assert.deepEqual(parseContacts(request("REGISTER")), { wildcard: false, contacts: [] });
  // RFC 4475 regbadct among them.
  for (const bad of ["*, <sip:a@b>", "sip:user@example.com?Route=%3Csip:sip.example.com%3E", "<nothing>", '"a']) {
    assert.equal(tryContacts(request("REGISTER", `Contact: ${bad}`)), null, bad);
  }
  assert.throws(() => parseContacts(request("REGISTER", "Contact: *", "Contact: <sip:a@b>")), SyntaxError);
});

Deno.test("numbers: seconds, q, with what is tolerated", () => {
  const seconds = [["0", 0], ["007", 7], ["4294967296", 2 ** 32 - 1], ["1" + "0".repeat(100), 2 ** 32 - 1], [
    "18 (in a meeting);duration=60",
    18,
  ], ["120;x", 120]] as const;
  for (const [text, value] of seconds) assert.equal(deltaSeconds(text), value, text);
  for (const text of [undefined, "", "-1", "1.5", "x", "1 2", "1,2"]) assert.equal(deltaSeconds(text), undefined, text);
  assert.deepEqual(["0", "1", "0.", "0.5", "0.333", "1.000"].map(qValue), [0, 1, 0, 0.5, 0.333, 1]);
  for (const text of ["", "2", "1.001", "0.3333", "-0", ".5", "0,5"]) assert.equal(qValue(text), undefined, text);
  assert.equal(unquote(quote('a"\\\r\nb')), 'a"\\  b');
});

Deno.test("dates: GMT only, days that exist", () => {
  const at = Date.UTC(2010, 10, 13, 23, 29, 0);
  assert.equal(parseSipDate("Sat, 13 Nov 2010 23:29:00 GMT"), at);
  assert.equal(formatSipDate(at), "Sat, 13 Nov 2010 23:29:00 GMT");
  for (
    const text of [
      "Sat, 13 Nov 2010 23:29:00 EST",
      "Sat, 13 Nov 2010 23:29:00 UTC",
      "Fri, 13 Nov 2010 23:29:00 GMT",
      "Tue, 30 Feb 2010 23:29:00 GMT",
      "Sat, 13 Nov 2010 24:29:00 GMT",
      "Sat, 13 Nov 2010 23:60:00 GMT",
      "sat, 13 Nov 2010 23:29:00 GMT",
      "Sat, 13 Nov 10 23:29:00 GMT",
      "",
    ]
  ) assert.equal(parseSipDate(text), undefined, text);
  assert.deepEqual([parseTimestamp("54.5 0.1"), parseTimestamp("54"), parseTimestamp("54 x")], [
    { seconds: 54.5, delay: 0.1 },
    { seconds: 54, delay: 0 },
    undefined,
  ]);
});

Deno.test("Event and Subscription-State", () => {
  const event = parseEvent("Presence.WINFO ; id=A8;x");
  assert.deepEqual([event.package, event.id, event.params.has("x")], ["presence.winfo", "A8", true]);
  const state = parseSubscriptionState("Terminated;reason=TimeOut;retry-after=5");
  assert.deepEqual(state, { state: "terminated", reason: "timeout", expires: undefined, retryAfter: 5 });
  assert.equal(subscriptionStateText({ state: "active", expires: 60 }), "active;expires=60");
  assert.equal(subscriptionStateText(state), "terminated;reason=timeout;retry-after=5");
  for (const text of ["", "a b", ";id=1", "presence;;", "presence;id="]) {
    assert.throws(() => parseEvent(text), SyntaxError, text);
    assert.throws(() => parseSubscriptionState(text), SyntaxError, text);
  }
});

function candidate(name: string, params: string) {
  const all = parseParams(params, 0, params.length);
  return { name, params: all, q: Number(all.get("q") ?? 1) };
}

Deno.test("caller preferences: the example of RFC 3841 §7.2.5", () => {
  const five = [
    candidate("u1", ';audio;video;methods="INVITE,BYE";q=0.2'),
    candidate("u2", ';audio="FALSE";methods="INVITE";actor="msg-taker";q=0.2'),
    candidate("u3", ';audio;actor="msg-taker";methods="INVITE";video;q=0.3'),
    candidate("u4", ';audio;methods="INVITE,OPTIONS";q=0.2'),
    candidate("u5", ";q=0.5"),
  ];
  const preferences = callerPreferences(request(
    "INVITE",
    'Reject-Contact: *;actor="msg-taker";video',
    "Accept-Contact: *;audio;require",
    "Accept-Contact: *;video;explicit",
    'a: *;methods="BYE";class="business";q=1.0',
  ));
  assert.deepEqual(preferred(five, preferences).map((c) => c.name), ["u5", "u1", "u4"]);
  assert.deepEqual(preferred([...five].reverse(), preferences).map((c) => c.name), ["u5", "u1", "u4"]);
});

Deno.test("caller preferences: implicit ones prefer, and never leave nobody", () => {
  const phones = [candidate("voice", ';methods="INVITE,BYE"'), candidate("text", ';methods="MESSAGE,INVITE";q=0.5')];
  const names = (method: string, ...lines: string[]) =>
    preferred(phones, callerPreferences(request(method, ...lines))).map((c) => c.name);
  assert.deepEqual(names("MESSAGE"), ["text"]);
  assert.deepEqual(names("PUBLISH"), ["voice", "text"]);
  assert.deepEqual(names("INVITE", 'Accept-Contact: *;methods="FOO";require'), []);
  assert.deepEqual(names("INVITE", "Accept-Contact: *;+g.oma.sip-im;require;explicit"), []);
  const events = [candidate("p", ';events="presence"'), candidate("d", ';events="dialog"')];
  assert.deepEqual(preferred(events, callerPreferences(request("SUBSCRIBE", "o: dialog;id=1"))).map((c) => c.name), [
    "d",
  ]);
  assert.throws(() => callerPreferences(request("INVITE", "Accept-Contact: sip:a@b")), SyntaxError);
});

// RFC 2533 terms in the spelling of RFC 3840 §9.
const MATCHES: [a: string, b: string, match: boolean][] = [
  [";audio", ';audio="TRUE"', true],
  [";audio", ';audio="FALSE"', false],
  [";audio", ";video", true],
  [';language="en,de"', ';language="DE,fr"', true],
  [';language="en"', ';language="!en"', false],
  [';language="!en"', ';language="!de"', true],
  [';+sip.x="<Ab>"', ';+sip.x="<Ab>"', true],
  [';+sip.x="<Ab>"', ';+sip.x="<ab>"', false],
  [';+sip.x="<ab>"', ';+sip.x="ab"', false],
  [';+n="#>=4"', ';+n="#=4"', true],
  [';+n="#>=4"', ';+n="#=3.5"', false],
  [';+n="#1:5"', ';+n="#<=0.5"', false],
  [';+n="#-1:5"', ';+n="#<=0.5"', true],
  [';+n="!#1:5"', ';+n="#=3"', false],
  [';+n="!#1:5"', ';+n="#=6"', true],
  [';+n="#=4"', ';+n="abc"', false],
  [";+sip.audio", ';audio="FALSE"', false],
];

Deno.test("feature predicates match as RFC 2533 has it", () => {
  const predicate = (text: string) => featurePredicate(parseParams(text, 0, text.length));
  for (const [a, b, match] of MATCHES) {
    assert.equal(predicatesMatch(predicate(a), predicate(b)), match, `${a} ${b}`);
    assert.equal(predicatesMatch(predicate(b), predicate(a)), match, `${b} ${a}`);
  }
  assert.deepEqual([...predicate(';q=1;expires=5;+g.oma.sip-im;methods="A"').keys()], ["g.oma.sip-im", "methods"]);
});
