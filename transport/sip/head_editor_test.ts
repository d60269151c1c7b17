import assert from "node:assert/strict";
import { HeadEditor } from "./head_editor.ts";
import { parseMessage, SipRequest } from "./message.ts";
import { responseHead } from "./respond.ts";

/** Input lines, an edit, the lines that come out; the start line stands for itself. `|` is a CRLF inside a folded line. */
const GOLDEN: [name: string, input: string[], edit: (editor: HeadEditor) => unknown, output: string[]][] = [
  ["nothing", ["Via: a", "X: \xff", "v : b"], (e) => e, ["Via: a", "X: \xff", "v : b"]],
  ["start line", ["Via: a"], (e) => e.startLine("OPTIONS sip:z SIP/2.0"), ["OPTIONS sip:z SIP/2.0", "Via: a"]],
  ["prepend before a compact form", ["X: 1", "v: a", "Via: b"], (e) => e.prepend("Via", "n"), [
    "X: 1",
    "Via: n",
    "v: a",
    "Via: b",
  ]],
  ["two prepends: the later first", ["Via: a"], (e) => e.prepend("Via", "1").prepend("Via", "2"), [
    "Via: 2",
    "Via: 1",
    "Via: a",
  ]],
  ["a Via where there is none", ["To: t"], (e) => e.prepend("Route", "r").prepend("Via", "n"), [
    "Via: n",
    "Route: r",
    "To: t",
  ]],
  ["another where there is none", ["Via: a", "v: b", "To: t"], (e) => e.prepend("Route", "r"), [
    "Via: a",
    "v: b",
    "Route: r",
    "To: t",
  ]],
  [
    "Via, then Record-Route, on a message with both",
    ["Via: a", "Record-Route: q", "To: t"],
    (e) => e.prepend("Via", "n").prepend("Record-Route", "r"),
    ["Via: n", "Via: a", "Record-Route: r", "Record-Route: q", "To: t"],
  ],
  ["append", ["Via: a"], (e) => e.append("Subject", "s").append("Server", "x"), ["Via: a", "Subject: s", "Server: x"]],
  ["set in place", ["Via: a", "mAX-fORWARDS : 70", "To: t"], (e) => e.set("Max-Forwards", "69"), [
    "Via: a",
    "Max-Forwards: 69",
    "To: t",
  ]],
  ["set over several lines", ["k: a", "To: t", "Supported: b"], (e) => e.set("Supported", "c"), [
    "Supported: c",
    "To: t",
  ]],
  ["set what is not there", ["Via: a"], (e) => e.set("Max-Forwards", "70"), ["Via: a", "Max-Forwards: 70"]],
  ["set twice", ["Via: a"], (e) => e.set("Subject", "1").set("Subject", "2"), ["Via: a", "Subject: 2"]],
  ["set a folded line", ["Subject: a| b| c", "To: t"], (e) => e.set("Subject", "d"), ["Subject: d", "To: t"]],
  ["remove every spelling", ["s: a", "To: t", "SUBJECT:b", "subject : c| d"], (e) => e.remove("Subject"), ["To: t"]],
  ["remove what was added", ["To: t"], (e) => e.append("Subject", "s").prepend("Subject", "r").remove("Subject"), [
    "To: t",
  ]],
  ["remove, then append", ["Subject: a", "To: t"], (e) => e.remove("Subject").append("Subject", "b"), [
    "To: t",
    "Subject: b",
  ]],
  ["remove a line", ["a: 1", "b: 2", "c: 3"], (e) => e.removeLine(1).removeLine(1), ["a: 1", "c: 3"]],
  ["remove and set the same line", ["To: t", "Subject: a"], (e) => e.removeLine(1).set("Subject", "b"), [
    "To: t",
    "Subject: b",
  ]],
  ["pop a line", ["Route: <sip:a>", "Route: <sip:b>"], (e) => e.pop("Route"), ["Route: <sip:b>"]],
  ["pop in a line", ["Route: <sip:a,b> , <sip:c>", "To: t"], (e) => e.pop("Route"), ["Route: <sip:c>", "To: t"]],
  ["pop over lines", ["Route: <sip:a>", "X: 1", "Route:<sip:b>,<sip:c>"], (e) => e.pop("Route", 2), [
    "X: 1",
    "Route: <sip:c>",
  ]],
  ["pop twice", ["Route: <sip:a>,<sip:b>,<sip:c>"], (e) => e.pop("Route").pop("Route"), ["Route: <sip:c>"]],
  ["pop a folded line", ["Route: <sip:a>,| <sip:b>|\t;x"], (e) => e.pop("Route"), ["Route: <sip:b> ;x"]],
  ["pop past empty values", ["Route: ,, <sip:a>,,<sip:b>,"], (e) => e.pop("Route"), ["Route: <sip:b>,"]],
  ["pop more than there is", ["Route: <sip:a>", "To: t"], (e) => e.pop("Route", 9), ["To: t"]],
  ["pop what is not there", ["To: t"], (e) => e.pop("Route"), ["To: t"]],
  ["pop a quoted comma", ['Contact: "a,b" <sip:a>, <sip:c>'], (e) => e.pop("Contact"), ["Contact: <sip:c>"]],
  ["pop, then prepend", ["Route: <sip:a>", "To: t"], (e) => e.pop("Route").prepend("Route", "r"), [
    "Route: r",
    "To: t",
  ]],
  ["prepend, then pop", ["Route: <sip:a>"], (e) => e.prepend("Route", "<sip:n>, <sip:m>").pop("Route"), [
    "Route: <sip:m>",
    "Route: <sip:a>",
  ]],
  ["a CRLF in a value", ["To: t"], (e) => e.append("Subject", "a\r\nRoute: <sip:evil>"), [
    "To: t",
    "Subject: a Route: <sip:evil>",
  ]],
];

