import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { type BodyPart, buildMultipart, partHeader } from "./multipart.ts";
import examples from "./testdata/uri_list_examples.json" with { type: "json" };
import { RESOURCE_LISTS_TYPE, URI_LIST_LIMITS, UriListProblem } from "./uri_list.ts";
import { findUriList } from "./uri_list_body.ts";

const LIST = utf8(examples.find(({ from }) => from === "RFC 5366")!.text);

function part(type: string, body: Uint8Array, disposition = "", id = ""): BodyPart {
  const headers: [string, string][] = [["Content-Type", type]];
  if (disposition !== "") headers.push(["Content-Disposition", disposition]);
  if (id !== "") headers.push(["Content-ID", id]);
  return { headers, body };
}

const SDP = part("application/sdp", utf8("v=0"), "session");
const RECIPIENTS = part(RESOURCE_LISTS_TYPE, LIST, "Recipient-List; handling=required", "<l1@x>");
const multipart = (...parts: BodyPart[]) => ({ ...buildMultipart("mixed", parts), disposition: "" });
const nested = (subtype: string, ...parts: BodyPart[]) => {
  const { contentType, body } = buildMultipart(subtype, parts);
  return part(contentType, body);
};
const types = (parts: readonly BodyPart[]) => parts.map((one) => partHeader(one, "Content-Type")!.split(";")[0]);

Deno.test("a list beside a description (RFC 5366 §6)", () => {
  const { list, rest } = findUriList(multipart(SDP, RECIPIENTS));
  assert.equal(list!.entries.length, 3);
  assert.deepEqual(types(rest), ["application/sdp"]);
  assert.equal(new TextDecoder().decode(rest[0].body), "v=0");
});

Deno.test("a list by itself, and one that a cid names (RFC 5368 §9)", () => {
  const alone = { contentType: RESOURCE_LISTS_TYPE, disposition: "recipient-list", contentId: "<l1@x>", body: LIST };
  assert.equal(findUriList(alone).list!.entries.length, 3);
  assert.equal(findUriList(alone, { cid: "l1@x" }).list!.entries.length, 3);
  const bare = { ...alone, disposition: "" };
  assert.deepEqual([findUriList(bare).list, types(findUriList(bare).rest)], [null, [RESOURCE_LISTS_TYPE]]);
  assert.equal(findUriList(bare, { cid: "l1@x" }).list!.entries.length, 3);
  assert.throws(() => findUriList(alone, { cid: "other@x" }), /no part has the Content-ID <other@x>/);
});

Deno.test("several lists are one; other multipart bodies stay as they are", () => {
  const inner = nested("mixed", part("text/plain", utf8("Hi")), RECIPIENTS);
  const other = nested("alternative", part("text/plain", utf8("Hi")), part("text/html", utf8("Hi")));
  const { list, rest } = findUriList(multipart(RECIPIENTS, inner, other));
  assert.equal(list!.entries.length, 6);
  assert.deepEqual(types(rest), ["text/plain", "multipart/alternative"]);
});

Deno.test("bodies without a list, and without anything", () => {
  const text = findUriList({ contentType: "text/plain", disposition: "", body: utf8("Hi") });
  assert.deepEqual([text.list, types(text.rest)], [null, ["text/plain"]]);
  assert.deepEqual(findUriList({ contentType: "", disposition: "", body: new Uint8Array(0) }), {
    list: null,
    rest: [],
  });
  assert.equal(findUriList(multipart(SDP, RECIPIENTS), { disposition: "recipient-list-history" }).list, null);
});

for (
  const [what, carried, options, message, status] of [
    ["of another type", multipart(part("text/uri-list", LIST, "recipient-list")), {}, /"text\/uri-list"; allowed/, 415],
    [
      "in a body that does not end",
      { contentType: "multipart/mixed;boundary=b", disposition: "", body: utf8("--b\r\n") },
      {},
      /not closed/,
      400,
    ],
    ["malformed", multipart(part(RESOURCE_LISTS_TYPE, utf8("<a>"), "recipient-list")), {}, /line 1/, 400],
    [
      "too long together",
      multipart(RECIPIENTS, RECIPIENTS),
      { limits: { ...URI_LIST_LIMITS, entries: 5 } },
      /entry 3/,
      413,
    ],
  ] as const
) {
  Deno.test(`a list is refused: ${what}`, () => {
    assert.throws(() => findUriList(carried, options), (error) => {
      assert.ok(error instanceof UriListProblem);
      assert.match(error.message, message);
      assert.equal(error.status, status);
      return true;
    });
  });
}
