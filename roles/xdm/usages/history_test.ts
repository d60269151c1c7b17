import assert from "node:assert/strict";
import { outcomeOf, put, refused, SERVICE } from "./testing.ts";

const CONV = "org.openmobilealliance.conv-history", DEFERRED = "org.openmobilealliance.deferred-list";

function history(
  {
    ref = "h1",
    subject = "<subject>Tea</subject>",
    expiry = "<expiry>2027-01-01T00:00:00Z</expiry>",
    size = "12",
    name = "",
    from = "sip:bob@example.com",
  } = {},
): string {
  return `<history history-reference="${ref}"><size>${size}</size>${expiry}${subject}<date>2026-11-20</date><conference>` +
    `<time-start>2026-11-20T10:00:00Z</time-start>${name}<conf-list group-uri="sip:room@example.com"><entry uri="${from}"/></conf-list>` +
    `</conference></history>`;
}

function pager(status: string, ref = "d1"): string {
  return `<history history-reference="${ref}" p:status="${status}" xmlns:p="urn:parley:xml:delivery"><size>5</size><pager>` +
    `<time-stamp>2026-11-20T10:00:00Z</time-stamp><from>sip:bob@example.com</from><to>sip:alice@example.com</to></pager></history>`;
}

function list(...histories: string[]): string {
  return `<history-list xmlns="urn:oma:xml:im:history-list">\n  ${histories.join("\n  ")}\n</history-list>`;
}

const BEFORE = list(history(), history({ ref: "h2" }), history({ ref: "h3" }));

Deno.test("the user changes subject, expiry and recording-name, gives them and takes them away", () => {
  const named = "<recording-name>Work/Tea</recording-name>";
  for (
    const changed of [
      history({ subject: "<subject>Coffee</subject>" }),
      history({ subject: "" }),
      history({ expiry: "<expiry>2028-01-01T00:00:00Z</expiry>" }),
      history({ expiry: "" }),
      history({ name: named }),
      history({ name: named, subject: "", expiry: "" }),
    ]
  ) put(CONV, list(changed, history({ ref: "h2" }), history({ ref: "h3" })), { before: BEFORE });
  put(CONV, list(history()), { before: list(history({ name: named })) });
});

Deno.test("the user removes histories: any, all", () => {
  const [one, two, three] = [history(), history({ ref: "h2" }), history({ ref: "h3" })];
  for (const rest of [[two, three], [one, three], [one, two], [two], []]) put(CONV, list(...rest), { before: BEFORE });
  put(CONV, list(history({ ref: "h3", subject: "" })), { before: BEFORE });
});

Deno.test("white space that is the document's own is nobody's change", () => {
  put(CONV, BEFORE.replaceAll("<", "\n<").replace("\n<", "<"), { before: BEFORE });
});

for (
  const [what, text, phrase] of [
    [
      "a size",
      list(history({ size: "1" }), history({ ref: "h2" }), history({ ref: "h3" })),
      /history\[1\]\/size\[1\].*allowed: subject/,
    ],
    [
      "who took part",
      list(history({ from: "sip:mallory@example.com" })),
      /history\[1\]\/conference\[1\]\/conf-list\[1\]\/entry\[1\]/,
    ],
    [
      "a reference",
      list(history({ ref: "h9" }), history({ ref: "h2" }), history({ ref: "h3" })),
      /only the server adds or moves/,
    ],
    [
      "by adding one",
      list(history(), history({ ref: "h2" }), history({ ref: "h3" }), history({ ref: "h4" })),
      /history\[4\].*only the server adds/,
    ],
    ["the order", list(history({ ref: "h2" }), history(), history({ ref: "h3" })), /only the server adds or moves/],
    ["by taking a part away", list(history().replace(/<date>.*?<\/date>/, ""), history({ ref: "h2" })), /history\[1\]/],
    [
      "by an extension",
      list(history().replace("</history>", `<x:x xmlns:x="urn:x"/></history>`)),
      /x\[1\]: it is not the user's/,
    ],
    ["by an attribute", list(history().replace("<history ", `<history x:y="1" xmlns:x="urn:x" `)), /history\[1\]/],
  ] as const
) {
  Deno.test(`the user changes not ${what}`, () => {
    refused("constraint-failure", phrase, CONV, text, { before: BEFORE });
    put(CONV, text, { before: BEFORE, by: SERVICE });
  });
}