const START = "MESSAGE sip:b@x.test SIP/2.0";

for (const [name, input, edit, output] of GOLDEN) {
  Deno.test(`head editor: ${name}`, () => {
    const text = [START, ...input].map((line) => line.replaceAll("|", "\r\n")).join("\r\n") + "\r\n\r\n";
    const message = parseMessage(text);
    const editor = new HeadEditor(message);
    edit(editor);
    const lines = output[0].endsWith("SIP/2.0") ? output : [START, ...output];
    assert.equal(editor.toString(), lines.join("\r\n") + "\r\n\r\n");
    assert.equal(message.head, text);
    assert.equal(editor.toString(), editor.toString());
    // What it says of its lines is what they say once written.
    const written = parseMessage(editor.toString());
    const all = (of: (i: number) => unknown) => Array.from({ length: written.lines }, (_, i) => of(i));
    assert.equal(editor.lines, written.lines);
    assert.deepEqual(all((i) => editor.idAt(i)), written.ids);
    assert.deepEqual(all((i) => editor.nameAt(i)), all((i) => written.nameAt(i)));
    assert.deepEqual(all((i) => editor.valueAt(i)), all((i) => written.valueAt(i)));
  });
}

function stamped(via: string, source: string, port: number): SipRequest {
  const request = parseMessage(
    `${START}\r\nFrom: <sip:a@x.test>;tag=1\r\nv: ${via}\r\nTo: <sip:b@x.test>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n`,
  ) as SipRequest;
  assert.equal(request.stampVia(source, port), true);
  return request;
}

