import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { toLatin1, utf8 } from "../../../foundation/mod.ts";
import { ConversationsWorld } from "../testing/conversations_world.ts";
import { ALICE, BOB, wrapped } from "../testing/messages.ts";

const EVIL = `<script>alert("1")</script><img src=x onerror='x()'>&amp;\u0000</p></body>`;

async function exported(world: ConversationsWorld, reference: string, format: "json" | "html", language = "en") {
  const file = world.conversations.export(ALICE, reference, format, { language, zone: "Europe/Oslo" })!;
  return { ...file, text: await new Response(file.stream).text() };
}

Deno.test("as JSON: everything that is kept, text as text, everything else octet for octet", async () => {
  await using world = await ConversationsWorld.open();
  const octets = Uint8Array.from({ length: 400_001 }, (_, i) => i * 7);
  const text = "ä".repeat(200_000);
  const reference = await world.record([
    EVIL,
    {
      body: wrapped("grüß"),
      contentType: "message/cpim",
      messageId: "m-2",
      headers: "Content-Disposition: render\r\n",
    },
    { body: Uint8Array.of(255, 0, 254, 1), contentType: "image/png", file: "cat.png" },
    { content: await world.content(octets), contentType: "application/zip", file: "all.zip" },
    { content: await world.content(utf8(text)) },
    "",
  ], { subject: "Plans" });
  const { text: json, content_type, file_name } = await exported(world, reference, "json");
  equal(content_type, "application/json");
  match(file_name, /^Plans 2026-01-01\.json$/);
  const { messages, ...facts } = JSON.parse(json);
  deepEqual([facts.reference, facts.owner, facts.with, facts.expires_at], [reference, ALICE, BOB, null]);
  deepEqual(messages.map((one: { encoding: string }) => one.encoding), [
    "utf-8",
    "utf-8",
    "base64",
    "base64",
    "base64",
    "utf-8",
  ]);
  equal(messages[0].body, EVIL);
  equal(messages[1].body, new TextDecoder().decode(wrapped("grüß")));
  deepEqual([messages[1].message_id, messages[1].headers], ["m-2", ["Content-Disposition: render"]]);
  deepEqual(Uint8Array.fromBase64(messages[2].body), Uint8Array.of(255, 0, 254, 1));
  ok(toLatin1(Uint8Array.fromBase64(messages[3].body)) === toLatin1(octets));
  ok(new TextDecoder().decode(Uint8Array.fromBase64(messages[4].body)) === text);
  equal(messages[5].body, "");
});

Deno.test("as a page: every word as text, nothing runs, nothing is loaded", async () => {
  await using world = await ConversationsWorld.open();
  const long = `${"long ".repeat(10_000)}${EVIL}`;
  const reference = await world.record([
    { body: utf8(EVIL), from: { uri: BOB, name: EVIL } },
    { body: wrapped("in a wrapper", "text/plain"), contentType: "message/cpim", from: { uri: ALICE, name: "Alice" } },
    { content: await world.content(utf8(long)) },
    { body: utf8("<b>bold</b>"), contentType: "text/html" },
    { body: Uint8Array.of(1, 2, 3), contentType: `image/png"><script>`, file: `"><script>.png` },
  ], { subject: EVIL, parties: [{ uri: ALICE, name: "Alice" }, { uri: BOB, name: EVIL }] });
  const { text, content_type } = await exported(world, reference, "html");
  equal(content_type, "text/html; charset=utf-8");
  match(text, /^<!DOCTYPE html>/);
  match(text, /default-src 'none'/);
  const tags = new Set([...text.matchAll(/<(\w+)/g)].map(([, name]) => name));
  const ours = "html head meta title style body main h1 dl dt dd bdi h2 article header b span time p".split(" ");
  deepEqual([...tags].filter((name) => !ours.includes(name)), []);
  ok(!text.includes("\u0000"));
  equal([...text.matchAll(/<article/g)].length, 5);
  equal([...text.matchAll(/<article class="own"/g)].length, 1);
  for (const part of ["in a wrapper", "bold", "&lt;script&gt;alert(&quot;1&quot;)", "long long", "3 B"]) {
    ok(text.includes(part), part);
  }
  match(text, /<dd><bdi>Alice \(alice@example\.test\)<\/bdi><\/dd>/);
  match((await exported(world, reference, "html", "de")).text, /<html lang="de">[^]*Aufgezeichnet von/);
  ok(text.endsWith("</html>\n"));
});

Deno.test("an export reads as fast as it is read, and ends where the conversation goes", async () => {
  await using world = await ConversationsWorld.open();
  const octets = Uint8Array.from({ length: 300_000 }, (_, i) => i);
  const messages = [];
  for (let i = 0; i < 12; i++) messages.push({ content: await world.content(octets), contentType: "image/png" });
  const reference = await world.record(messages);
  let read = 0;
  const { read: readContent } = world.contents;
  world.contents.read = function (...given) {
    read++;
    return readContent.apply(world.contents, given);
  };
  const { stream } = world.conversations.export(ALICE, reference, "json", { language: "en", zone: "" })!;
  equal(read, 0);
  const reader = stream.getReader();
  for (let i = 0; i < 6; i++) await reader.read();
  ok(read <= 3, `${read} reads`);
  await world.conversations.remove(ALICE, [reference]);
  await rejects(async () => {
    while (!(await reader.read()).done);
  });
  equal(world.contents.octets, 0);
});

Deno.test("what is said to one of a room alone is told so, in what zone times are as well", async () => {
  await using world = await ConversationsWorld.open();
  const room = "sip:chess@example.test";
  const reference = await world.record([{ to: room, body: utf8("to all") }, { to: ALICE, body: utf8("to one") }], {
    kind: "room",
    with: room,
    group: { uri: room, name: "Chess Club" },
  });
  const { text } = await exported(world, reference, "html");
  equal([...text.matchAll(/<span>to <bdi>alice@example\.test/g)].length, 1);
  match(text, /Chess Club \(chess@example\.test\)/);
  match(text, /Europe\/Oslo/);
});
