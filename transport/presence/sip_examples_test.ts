/** The SIP messages of the examples: what they say, and what of them is no SIP as it is printed. */
import assert from "node:assert/strict";
import {
  type EventHeader,
  parseEvent,
  parseMessage,
  parseSubscriptionState,
  type SipRequest,
  type SipResponse,
} from "../sip/mod.ts";
import examples from "./testdata/sip_examples.json" with { type: "json" };

type Message = SipRequest | SipResponse;

function parsed(text: string): Message {
  return parseMessage(`${text.replaceAll("\n", "\r\n")}\r\n\r\n`);
}

/** With what the RFCs leave to the reader: a length, or header lines. The bodies are vectors of their own. */
function mended(text: string, cseq: number): string {
  const method = /^[A-Z]+ /.test(text) ? text.slice(0, text.indexOf(" ")) : "PUBLISH";
  return text
    .replace(/^SUBSCRIBE {2}/, "SUBSCRIBE ")
    .replace(/^Content-Length: (?:\.\.\.|[1-9][0-9]*)$/m, "Content-Length: 0")
    .replace(
      /^\.\.\.$/m,
      "Via: SIP/2.0/TCP pua.example.com;branch=z9hG4bK1\nTo: <sip:resource@example.com>\n" +
        `From: <sip:someone@example.com>;tag=1\nCall-ID: 1@pua.example.com\nCSeq: ${cseq} ${method}\nMax-Forwards: 70`,
    );
}

Deno.test("every SIP message of the RFCs is read, but for what no message is as it is printed", () => {
  const refused = new Map<string, string[]>();
  for (const { from, number, text } of examples) {
    const problem = parsed(text).check();
    if (problem === null) continue;
    assert.equal(problem.status, 400);
    refused.set(problem.reason, [...refused.get(problem.reason) ?? [], `${from} ${number}`]);
    assert.equal(parsed(mended(text, number)).check(), null, `${from} ${number}`);
  }
  assert.deepEqual(Object.fromEntries(refused), {
    "Content-Length is not a number": [
      "RFC 3856 3",
      "RFC 3856 5",
      "RFC 3857 2",
      "RFC 3857 5",
      "RFC 3857 7",
      "RFC 5263 3",
      "RFC 5263 5",
    ],
    // Their bodies are vectors of their own.
    "Body shorter than Content-Length": ["RFC 4662 3", "RFC 4662 11", "RFC 4662 13"],
    "Header line without a name and a colon": ["RFC 5264 1", "RFC 5264 2", "RFC 5264 3", "RFC 5264 4"],
    "More than one blank between the parts of the request line": ["RFC 5367 1"],
  });
});

function message(from: string, number: number): Message {
  return parsed(mended(examples.find((one) => one.from === from && one.number === number)!.text, number));
}

function eventOf(message: Message): EventHeader["package"] {
  return parseEvent(message.get("Event")!).package;
}

function accepted(message: Message): string[] {
  return message.list("Accept");
}

/** Package, and what the state of the subscription is and for how long. */
function told(message: Message): [string, string, number | undefined] {
  const { state, expires } = parseSubscriptionState(message.get("Subscription-State")!);
  return [eventOf(message), state, expires];
}

/** The flow of an RFC: the answers belong to the requests before them. */
function assertDialog(
  from: string,
  subscribe: number,
  answer: number,
  ...notifies: readonly (readonly number[])[]
): void {
  const ask = message(from, subscribe), accept = message(from, answer) as SipResponse;
  assert.equal(accept.status, 200);
  for (const [number, answered] of notifies) {
    const notify = message(from, number);
    assert.equal(notify.callId, ask.callId);
    assert.deepEqual([notify.from.tag, notify.to.tag], [accept.to.tag, ask.from.tag]);
    const final = message(from, answered) as SipResponse;
    assert.deepEqual([final.status, final.cseq, final.callId], [200, notify.cseq, notify.callId]);
  }
}

Deno.test("RFC 3856 §8: SUBSCRIBE and two NOTIFYs", () => {
  const subscribe = message("RFC 3856", 1);
  assert.deepEqual([eventOf(subscribe), accepted(subscribe), subscribe.get("Expires")], ["presence", [
    "application/pidf+xml",
  ], "600"]);
  assert.deepEqual([3, 5].map((number) => told(message("RFC 3856", number))), [
    ["presence", "active", 599],
    ["presence", "active", 543],
  ]);
  assertDialog("RFC 3856", 1, 2, [3, 4], [5, 6]);
});

