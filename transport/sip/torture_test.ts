import assert from "node:assert/strict";
import { toLatin1 } from "../../foundation/mod.ts";
import { parseMessage, SipRequest, SipResponse, StartLineError } from "./message.ts";
import { HeadEditor } from "./head_editor.ts";
import { canAnswer, responseHead } from "./respond.ts";

/** What a message must give: accepted with these facts, an answer, or nothing at all. */
type Expected =
  | { accepted: (message: SipRequest | SipResponse) => readonly [actual: unknown, expected: unknown][] }
  | { refused: number; reason: string }
  /** A response is dropped with this reason; a start line that is none says so too. */
  | { dropped: string };

function request(message: SipRequest | SipResponse): SipRequest {
  assert.ok(message instanceof SipRequest);
  return message;
}

function response(message: SipRequest | SipResponse): SipResponse {
  assert.ok(message instanceof SipResponse);
  return message;
}

const RFC4475: Record<string, Expected> = {
  // §3.1.1: valid messages.
  wsinv: {
    accepted: (m) => [
      [m.to.uri.user, "vivekg"],
      [m.to.tag, "1918181833n"],
      [m.from.displayName, 'J Rosenberg \\"'],
      [m.from.tag, "98asjd8"],
      [m.maxForwards, 68],
      [m.cseq, { number: 9, method: "INVITE" }],
      [m.callId, "wsinv.ndaksdj@192.0.2.1"],
      [[m.via.transport, m.via.host, m.via.port, m.via.branch], ["UDP", "192.0.2.2", 0, "390skdjuw"]],
      [m.list("Via").length, 3],
      [m.get("Subject"), ""],
      [m.getOther("NewFangledHeader"), "newfangled value continued newfangled value"],
      [m.getOther("UnknownHeaderWithUnusualValue"), ";;,,;;,;"],
      [m.list("Route"), ["<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"]],
      [m.list("Contact").length, 1],
      [m.body.length, 150],
    ],
  },
  intmeth: {
    accepted: (m) => [
      [request(m).method, "!interesting-Method0123456789_*+`.%indeed'~"],
      [request(m).requestUri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"],
      [request(m).requestUri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"],
      [m.via.branch, "z9hG4bK-.!%66*_+`'~"],
      [m.to.displayName, "BEL:\x07 NUL:\x00 DEL:\x7f"],
      [m.from.displayName, "token1~` token2'+_ token3*%!.-"],
      [m.from.tag, "_token~1'+`*%!-."],
      [
        m.from.params.get("fromparam''~+*_!.-%"),
        '"\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\xd0\xb0\xd1\x8e\xd1\x89\xd0\xb8\xd0\xb9"',
      ],
      [m.callId, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"],
      [m.getOther("extensionHeader-!.%*+_`'~"), "\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb"],
    ],
  },
  esc01: {
    accepted: (m) => [
      [request(m).requestUri.user, "sips%3Auser%40example.com"],
      [request(m).requestUri.host, "example.net"],
      [m.list("Contact"), ["<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>"]],
    ],
  },
  escnull: { accepted: (m) => [[m.to.uri.user, "null-%00-null"], [m.list("Contact").length, 2]] },
  esc02: {
    accepted: (m) => [
      [request(m).method, "RE%47IST%45R"],
      [m.to.displayName, "%Z%45"],
      [m.list("Contact").length, 2],
      [m.getOther("C%6Fntact"), "<sip:alias2@host2.example.com>"],
    ],
  },
  lwsdisp: { accepted: (m) => [[m.from.displayName, "caller"], [m.from.uriText, "sip:caller@example.com"]] },
  longreq: {
    accepted: (m) => [
      [m.list("Via").length, 34],
      [m.from.tag, "12" + "982".repeat(50) + "424"],
      [m.to.displayName, "I have a user name of " + "extreme".repeat(10) + " proportion"],
      [m.to.uri.port, 6000],
      [m.callId, "longreq.one" + "really".repeat(20) + "longcallid"],
      [m.body.length, 150],
    ],
  },
  dblreq: { accepted: (m) => [[m.body.length, 0], [m.cseq.method, "REGISTER"], [m.list("Via").length, 1]] },
  semiuri: {
    accepted: (m) => [[request(m).requestUri.user, "user;par=u%40example.net"], [m.list("Accept").length, 6]],
  },
  transports: {
    accepted: (
      m,
    ) => [[m.via.transport, "UDP"], [m.list("Via").map((via) => via.slice(8, 12)), [
      "UDP ",
      "SCTP",
      "TLS ",
      "UNKN",
      "TCP ",
    ]]],
  },
  mpart01: { accepted: (m) => [[m.body.length, 553], [m.via.params.has("rport"), true]] },
  unreason: { accepted: (m) => [[response(m).status, 200], [response(m).reason.slice(0, 14), "= 2**3 * 5**2 "]] },
  noreason: { accepted: (m) => [[response(m).status, 100], [response(m).reason, ""]] },
  // §3.1.2: invalid messages.
  badinv01: { refused: 400, reason: "Via malformed: an empty parameter" },
  clerr: { refused: 400, reason: "Body shorter than Content-Length" },
  ncl: { refused: 400, reason: "Content-Length is not a number" },
  scalar02: { refused: 400, reason: "CSeq malformed: the number is not below 2**31" },
  scalarlg: { dropped: "CSeq malformed: the number is not below 2**31" },
  quotbal: { refused: 400, reason: "To malformed: a quote that is not closed" },
  ltgtruri: {
    refused: 400,
    reason: 'Request-URI malformed: URI "<sip:user@example.com>": the scheme has a character that is not allowed',
  },
  lwsruri: {
    refused: 400,
    reason: 'Request-URI malformed: URI "sip:user@example.com; lr": a blank, control, quote or < > is not allowed',
  },
  lwsstart: { refused: 400, reason: "More than one blank between the parts of the request line" },
  trws: { refused: 400, reason: "Blanks at the end of the request line" },
  escruri: { refused: 400, reason: "Request-URI with header fields" },
  // The date is of no use to an element that does not read it.
  baddate: { accepted: (m) => [[m.get("Date"), "Fri, 01 Jan 2010 16:00:00 EST"]] },
  // The registrar refuses the Contact; for everybody else it is a header to be passed on (contact_header_test.ts).
  regbadct: { accepted: (m) => [[m.list("Contact"), ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"]]] },
  badaspec: {
    refused: 400,
    reason: 'To malformed: URI " sip:t.watson@example.org ": the scheme has a character that is not allowed',
  },
  baddn: { refused: 400, reason: "From malformed: the display name needs quotes" },
  badvers: { refused: 505, reason: "Version Not Supported" },
  mismatch01: { refused: 400, reason: "CSeq names another method" },
  mismatch02: { refused: 400, reason: "CSeq names another method" },
  bigcode: { dropped: "not a SIP/2.0 status line" },
  // §3.2: transactions.
  // The transaction layer matches it as RFC 2543 did.
  badbranch: { accepted: (m) => [[m.via.branch, "z9hG4bK"]] },
  // §3.3: what is for the application to refuse passes the parser.
  insuf: { refused: 400, reason: "From missing" },
  unkscm: { accepted: (m) => [[request(m).requestUri.scheme, "nobodyknowsthisscheme"]] },
  novelsc: { accepted: (m) => [[request(m).requestUri.scheme, "soap.beep"]] },
  unksm2: { accepted: (m) => [[m.to.uri.scheme, "isbn"], [m.from.uri.scheme, "http"], [m.from.tag, "3234233"]] },
  bext01: {
    accepted: (m) => [
      [m.list("Require"), ["nothingSupportsThis", "nothingSupportsThisEither"]],
      [m.lists("Proxy-Require", "noproxiessupportthis"), true],
    ],
  },
  invut: { accepted: (m) => [[m.get("Content-Type"), "application/unknownformat"], [m.body.length, 40]] },
  regaut01: { accepted: (m) => [[m.get("Authorization"), "NoOneKnowsThisScheme opaque-data=here"]] },
  multi01: { refused: 400, reason: "More than one Max-Forwards" },
  mcl01: { refused: 400, reason: "More than one Content-Length" },
  // That a proxy must not send to the second Via's address is the response flow's affair.
  bcast: { accepted: (m) => [[m.list("Via")[1], "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23"]] },
  zeromf: { accepted: (m) => [[m.maxForwards, 0]] },
  cparam01: { accepted: (m) => [[m.list("Contact"), ["sip:+19725552222@gw1.example.net;unknownparam"]]] },
  cparam02: { accepted: (m) => [[m.list("Contact"), ["<sip:+19725552222@gw1.example.net;unknownparam>"]]] },
  regescrt: { accepted: (m) => [[m.list("Contact"), ["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"]]] },
  sdp01: { accepted: (m) => [[m.list("Accept"), ["text/nobodyKnowsThis"]]] },
  // §3.4: RFC 2543.
  inv2543: {
    accepted: (
      m,
    ) => [[m.via.branch, ""], [m.from.tag, ""], [m.maxForwards, -1], [m.to.params.get("user"), "phone"], [
      m.body.length,
      105,
    ]],
  },
  // In the archive, not in the text: no version in the request line.
  test: { dropped: "no SIP version" },
};

const RFC5118: Record<string, Expected> = {
  "ipv6-good": { accepted: (m) => [[request(m).requestUri.host, "2001:db8::10"], [m.via.host, "2001:db8::9:1"]] },
  "ipv6-bad": { refused: 400, reason: 'Request-URI malformed: URI "sip:2001:db8::10": the port is not 1 to 65535' },
  "port-ambiguous": {
    accepted: (m) => [[request(m).requestUri.host, "2001:db8::10:5070"], [request(m).requestUri.port, 0]],
  },
  "port-unambiguous": {
    accepted: (m) => [[request(m).requestUri.host, "2001:db8::10"], [request(m).requestUri.port, 5070]],
  },
  "via-received-param-with-delim": {
    accepted: (m) => [[m.via.received, "2001:db8::9:255"], [m.via.branch, "z9hG4bKas3-111"]],
  },
  "via-received-param-no-delim": {
    accepted: (m) => [[m.via.received, "2001:db8::9:255"], [m.via.branch, "z9hG4bKas3"]],
  },
  // The RFC calls it valid, but its Content-Length counts 17 octets that are not there (RFC 3261 §18.3).
  "ipv6-in-sdp": { refused: 400, reason: "Body shorter than Content-Length" },
  "mult-ip-in-header": { accepted: (m) => [[m.via.port, 6050], [m.list("Via").length, 3]] },
  "mult-ip-in-sdp": { accepted: (m) => [[m.body.length, 181], [m.from.tag, "81x2"]] },
  "ipv4-mapped-ipv6": { accepted: (m) => [[m.via.host, "::ffff:192.0.2.10"], [m.via.port, 19823]] },
  "ipv6-bug-abnf-3-colons": {
    accepted: (
      m,
    ) => [[request(m).requestUri.host, "2001:db8::192.0.2.1"], [request(m).uri, "sip:user@[2001:db8:::192.0.2.1]"]],
  },
  "ipv6-correct-abnf-2-colons": { accepted: (m) => [[request(m).requestUri.host, "2001:db8::192.0.2.1"]] },
};

for (const [rfc, table] of [["rfc4475", RFC4475], ["rfc5118", RFC5118]] as const) {
  const folder = new URL(`./testdata/${rfc}/`, import.meta.url);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name.replace(/\.dat$/, "")).sort();

  Deno.test(`every file of ${rfc} has its row`, () => {
    assert.deepEqual(names, Object.keys(table).sort());
  });

  for (const name of names) {
    Deno.test(`${rfc} ${name}`, () => {
      const octets = Deno.readFileSync(new URL(`${name}.dat`, folder));
      const text = toLatin1(octets);
      const empty = text.indexOf("\r\n\r\n");
      // Three files end with their last header. A framer drops them; with the empty line there is something to see.
      const headEnd = empty < 0 ? octets.length : empty + 4;
      const head = empty < 0 ? text + "\r\n" : text.slice(0, headEnd);
      const expected = table[name];
      let message: SipRequest | SipResponse;
      try {
        message = parseMessage(head, octets.subarray(headEnd));
      } catch (error) {
        assert.ok(error instanceof StartLineError && "dropped" in expected, String(error));
        assert.equal(error.message, expected.dropped);
        return;
      }
      const problem = message.check();
      if ("dropped" in expected) {
        assert.ok(!message.isRequest);
        assert.equal(problem?.reason, expected.dropped);
      } else if ("refused" in expected) {
        assert.deepEqual(problem, { status: expected.refused, reason: expected.reason });
        const refused = request(message);
        assert.equal(canAnswer(refused), true);
        const answer = parseMessage(responseHead(refused, problem!.status, { reason: problem!.reason, toTag: "t" }));
        assert.equal((answer as SipResponse).status, expected.refused);
        assert.deepEqual(answer.getAll("Via"), refused.getAll("Via"));
      } else {
        assert.equal(problem, null);
        for (const [actual, wanted] of expected.accepted(message)) assert.deepEqual(actual, wanted);
        // Untouched, it goes on octet for octet.
        assert.equal(new HeadEditor(message).toString(), head);
      }
    });
  }
}
