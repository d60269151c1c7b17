import assert from "node:assert/strict";
import { parseMessage, SipRequest } from "./message.ts";
import { canAnswer, responseHead } from "./respond.ts";
import { reasonPhrase } from "./status.ts";

function request(...lines: string[]): SipRequest {
  return parseMessage(["MESSAGE sip:b@x.test SIP/2.0", ...lines].join("\r\n") + "\r\n\r\n") as SipRequest;
}

const WHOLE = [
  "Via: SIP/2.0/UDP a;branch=z9hG4bK1",
  "f: <sip:a@x>;tag=1",
  "Subject: no",
  "v: SIP/2.0/TCP b",
  "Record-Route: <sip:r;lr>",
  "To : <sip:b@x>\r\n ;x",
  "Timestamp: 5",
  "i:c1",
  "CSeq: 1\r\n\tMESSAGE",
];

Deno.test("a response has the lines of its request as they came", () => {
  const head = responseHead(request(...WHOLE), 200, {
    toTag: "t9",
    headers: [["Server", "x"]],
    contentType: "a/b",
    body: new Uint8Array(3),
  });
  assert.deepEqual(head.split("\r\n"), [
    "SIP/2.0 200 OK",
    "Via: SIP/2.0/UDP a;branch=z9hG4bK1",
    "v: SIP/2.0/TCP b",
    "f: <sip:a@x>;tag=1",
    "To: <sip:b@x> ;x;tag=t9",
    "i:c1",
    "CSeq: 1",
    "\tMESSAGE",
    "Server: x",
    "Content-Type: a/b",
    "Content-Length: 3",
    "",
    "",
  ]);
  assert.equal(parseMessage(head, new Uint8Array(3)).check(), null);
});

Deno.test("100 carries the Timestamp and no tag; Record-Route where asked", () => {
  const trying = parseMessage(responseHead(request(...WHOLE), 100));
  assert.deepEqual([trying.get("Timestamp"), trying.to.tag, trying.has("Record-Route")], ["5", "", false]);
  assert.equal(
    parseMessage(responseHead(request(...WHOLE), 200, { recordRoute: true })).get("Record-Route"),
    "<sip:r;lr>",
  );
});

Deno.test("a tag that is there stays; text that looks like one is none", () => {
  const tags = (to: string) =>
    parseMessage(responseHead(request(...WHOLE.filter((l) => !l.startsWith("To")), `To: ${to}`), 200, { toTag: "t9" }))
      .to.tag;
  assert.deepEqual(
    [tags("<sip:b@x>;tag=old"), tags('";tag=no" <sip:b@x>'), tags("<sip:b@x;tag=no>"), tags("sip:b@x")],
    ["old", "t9", "t9", "t9"],
  );
});

Deno.test("what a bad request lacks, its answer lacks, and nothing throws", () => {
  const head = responseHead(request("Via: x", 'To: "open <sip:b@x>'), 400, { reason: "To\r\nX: bad", toTag: "t" });
  assert.deepEqual(head.split("\r\n"), [
    "SIP/2.0 400 To X: bad",
    "Via: x",
    'To: "open <sip:b@x>',
    "Content-Length: 0",
    "",
    "",
  ]);
  assert.ok(canAnswer(request("v: x")) && !canAnswer(request("To: <sip:b@x>")));
  assert.ok(!canAnswer(parseMessage("ACK sip:b@x SIP/2.0\r\nVia: x\r\n\r\n") as SipRequest));
});

Deno.test("every status has a phrase", () => {
  assert.deepEqual([200, 202, 299, 430, 499, 599, 699, 999].map(reasonPhrase), [
    "OK",
    "Accepted",
    "OK",
    "Flow Failed",
    "Bad Request",
    "Server Internal Error",
    "Decline",
    "Unknown",
  ]);
});