Deno.test("RFC 3857 §1: a subscription to watcher information; its NOTIFY says no state", () => {
  const [subscribe, notify] = [message("RFC 3857", 1), message("RFC 3857", 2)];
  assert.deepEqual([eventOf(subscribe), eventOf(notify)], ["presence.winfo", "presence.winfo"]);
  assert.equal(notify.get("Content-Type"), "application/watcherinfo+xml");
  assert.equal(notify.get("Subscription-State"), undefined);
});

Deno.test("RFC 3857 §5: Joe's subscription to presence.winfo", () => {
  assert.equal(eventOf(message("RFC 3857", 3)), "presence.winfo");
  assert.deepEqual(accepted(message("RFC 3857", 3)), []);
  assert.deepEqual([5, 7].map((number) => told(message("RFC 3857", number))), [
    ["presence.winfo", "active", undefined],
    ["presence.winfo", "active", undefined],
  ]);
  assertDialog("RFC 3857", 3, 4, [5, 6], [7, 8]);
});

const LIST_TYPES = [
  "application/pidf+xml",
  "application/rlmi+xml",
  "multipart/related",
  "multipart/signed",
  "application/pkcs7-mime",
];

Deno.test("RFC 4662 §6: a list, and what its server asks of others", () => {
  for (const number of [1, 5, 9]) {
    const subscribe = message("RFC 4662", number);
    assert.deepEqual(accepted(subscribe), LIST_TYPES);
    assert.deepEqual(subscribe.list("Supported"), ["eventlist"]);
  }
  assert.deepEqual(message("RFC 4662", 2).list("Require"), ["eventlist"]);
  assert.deepEqual([3, 7, 11, 13].map((number) => [...told(message("RFC 4662", number))]), [
    ["presence", "active", 7200],
    ["presence", "pending", 3600],
    ["presence", "active", 3600],
    ["presence", "active", 7200],
  ]);
  for (const number of [3, 7, 11, 13]) {
    assert.deepEqual(message("RFC 4662", number).list("Require"), ["eventlist"], `step ${number}`);
  }
  assertDialog("RFC 4662", 1, 2, [3, 4], [13, 14]);
  assertDialog("RFC 4662", 5, 6, [7, 8]);
  assertDialog("RFC 4662", 9, 10, [11, 12]);
});

Deno.test("RFC 5263 §5: a watcher that would rather have differences", () => {
  assert.deepEqual(accepted(message("RFC 5263", 1)), ["application/pidf+xml;q=0.3", "application/pidf-diff+xml;q=1"]);
  for (const number of [3, 5]) {
    assert.equal(message("RFC 5263", number).get("Content-Type"), "application/pidf-diff+xml");
  }
  assert.deepEqual(told(message("RFC 5263", 5)), ["presence", "active", 3543]);
  assertDialog("RFC 5263", 1, 2, [3, 4], [5, 6]);
});

Deno.test("RFC 5264 §6: a publication and its change", () => {
  const said = (number: number) =>
    (["Event", "SIP-If-Match", "SIP-ETag", "Content-Type"] as const).map((name) =>
      message("RFC 5264", number).get(name)
    );
  assert.deepEqual([1, 2, 3, 4].map(said), [
    ["presence", undefined, undefined, "application/pidf-diff+xml"],
    [undefined, undefined, "61763862389729", undefined],
    ["presence", "61763862389729", undefined, "application/pidf-diff+xml"],
    [undefined, undefined, "18764920981476", undefined],
  ]);
});

Deno.test("RFC 5367 §7: a subscription that brings its list", () => {
  const subscribe = message("RFC 5367", 1);
  assert.deepEqual(
    [subscribe.list("Require"), subscribe.list("Supported"), subscribe.get("Content-Disposition")],
    [["recipient-list-subscribe"], ["eventlist"], "recipient-list"],
  );
  assert.equal(subscribe.get("Content-Type"), "application/resource-lists+xml");
  assert.ok(accepted(subscribe).includes("application/rlmi+xml"));
});
