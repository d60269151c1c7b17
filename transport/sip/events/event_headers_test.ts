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

Deno.test("a type that has to be named is admitted by no range, and not where the first is wanted more (RFC 5263 §4.2, §4.3)", () => {
  const [plain, diff] = ["application/pidf+xml", "application/pidf-diff+xml"];
  const cases: [string[], string[]][] = [
    [["*/*"], [plain]],
    [["application/*"], [plain]],
    [[plain, diff], [plain, diff]],
    [[`${plain};q=0.3`, `${diff};q=1`], [plain, diff]],
    [[plain, `${diff};q=0.5`], [plain]],
    [["*/*;q=0.1", diff], [plain, diff]],
    [[diff], [diff]],
    [[`${diff};q=0`, "*/*"], [plain]],
  ];
  for (const [accept, expected] of cases) {
    assert.deepEqual(acceptable([plain, diff], accept, [diff]), expected, accept.join());
  }
});

Deno.test("Event in text and out of it", () => {
  assert.equal(tryEvent("presence;id=4")?.id, "4");
  assert.equal(tryEvent("presence.winfo")?.package, "presence.winfo");
  for (const text of [undefined, "", "a b", ";id=1"]) assert.equal(tryEvent(text), null);
  assert.equal(eventText("reg", ""), "reg");
  assert.equal(eventText("reg", "7"), "reg;id=7");
  assert.equal(mediaType("Application/PIDF+xml ; charset=utf-8"), "application/pidf+xml");
});
