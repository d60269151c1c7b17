import assert from "node:assert/strict";
import { HeadEditor, parseMessage, SipRequest } from "../../transport/sip/mod.ts";
import {
  assertedIdentity,
  assertionText,
  editForHop,
  editResponseFrom,
  editResponseTo,
  type NextHop,
} from "./assertion.ts";
import { privacyOf, privacyProblem } from "./privacy.ts";
import { exchangeOf } from "./testing/fake_exchange.ts";

const OURS = { aor: "sip:alice@example.test", displayName: 'Al "A"', number: "+15550001" };
const OURS_TEXT = '"Al \\"A\\"" <sip:alice@example.test>, <tel:+15550001>';
const THEIRS = "<sip:eve@far.test>";

function edited(hop: NextHop, lines: string, { trusted = false, known = true } = {}): SipRequest {
  const exchange = exchangeOf(
    `MESSAGE sip:bob@example.test SIP/2.0\nFrom: "Alice" <sip:alice@example.test>;tag=f\nTo: <sip:bob@example.test>
    Call-ID: c\nCSeq: 1 MESSAGE\n${lines}`,
  );
  exchange.trusted = trusted;
  exchange.identity = known ? OURS : null;
  const editor = new HeadEditor(exchange.request);
  editForHop(editor, exchange, hop);
  return parseMessage(editor.toString()) as SipRequest;
}

/** Each row: who sends, what it says, where it goes, and the P-Asserted-Identity that arrives. */
const ROWS: readonly (readonly [trusted: boolean, lines: string, hop: NextHop, result: string | undefined])[] = [
  [false, "", "trusted", OURS_TEXT],
  [false, "", "user", OURS_TEXT],
  [false, "", "foreign", undefined],
  [false, `P-Asserted-Identity: ${THEIRS}`, "trusted", OURS_TEXT],
  [false, `P-Asserted-Identity: ${THEIRS}`, "user", OURS_TEXT],
  [false, `P-Asserted-Identity: ${THEIRS}`, "foreign", undefined],
  [true, `P-Asserted-Identity: ${THEIRS}`, "trusted", THEIRS],
  [true, `P-Asserted-Identity: ${THEIRS}`, "user", THEIRS],
  [true, `P-Asserted-Identity: ${THEIRS}`, "foreign", undefined],
  [true, "", "trusted", OURS_TEXT],
  [false, "Privacy: id", "trusted", OURS_TEXT],
  [false, "Privacy: id", "user", undefined],
  [false, "Privacy: id", "foreign", undefined],
  [true, `P-Asserted-Identity: ${THEIRS}\nPrivacy: id`, "user", undefined],
  [false, "Privacy: none", "foreign", OURS_TEXT],
  [false, "Privacy: user", "user", undefined],
];
for (const [trusted, lines, hop, result] of ROWS) {
  Deno.test(`P-Asserted-Identity from ${trusted ? "trusted" : "outside"} toward ${hop}, ${JSON.stringify(lines)}`, () => {
    const request = edited(hop, lines, { trusted });
    assert.equal(request.getAll("P-Asserted-Identity").join(" | ") || undefined, result);
  });
}

Deno.test("what says that a message was made from a list goes to our users, and leaves our domains nowhere", () => {
  const lines = "X-IM-Exploded-By: <sip:team@example.test>\nSubject: s\nx-im-exploded-by: <sip:team@example.test>";
  for (const hop of ["trusted", "user", "foreign"] as const) {
    const request = edited(hop, lines);
    assert.equal(request.getOther("X-IM-Exploded-By") !== undefined, hop === "user", hop);
    assert.equal(request.get("Subject"), "s");
  }
});

Deno.test("an unauthenticated sender's assertion goes; a preferred identity never goes on", () => {
  for (const hop of ["trusted", "user", "foreign"] as const) {
    const request = edited(hop, `P-Asserted-Identity: ${THEIRS}\nP-Preferred-Identity: ${THEIRS}`, { known: false });
    assert.equal(request.has("P-Asserted-Identity"), false);
    assert.equal(request.has("P-Preferred-Identity"), false);
  }
});

