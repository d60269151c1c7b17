import { deepEqual, equal, ok } from "node:assert/strict";
import { EMOTICONS, findEmoticons } from "./emoticons.ts";
import { linkify } from "./linkify.ts";
import { pointerOf } from "./pointer.ts";

function links(text: string): string[] {
  const tokens = linkify(text);
  equal(tokens.map((token) => token.text).join(""), text, "nothing of the text is lost");
  return tokens.filter((token) => token.kind === "link").map((token) => token.href);
}

Deno.test("a link is found in its sentence, without the end of it", () => {
  deepEqual(links("See https://a.test/x. And (http://b.test/y_(z))!"), ["https://a.test/x", "http://b.test/y_(z)"]);
  deepEqual(links("https://a.test"), ["https://a.test/"]);
  deepEqual(links("»https://a.test/ü?q=1#x«, [https://b.test]"), ["https://a.test/%C3%BC?q=1#x", "https://b.test/"]);
});

Deno.test("only http and https that show where they lead are links", () => {
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "https://user:secret@evil.test/",
      "https://good.test@evil.test/",
      "xhttps://a.test",
      "https://",
      "http://[::1",
      `https://a.test/${"x".repeat(3000)}`,
    ]
  ) deepEqual(links(text), [], text);
});

Deno.test("a link ends before what is not seen or turns the line", () => {
  deepEqual(links("https://a.test/\u202ecod.exe"), ["https://a.test/"]);
  deepEqual(links("https://a\u200bb.test"), ["https://a/"]);
});

Deno.test("a host in other letters, or in their stand-in, is told in ASCII", () => {
  const [cyrillic] = linkify("https://раураl.test/login");
  ok(cyrillic.kind === "link" && !cyrillic.plain && cyrillic.host.startsWith("xn--"));
  const [standIn] = linkify("http://xn--80ak6aa92e.com/");
  ok(standIn.kind === "link" && !standIn.plain);
  const [plain] = linkify("https://Example.test:8443/x");
  ok(plain.kind === "link" && plain.plain);
});

Deno.test("a giant text is parted in time, with a bounded number of links", () => {
  const began = performance.now();
  const tokens = linkify("https://a.test/x ".repeat(20_000));
  equal(tokens.filter(({ kind }) => kind === "link").length, 100);
  linkify("https://".repeat(50_000));
  linkify(`https://a.test/${")".repeat(50_000)}`);
  findEmoticons(":".repeat(200_000));
  findEmoticons(" :-)".repeat(50_000));
  ok(performance.now() - began < 2000);
});

Deno.test("content that lies elsewhere is known by its name, pages are not", () => {
  deepEqual(pointerOf("https://a.test/f/My%20photo.JPG?x=1"), {
    kind: "picture",
    name: "My photo.JPG",
    host: "a.test",
    href: "https://a.test/f/My%20photo.JPG?x=1",
  });
  equal(pointerOf("https://a.test/f/a%E2%80%AEfdp.exe")?.name, "afdp.exe");
  equal(pointerOf("https://a.test/f/%E0%A4%A.pdf")?.kind, "document");
  equal(pointerOf("https://a.test/about"), null);
  equal(pointerOf("https://a.test/"), null);
});

Deno.test("every emoticon is found by each of its texts, and no text is that of two", () => {
  const forms = EMOTICONS.flatMap((one) => one.forms.map((form) => [form, one.name] as const));
  equal(new Set(forms.map(([form]) => form)).size, forms.length);
  for (const [form, name] of forms) {
    for (const text of [form, `so ${form} it is`, `yes, ${form}!`, `a\n${form}\nb`]) {
      const found = findEmoticons(text);
      equal(found.map((token) => token.text).join(""), text);
      deepEqual(found.filter((token) => token.kind === "emoticon").map((token) => token.emoticon.name), [name], text);
    }
  }
});

Deno.test("what only has an emoticon in it is none", () => {
  for (const text of ["http://a.test", "10:00", "(a:b)", "f(x:)", "https://x.test/:-)", "a<3b", "C:\\x", "x:-)y"]) {
    ok(findEmoticons(text).every(({ kind }) => kind === "text"), text);
  }
});

Deno.test("all emoticons that the requirement names are there", () => {
  equal(EMOTICONS.length, 29);
});