Deno.test("the user begins no history and changes not its root", () => {
  refused("constraint-failure", /only the server begins this document/, CONV, list());
  put(CONV, list(history()), { by: SERVICE });
  const before = `<deferred-list xmlns="urn:oma:xml:im:history-list">${pager("new")}</deferred-list>`;
  refused("constraint-failure", /the root is not the user's/, DEFERRED, list(pager("new")), { before });
});

Deno.test("deferred messages: both roots and both namespaces; the user changes no status, and may remove", () => {
  for (const ns of ["urn:oma:xml:im:history-list", "urn:oma:xml:im:deferred-list"]) {
    const text = (content: string) => `<deferred-list xmlns="${ns}">${content}</deferred-list>`;
    put(DEFERRED, text(pager("new")), { by: SERVICE });
    put(DEFERRED, text(""), { before: text(pager("new")) });
    refused("constraint-failure", /history\[1\]: it is not the user's/, DEFERRED, text(pager("retrieved")), {
      before: text(pager("new")),
    });
    assert.equal(outcomeOf(DEFERRED, text(pager("lost")), { by: SERVICE }), "schema-validation-error");
  }
  put(DEFERRED, list(pager("notified")), { by: SERVICE });
});

Deno.test("the schema: one of pager and conference, dates that are dates, references once", () => {
  const both = history().replace("<conference>", "<pager/><conference>");
  assert.equal(outcomeOf(CONV, list(both), { by: SERVICE }), "schema-validation-error");
  assert.equal(outcomeOf(CONV, list("<history/>"), { by: SERVICE }), "schema-validation-error");
  assert.equal(
    outcomeOf(CONV, list(history({ expiry: "<expiry>soon</expiry>" })), { by: SERVICE }),
    "schema-validation-error",
  );
  refused("uniqueness-failure", /history-reference "h1"/, CONV, list(history(), history()), { by: SERVICE });
  const most = Array.from({ length: 2001 }, (_, i) => history({ ref: `h${i}` }));
  refused("local", /more than 2000/, CONV, list(...most), { by: SERVICE });
});

/** A conversation by MESSAGE as the box writes it. */
function talk(name: string, ref = "h1"): string {
  return `<history history-reference="${ref}"><size>5</size><subject/><date>2026-11-20</date><pager>` +
    `<time-stamp>2026-11-20T10:00:00Z</time-stamp><from>sip:alice@example.com</from><to>sip:bob@example.com</to>` +
    `<recipient-list><entry uri="sip:bob@example.com"/></recipient-list>${name}` +
    `<p:time-end xmlns:p="urn:parley:xml:history">2026-11-20T11:00:00Z</p:time-end></pager></history>`;
}

const NAME = (text: string) => `<p:recording-name xmlns:p="urn:parley:xml:history">${text}</p:recording-name>`;

Deno.test("a conversation by MESSAGE has its name in our namespace: the user changes it, once, and nothing else of ours", () => {
  const before = list(talk(NAME("")));
  for (const name of ["", NAME("Work/Tea"), NAME(" ")]) put(CONV, list(talk(name)), { before });
  const ours = /pager\[1\]: it is not the user's/;
  refused("constraint-failure", ours, CONV, list(talk(NAME("a") + NAME("b"))), { before });
  assert.equal(
    outcomeOf(CONV, list(talk("<recording-name>Tea</recording-name>")), { before }),
    "schema-validation-error",
  );
  assert.equal(outcomeOf(CONV, list(talk(NAME("<b/>"))), { before }), "schema-validation-error");
  assert.equal(
    outcomeOf(CONV, list(talk(NAME("x").replace(" xmlns", ` a="1" xmlns`))), { before }),
    "schema-validation-error",
  );
  const later = talk(NAME("")).replace("11:00:00Z", "12:00:00Z");
  refused("constraint-failure", /time-end\[1\]: it is not the user's/, CONV, list(later), { before });
  refused("constraint-failure", /x\[1\]: it is not the user's/, CONV, list(talk(NAME("") + `<x:x xmlns:x="urn:x"/>`)), {
    before,
  });
});
