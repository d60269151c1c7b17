import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { locationText, partOf, placeIn, safeName } from "./message_part.ts";

Deno.test("names of files say what they are: no path, no controls, no change of direction, an end that is seen", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["holiday.jpg", "holiday.jpg"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\x\\a.txt", "a.txt"],
    ["cod\u202egpj.exe", "codgpj.exe"],
    ["a\u0000b\r\n.txt", "ab.txt"],
    ["\u200b\u2066", "file"],
    ["..", "file"],
    ["", "file"],
    ["\ud800.txt", "\ufffd.txt"],
  ];
  for (const [name, safe] of cases) assert.equal(safeName(name), safe);
  const long = safeName("ä".repeat(400) + ".tar.gz");
  assert.ok(long.length <= 150 && long.endsWith("….gz"), long);
});

Deno.test("what a message shows goes by its type; markup is shown as the words that are in it", () => {
  const text = (type: string, body: string) => partOf(type, utf8(body), body);
  assert.deepEqual(text("Text/Plain; charset=utf-8", "<b>hi</b>"), { kind: "text", text: "<b>hi</b>" });
  assert.deepEqual(
    text("text/html", "<p>a &lt;b&gt;</p><script>alert(1)</script>c<br>d<img src=x onerror=alert(1)><script>e"),
    { kind: "text", text: "a <b>\nc\nd" },
  );
  assert.deepEqual(partOf("application/x-thing", utf8("abc"), ""), {
    kind: "unreadable",
    type: "application/x-thing",
    size: 3,
  });
  // A picture that may run something is none.
  assert.equal(partOf("image/svg+xml", utf8("<svg/>"), "").kind, "unreadable");
  assert.equal(partOf("image/png", utf8("x"), "").kind, "picture");
});

Deno.test("a place goes there and back; what tells no place, or is no XML, is none", () => {
  const place = { latitude: 59.91, longitude: 10.75, radius: 0, place: "" };
  assert.deepEqual(placeIn(locationText("sip:alice@example.test", place)), { kind: "location", ...place });
  const around = placeIn(locationText("sip:alice@example.test", { ...place, radius: 50, place: "Oslo" }));
  assert.deepEqual([around?.radius, around?.latitude], [50, 59.91]);
  assert.match(around!.place, /Oslo/);
  for (const bad of ["", "<presence", "<a/>", '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"/>']) {
    assert.equal(placeIn(bad), null, bad);
    assert.equal(partOf("application/pidf+xml", utf8(bad), "").kind, "unreadable");
  }
});
