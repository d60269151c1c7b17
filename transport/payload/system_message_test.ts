import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { parseMultipart, partHeader } from "./multipart.ts";
import {
  findSystemMessage,
  parseSystemAnswer,
  parseSystemMessage,
  SYSTEM_MESSAGE_LIMITS,
  SYSTEM_MESSAGE_NAMESPACE,
  SYSTEM_MESSAGE_TYPE,
  systemAnswerMode,
  type SystemMessageBody,
  systemMessageParts,
  writeSystemAnswer,
  writeSystemMessage,
} from "./system_message.ts";

const TERMS: SystemMessageBody = {
  id: "0m3x-a1",
  text: "Do you agree?\n<b>& more",
  expires: Date.UTC(2026, 5, 1, 12, 30),
  blocking: true,
  answer: "two",
  options: [{ id: "yes", label: "Yes & gladly" }, { id: "2", label: "No" }],
};
const xml = (inner: string, attributes = `id="a" answer="none"`) =>
  utf8(`<system-message xmlns="${SYSTEM_MESSAGE_NAMESPACE}" ${attributes}>${inner}</system-message>`);

Deno.test("a message is text for people first, and XML for clients that show choices last", () => {
  const { contentType, body } = systemMessageParts(TERMS);
  assert.match(contentType, /^multipart\/alternative;boundary=[^;"]+$/);
  const parts = parseMultipart(contentType, body);
  assert.deepEqual(parts.map((part) => partHeader(part, "Content-Type")), [
    "text/plain;charset=UTF-8",
    SYSTEM_MESSAGE_TYPE,
  ]);
  assert.equal(
    new TextDecoder().decode(parts[0].body),
    "Do you agree?\n<b>& more\n\n1. Yes & gladly\n2. No\n\nTo answer, reply with the number until 2026-06-01 12:30:00 UTC." +
      " The service is closed to you before that.",
  );
  assert.deepEqual(findSystemMessage(contentType, body), TERMS);
  assert.deepEqual(findSystemMessage(SYSTEM_MESSAGE_TYPE, parts[1].body), TERMS);
  assert.equal(findSystemMessage("text/plain", utf8("x")), null);
  assert.equal(findSystemMessage("multipart/alternative;boundary=x", utf8("--x\r\n\r\na\r\n--x--\r\n")), null);
});

Deno.test("a message that contradicts itself, or is beyond the limits, is refused with what is wrong", () => {
  const option = (id: string, label = "x") => `<option id="${id}">${label}</option>`;
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [utf8("<system-message"), /XML/],
    [utf8("<system-message/>"), /the root is "system-message" in ""/],
    [utf8(`<!DOCTYPE x><system-message/>`), /document type/],
    [xml("<text>x</text>", `answer="none"`), /without id/],
    [xml("<text>x</text>", `id="a b" answer="none"`), /id="a b"/],
    [xml("<text>x</text>", `id="${"a".repeat(65)}" answer="none"`), /no id/],
    [xml("<text/>"), /text of 0 characters/],
    [xml(`<text>${"x".repeat(2001)}</text>`), /text of 2001 characters; 1 to 2000/],
    [xml("<text>x</text>", `id="a"`), /answer="" with 0 options; it would be "none"/],
    [xml(`<text>x</text>${option("1")}`, `id="a" answer="two"`), /1 options; allowed/],
    [xml(`<text>x</text>${option("1")}${option("1")}`, `id="a" answer="two"`), /two options with one id/],
    [xml(`<text>x</text>${option("1")}${option("2", "")}`, `id="a" answer="two"`), /label of 0 characters/],
    [xml(`<text>x</text>${option("1")}${option("2")}`, `id="a" answer="many"`), /it would be "two"/],
    [
      xml(`<text>x</text>${"".padEnd(0)}${Array.from({ length: 11 }, (_, i) => option(`o${i}`)).join("")}`),
      /11 options/,
    ],
    [xml("<text>x</text>", `id="a" answer="none" blocking="true"`), /blocking .* without options/],
    [xml("<text>x</text>", `id="a" answer="none" blocking="yes"`), /wanted: true or false/],
    [xml("<text>x</text>", `id="a" answer="none" expires="2026-06-01"`), /no time with a zone/],
    [xml("<text>x</text>", `id="a" answer="none" expires="2026-99-01T00:00:00Z"`), /no time/],
  ];
  for (const [body, why] of cases) assert.throws(() => parseSystemMessage(body), { name: "SyntaxError", message: why });
  assert.throws(() => systemAnswerMode(1), RangeError);
});

Deno.test("an answer is read as it was written; what is none is refused", () => {
  assert.deepEqual(parseSystemAnswer(writeSystemAnswer({ ref: "0m3x-a1", option: "yes" })), {
    ref: "0m3x-a1",
    option: "yes",
  });
  const answer = (attributes: string) => utf8(`<system-answer xmlns="${SYSTEM_MESSAGE_NAMESPACE}" ${attributes}/>`);
  for (const body of [answer(`ref="a"`), answer(`option="a"`), answer(`ref="a" option="-"`), xml("<text>x</text>")]) {
    assert.throws(() => parseSystemAnswer(body), SyntaxError);
  }
});

Deno.test("property: a message that was written is read back", () => {
  const id = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?$/);
  const words = (most: number) =>
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) =>
      // deno-lint-ignore no-control-regex
      text.trim() === text && text !== "" && text.length <= most && !/[\0-\x1f\ufffe\uffff]/.test(text)
    );
  const options = fc.uniqueArray(fc.record({ id, label: words(100) }, { noNullPrototype: true }), {
    selector: (one) => one.id,
    maxLength: SYSTEM_MESSAGE_LIMITS.options,
  }).filter((all) => all.length !== 1);
  const message = fc.record({
    id,
    text: words(2000),
    expires: fc.option(fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => s * 1000)),
    blocking: fc.boolean(),
    options,
  }, { noNullPrototype: true }).map((one): SystemMessageBody => ({
    ...one,
    blocking: one.blocking && one.options.length > 0,
    answer: systemAnswerMode(one.options.length),
  }));
  fc.assert(fc.property(message, (one) => assert.deepEqual(parseSystemMessage(writeSystemMessage(one)), one)));
});
