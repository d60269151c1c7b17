import assert from "node:assert/strict";
import { acceptable, eventText, mediaType, tryEvent } from "./event_headers.ts";

Deno.test("Accept: exact types, ranges, q=0, and the order of what is offered (RFC 3261 §20.1)", () => {
  const offered = ["application/pidf+xml", "application/xpidf+xml", "text/plain"];
  const cases: [string[], string[]][] = [
    [[], offered],
    [["text/plain", "APPLICATION/PIDF+XML"], ["application/pidf+xml", "text/plain"]],
    [["application/*"], ["application/pidf+xml", "application/xpidf+xml"]],
    [["*/*"], offered],
    [["*/*", "text/plain;q=0"], ["application/pidf+xml", "application/xpidf+xml"]],
    [["application/*;q=0.0", "application/pidf+xml;q=0.5"], ["application/pidf+xml"]],
    [["image/png"], []],
  ];
  for (const [accept, expected] of cases) assert.deepEqual(acceptable(offered, accept), expected, accept.join());
});

Deno.test("Event in text and out of it", () => {
  assert.equal(tryEvent("presence;id=4")?.id, "4");
  assert.equal(tryEvent("presence.winfo")?.package, "presence.winfo");
  for (const text of [undefined, "", "a b", ";id=1"]) assert.equal(tryEvent(text), null);
  assert.equal(eventText("reg", ""), "reg");
  assert.equal(eventText("reg", "7"), "reg;id=7");
  assert.equal(mediaType("Application/PIDF+xml ; charset=utf-8"), "application/pidf+xml");
});