Deno.test("Privacy: user makes From anonymous where trust ends, its tag kept, and takes away what tells", () => {
  const lines = "Privacy: user;id;critical\nSubject: s\nUser-Agent: u\nProxy-Require: privacy, x";
  const outside = edited("user", lines);
  assert.equal(outside.get("From"), '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f');
  assert.equal(outside.has("Subject") || outside.has("User-Agent") || outside.has("Privacy"), false);
  assert.equal(outside.get("Proxy-Require"), "x");
  const inside = edited("trusted", lines);
  assert.equal(inside.from.uriText, "sip:alice@example.test");
  assert.equal(inside.get("Privacy"), "user;id;critical");
});

Deno.test("levels that were not given stay in Privacy", () => {
  assert.equal(edited("user", "Privacy: id;session").get("Privacy"), "session");
});

Deno.test("critical privacy that nobody can give is refused by name", () => {
  const privacy = (value: string) => {
    const text =
      `MESSAGE sip:b@x SIP/2.0\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: c\nCSeq: 1 MESSAGE\nPrivacy: ${value}`;
    return privacyOf(exchangeOf(text).request);
  };
  const offered = new Set(["id", "user"]);
  assert.equal(privacyProblem(privacy("id;user;critical"), offered), null);
  assert.equal(privacyProblem(privacy("session"), offered), null);
  assert.deepEqual(privacyProblem(privacy("id;Session;magic;critical"), offered), {
    status: 500,
    reason: "Privacy not available: magic session",
  });
});

Deno.test("assertions are read: the first sip value, else tel", () => {
  const read = (value: string) => {
    const text = `MESSAGE sip:b@x SIP/2.0\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: c\nCSeq: 1 MESSAGE\n`;
    return assertedIdentity(exchangeOf(`${text}P-Asserted-Identity: ${value}`).request);
  };
  assert.deepEqual(read('<tel:+1-555-0001>, "A, B" <sips:Alice@EXAMPLE.test:5061;x>'), {
    aor: "sip:Alice@example.test",
    displayName: "A, B",
    number: "+15550001",
  });
  assert.equal(read("<tel:+15550001>")!.aor, "tel:+15550001");
  assert.equal(read("<mailto:a@x>"), null);
  assert.equal(read("<sip:@@>"), null);
  assert.equal(assertionText({ aor: "tel:+1555", displayName: "", number: "+1555" }), "<tel:+1555>");
});

Deno.test("responses: assertions from outside go, from inside they are kept unless privacy or a foreign hop", () => {
  const edit = (lines: string, change: (editor: HeadEditor, response: ReturnType<typeof parseMessage>) => void) => {
    const head = `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n` +
      `Call-ID: c\r\nCSeq: 1 MESSAGE\r\n${lines}\r\n\r\n`;
    const response = parseMessage(head);
    const editor = new HeadEditor(response);
    change(editor, response);
    return parseMessage(editor.toString()).has("P-Asserted-Identity");
  };
  const pai = "P-Asserted-Identity: <sip:b@x>";
  assert.equal(edit(pai, (editor, response) => editResponseFrom(editor, response, false)), false);
  assert.equal(edit(pai, (editor, response) => editResponseFrom(editor, response, true)), true);
  assert.equal(edit(pai, (editor, response) => editResponseTo(editor, response, "user")), true);
  assert.equal(edit(pai, (editor, response) => editResponseTo(editor, response, "foreign")), false);
  assert.equal(edit(`${pai}\r\nPrivacy: id`, (editor, response) => editResponseTo(editor, response, "user")), false);
  assert.equal(edit(`${pai}\r\nPrivacy: id`, (editor, response) => editResponseTo(editor, response, "trusted")), true);
});
