import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import { type Call, TextDescription } from "../../../transport/sip/mod.ts";
import { readSessionBody, type SessionBody, withDescription } from "../../session_media/mod.ts";
import { PartySide } from "./party_side.ts";

const SDP = "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=message 2855 TCP/MSRP *\r\n" +
  "a=accept-types:text/plain text/*\r\na=path:msrp://192.0.2.1:2855/abcdefghijklmnopqrst;tcp\r\na=setup:active\r\n";
const CONTENT_TYPE = "application/sdp";

function bodyOf(contentType: string, text: string): SessionBody {
  const reading = readSessionBody({ contentType, body: fromLatin1(text) });
  assert.equal(reading.kind, "session");
  return (reading as { body: SessionBody }).body;
}

/** A side with these descriptions, whose call has heard `remote`. */
function sideOf(theirs: SessionBody, remote: string | null): PartySide {
  const side = new PartySide("invitee");
  side.call = { remote: remote === null ? null : new TextDescription(CONTENT_TYPE, remote) } as Call;
  side.theirs = theirs;
  side.ours = { sdp: theirs.sdp, description: withDescription(theirs.parts, theirs.sdp) };
  return side;
}

Deno.test("once a session stands, what each side said is read anew from its text, and is the same", () => {
  const theirs = bodyOf(CONTENT_TYPE, SDP);
  const side = sideOf(theirs, SDP);
  const { ours } = side;
  side.stands();
  assert.notEqual(side.theirs, theirs);
  assert.deepEqual(side.theirs, theirs);
  assert.notEqual(side.ours, ours);
  assert.deepEqual(side.ours, ours);
  assert.equal(side.theirs, side.theirs, "read once");
});

Deno.test("what is said later takes the place of the text", () => {
  const side = sideOf(bodyOf(CONTENT_TYPE, SDP), SDP);
  side.stands();
  const later = bodyOf(CONTENT_TYPE, SDP.replace("7 1 IN", "7 2 IN"));
  side.theirs = later;
  side.ours = null;
  assert.deepEqual([side.theirs, side.ours], [later, null]);
});

Deno.test("a description among other parts, or one the call does not have, stays as it was read", () => {
  const multipart =
    `--b\r\nContent-Type: ${CONTENT_TYPE}\r\n\r\n${SDP}\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n`;
  const whole = bodyOf("multipart/mixed;boundary=b", multipart);
  const plain = bodyOf(CONTENT_TYPE, SDP);
  for (const [theirs, remote] of [[whole, SDP], [plain, null]] as const) {
    const side = sideOf(theirs, remote);
    side.stands();
    assert.equal(side.theirs, theirs);
  }
});
