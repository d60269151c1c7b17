import assert from "node:assert/strict";
import fc from "fast-check";
import { answerDirection, type Direction, directionOf, receives, sends } from "./direction.ts";
import { answerWith, isRejected, isSameDescription, nextDescription, rejectedMedia } from "./offer_answer.ts";
import { originOf } from "./origin.ts";
import { example, sdpOf, SESSION } from "./testing/examples.ts";

Deno.test("RFC 3264 §10.1: an answer has as many sections as the offer, in its order; those refused have port 0", () => {
  const [offer, answer] = ["02", "03"].map((n) => example(`rfc3264/${n}`));
  assert.deepEqual(answer.media.map(isRejected), [false, true, false]);
  assert.deepEqual(rejectedMedia(offer.media[1]), answer.media[1]);
  assert.deepEqual(answerWith(offer, answer.lines, [answer.media[0], null, answer.media[2]]), answer);
  assert.deepEqual(answerWith(offer, SESSION, []).media.map((section) => section.port), [0, 0, 0]);
  assert.throws(() => answerWith(offer, SESSION, [null, null, null, offer.media[0]]), RangeError);
});

Deno.test("RFC 5547 §8.3: a refused file mirrors its selector and its id, and nothing else", () => {
  const offer = example("rfc5547/02");
  assert.deepEqual(
    rejectedMedia(offer.media[0]).lines,
    offer.media[0].lines.filter((line) => /^a=file-(selector|transfer-id)/.test(line)),
  );
});

Deno.test("RFC 4975 §8.4: a refresh repeats the description; a moved version or port is a change", () => {
  const offer = example("rfc4975/02");
  const refreshed = sdpOf(...offer.lines.map((line) => line.replace("2890844527 IN", "2890844528 IN")));
  assert.equal(isSameDescription(offer, example("rfc4975/02")), true);
  assert.equal(isSameDescription(offer, { lines: refreshed.lines, media: offer.media }), false);
  assert.equal(isSameDescription(offer, { ...offer, media: [{ ...offer.media[0], port: 9 }] }), false);
});

Deno.test("our own next description: the very same, or one version later", () => {
  const first = example("rfc4975/02");
  assert.equal(nextDescription(first, { ...first, lines: [...first.lines] }), first);
  const changed = nextDescription(first, { ...first, media: [{ ...first.media[0], port: 0 }] });
  assert.equal(originOf(changed).version, "2890844528");
  assert.equal(changed.media[0].port, 0);
  assert.equal(originOf(nextDescription(changed, first)).version, "2890844529");
});

Deno.test("RFC 8866 §6.7: a section's direction, else the session's, else both ways", () => {
  const sdp = example("rfc8866/02");
  assert.deepEqual(sdp.media.map((section) => directionOf(sdp, section)), ["sendrecv", "inactive", "inactive"]);
  const msrp = example("rfc4975/01");
  assert.equal(directionOf(msrp, msrp.media[0]), "sendrecv");
});

Deno.test("property: an answer sends only where the offer receives, and the other way round", () => {
  const directions: Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
  fc.assert(fc.property(fc.constantFrom(...directions), fc.boolean(), fc.boolean(), (offered, send, receive) => {
    const answer = answerDirection(offered, send, receive);
    assert.equal(sends(answer), send && receives(offered));
    assert.equal(receives(answer), receive && sends(offered));
  }));
});