const STAMPS: [name: string, via: string, source: string, stamp: string][] = [
  [
    "same address",
    "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa",
    "192.0.2.1",
    "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa",
  ],
  [
    "a name",
    "SIP/2.0/TCP a.test;branch=z9hG4bKa",
    "192.0.2.1",
    "SIP/2.0/TCP a.test;branch=z9hG4bKa;received=192.0.2.1",
  ],
  [
    "rport",
    "SIP/2.0/UDP 192.0.2.1;rport;branch=x",
    "192.0.2.1",
    "SIP/2.0/UDP 192.0.2.1;rport=5099;branch=x;received=192.0.2.1",
  ],
  [
    "rport at the end",
    "SIP/2.0/UDP h;branch=x ; RPort",
    "192.0.2.1",
    "SIP/2.0/UDP h;branch=x ;rport=5099;received=192.0.2.1",
  ],
  [
    "a made-up rport",
    "SIP/2.0/UDP h;rport=1;branch=x",
    "192.0.2.1",
    "SIP/2.0/UDP h;rport=5099;branch=x;received=192.0.2.1",
  ],
  [
    "made-up received",
    "SIP/2.0/UDP h;Received=9.9.9.9;branch=x",
    "192.0.2.1",
    "SIP/2.0/UDP h;branch=x;received=192.0.2.1",
  ],
  ["made-up received, right sent-by", "SIP/2.0/UDP 192.0.2.1;received=9.9.9.9", "192.0.2.1", "SIP/2.0/UDP 192.0.2.1"],
  [
    "two made-up ones",
    "SIP/2.0/UDP h;received=1.1.1.1;x;received = 2.2.2.2",
    "192.0.2.1",
    "SIP/2.0/UDP h;x;received=192.0.2.1",
  ],
  [
    "quotes that look like one",
    'SIP/2.0/UDP h;x=";rport;received=9";rport',
    "192.0.2.1",
    'SIP/2.0/UDP h;x=";rport;received=9";rport=5099;received=192.0.2.1',
  ],
  [
    "a longer name",
    "SIP/2.0/UDP h;rportal;received-by=x",
    "192.0.2.1",
    "SIP/2.0/UDP h;rportal;received-by=x;received=192.0.2.1",
  ],
  [
    "IPv6, another spelling",
    "SIP/2.0/UDP [2001:DB8:0::1];branch=x",
    "2001:db8::1",
    "SIP/2.0/UDP [2001:DB8:0::1];branch=x",
  ],
  [
    "IPv6 source",
    "SIP/2.0/UDP [2001:db8::2]:5062;rport",
    "2001:db8::1",
    "SIP/2.0/UDP [2001:db8::2]:5062;rport=5099;received=2001:db8::1",
  ],
  [
    "only the top value",
    "SIP/2.0/UDP h;branch=x , SIP/2.0/UDP i;rport",
    "192.0.2.1",
    "SIP/2.0/UDP h;branch=x;received=192.0.2.1 , SIP/2.0/UDP i;rport",
  ],
  ["folded", "SIP / 2.0 /\r\n UDP h\r\n ;rport", "192.0.2.1", "SIP / 2.0 / UDP h ;rport=5099;received=192.0.2.1"],
];

for (const [name, via, source, stamp] of STAMPS) {
  Deno.test(`Via stamp: ${name}; answers and forwarded copies carry it`, () => {
    const request = stamped(via, source, 5099);
    assert.equal(request.get("Via"), stamp);
    assert.equal(request.check(), null);
    assert.equal(request.to.uriText, "sip:b@x.test");
    const answer = parseMessage(responseHead(request, 200, { toTag: "t" }));
    assert.equal(answer.get("Via"), stamp);
    const copy = parseMessage(new HeadEditor(request).prepend("Via", "SIP/2.0/UDP me;branch=z9hG4bKm").toString());
    assert.deepEqual(copy.getAll("Via"), ["SIP/2.0/UDP me;branch=z9hG4bKm", stamp]);
    assert.equal(copy.get("CSeq"), "1 MESSAGE");
  });
}

Deno.test("no stamp on what is no Via, and no exception", () => {
  for (const via of ["v: nonsense", "X: y", "v: SIP/2.0/UDP h;;rport"]) {
    const request = parseMessage(`${START}\r\n${via}\r\n\r\n`);
    assert.equal(request.stampVia("192.0.2.1", 5060), false);
    assert.equal(request.head, `${START}\r\n${via}\r\n\r\n`);
  }
});
