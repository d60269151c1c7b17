import assert from "node:assert/strict";
import { EMPTY } from "../foundation/mod.ts";
import { parseMessage, type SipResponse } from "../transport/sip/mod.ts";
import { reasonCause, reasonText, refusalReason } from "./reason.ts";

function response(status: string, ...lines: string[]): SipResponse {
  const head = [`SIP/2.0 ${status}`, ...lines, "Content-Length: 0", "", ""].join("\r\n");
  return parseMessage(head, EMPTY) as SipResponse;
}

Deno.test("a refusal in words: the phrase, every Warning, what is taken, when to come again", () => {
  assert.equal(refusalReason(404, response("404 Not Found")).text, "there is no such user (404)");
  assert.equal(refusalReason(486, response("486 Only 2 at a time")).text, "Only 2 at a time (486)");
  const warned = response(
    "403 File too large",
    'Warning: 399 im.test "133 Size exceeded: 9 bytes announced, 5 allowed", 399 im.test "a \\"quoted\\" word"',
    "Retry-After: 30",
  );
  assert.deepEqual(refusalReason(403, warned), {
    status: 403,
    text: 'File too large; 133 Size exceeded: 9 bytes announced, 5 allowed; a "quoted" word; try again in 30 s (403)',
    retryAfter: 30,
  });
  const typed = response("415 Unsupported Media Type", "Accept: application/sdp, text/plain");
  assert.match(refusalReason(415, typed).text, /taken: application\/sdp, text\/plain/);
});

Deno.test("without an answer there are words all the same; an unknown status keeps its phrase", () => {
  assert.equal(refusalReason(408, null).text, "no answer in time (408)");
  assert.equal(refusalReason(499, response("499 Odd")).text, "Odd (499)");
});

Deno.test("the text of a Reason header", () => {
  assert.equal(reasonText('SIP;cause=200;text="inactivity"'), "inactivity");
  assert.equal(reasonText('SIP;text="gr\xc3\xbc\xc3\x9fe \\"x\\""'), 'grüße "x"');
  assert.equal(reasonText("SIP;cause=200"), "");
});

Deno.test("the failure that a Reason header names; a good end is none", () => {
  assert.equal(reasonCause('SIP;cause=503;text="server shuts down"'), 503);
  assert.equal(reasonCause('sip ; text="x" ; cause = 480'), 480);
  assert.equal(reasonCause('Q.850;cause=16;text="a, b", SIP;cause=408'), 408);
  for (const value of ["", "SIP;cause=200", "SIP;cause=5030", "Q.850;cause=503", 'SIP;cause=200;text="x;cause=503"']) {
    assert.equal(reasonCause(value), 0, value);
  }
});
