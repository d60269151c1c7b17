import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { Exchange, plainEgress } from "../sip_core/mod.ts";
import { CoreWorld } from "../sip_core/testing/core_world.ts";
import { partiesOf, sessionMessage } from "./session_message.ts";
import { DEFAULT_DEFERRAL, headerIn, mayDefer, storedMessage } from "./stored_message.ts";

const BOB = "sip:bob@example.test";

function invited(headers: string): Exchange {
  const world = new CoreWorld();
  const received = world.receive({
    method: "INVITE",
    uri: BOB,
    from: "sip:alice@example.test",
    headers: `Contact: <sip:alice@198.51.100.9>\r\n${headers}`,
    body: "v=0\r\n",
  });
  const exchange = new Exchange(received);
  exchange.identity = { aor: "sip:alice@example.test", displayName: "", number: "" };
  return exchange;
}

function storedLines(headers: string): string[] {
  const parties = partiesOf(invited(headers), BOB, 0, DEFAULT_DEFERRAL, plainEgress, "session");
  const parts = {
    mode: "session",
    messageId: "m1",
    contentType: "text/plain",
    body: utf8("hi"),
    content: null,
  } as const;
  const { headers: text } = sessionMessage(parties, parts, 0);
  assert.ok(text.endsWith("\r\n"));
  return text.slice(0, -2).split("\r\n");
}

Deno.test("what describes the INVITE is not stored with its messages, however it is spelled", () => {
  const lines = storedLines(
    "c: application/sdp\r\nE: identity\r\nk: timer\r\nx: 1800\r\nDate : Mon, 01 Jan 2024 00:00:00 GMT\r\n" +
      "Accept : application/sdp\r\nContent-Id: <sdp>\r\nReplaces: a;to-tag=b;from-tag=c\r\ns: lunch\r\nX-Kept: yes\r\n",
  );
  assert.deepEqual(lines.slice(2), [
    "s: lunch",
    "X-Kept: yes",
    "Date: Thu, 01 Jan 1970 00:00:00 GMT",
    "Content-Type: text/plain",
  ]);
});

Deno.test("a folded line that is left out leaves nothing behind: no value for the line before it", () => {
  const lines = storedLines(
    "P-Asserted-Identity: <sip:alice@example.test>\r\nAccept: a/b\r\n , <sip:boss@example.test>\r\n",
  );
  assert.ok(lines.includes("P-Asserted-Identity: <sip:alice@example.test>"));
  assert.ok(!lines.join().includes("boss"));
});

Deno.test("stored lines are not folded, and those of the box are nobody else's", () => {
  const exchange = invited('Subject: one\r\n\ttwo\r\nParley-File: name:"x"\r\nparley-file-date : never\r\n');
  const { headers } = storedMessage(exchange, BOB, "", 0, DEFAULT_DEFERRAL, plainEgress);
  assert.equal(headerIn(headers, "Subject"), "one two");
  assert.doesNotMatch(headers, /\r\n[ \t]|parley/i);
});

Deno.test("Expires: 0 is 0 with any number of digits", () => {
  for (const [text, may] of [["0", false], ["000", false], ["01", true], ["", true]] as const) {
    assert.equal(mayDefer(invited(text === "" ? "" : `Expires: ${text}\r\n`).request), may, text);
  }
});
