/** Filters of presence (RFC 4660, 4661), through SUBSCRIBE and NOTIFY. */
import assert from "node:assert/strict";
import { inShort, person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const TYPE = "application/simple-filter+xml";

function filter(content: string, more = 'id="1"'): readonly [string, string] {
  return [
    TYPE,
    `<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"><ns-bindings>
      <ns-binding prefix="p" urn="urn:ietf:params:xml:ns:pidf"/>
      <ns-binding prefix="dm" urn="urn:ietf:params:xml:ns:pidf:data-model"/>
      <ns-binding prefix="rpid" urn="urn:ietf:params:xml:ns:pidf:rpid"/></ns-bindings>
      <filter ${more}>${content}</filter></filter-set>`,
  ];
}

const STATUS = filter('<what><include type="xpath">/p:presence/p:tuple/p:status/p:basic</include></what>');
const NOTHING = filter('<what><include type="xpath">/p:presence/p:note</include></what>');
const OPENS = filter(
  '<trigger><changed from="closed" to="open">/p:presence/p:tuple/p:status/p:basic</changed></trigger>',
);

async function filtered(body: readonly [string, string], accept?: string) {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open", "<note>here</note>") + person("busy"));
  const answer = world.ask({ body, accept });
  assert.equal(answer.status, 200, answer.head);
  const [first] = await world.after();
  return { world, first, toTag: answer.toTag };
}

Deno.test("a watcher is told what a filter leaves, and only of changes in it", async () => {
  const { world, first } = await filtered(STATUS, "application/pidf+xml, application/pidf-diff+xml");
  assert.deepEqual(inShort([first]), ["d1 active open"]);
  assert.equal(first.type, "application/pidf+xml");
  assert.doesNotMatch(first.text, /here|busy/);
  world.publish("bob", tuple("open", "<timestamp>2026-01-01T00:00:02Z</timestamp>") + person("away"));
  assert.deepEqual(await world.after(6000), []);
  world.publish("bob", tuple("closed") + person("away"));
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active closed"]);
});

Deno.test("that something in a filter became so at another time is no change in it", async () => {
  const at = (second: number) => tuple("open", `<timestamp>2026-01-01T00:00:0${second}Z</timestamp>`);
  const { world } = await filtered(filter("<what><include>/p:presence/p:tuple</include></what>"));
  world.publish("bob", at(1) + person("away"));
  assert.equal((await world.after(6000)).length, 1, "the note is gone");
  world.publish("bob", at(2) + person("meal"));
  assert.deepEqual(await world.after(6000), []);
});

Deno.test("where nothing is left the NOTIFY has no body, once", async () => {
  const { world, first } = await filtered(NOTHING);
  assert.deepEqual([first.type, first.text], ["", ""]);
  assert.notEqual(first.etag, "");
  world.publish("bob", tuple("closed"));
  assert.deepEqual(await world.after(6000), []);
  world.publish("bob", tuple("closed") + "<note>gone</note>");
  const [told] = await world.after(6000);
  assert.match(told.text, /gone/);
  world.publish("bob", tuple("closed"));
  const [empty] = await world.after(6000);
  assert.deepEqual([empty.type, empty.text], ["", ""]);
});

Deno.test("triggers say when; after a SUBSCRIBE there is always an answer", async () => {
  const { world, first, toTag } = await filtered(OPENS);
  assert.deepEqual(inShort([first]), ["d1 active open busy"]);
  world.publish("bob", tuple("closed") + person("busy"));
  world.publish("bob", tuple("closed") + person("meal"));
  assert.deepEqual(await world.after(6000), []);
  world.ask({ callId: "d1", toTag, cseq: 2 });
  assert.deepEqual(inShort(await world.after()), ["d1 active closed meal"]);
  world.publish("bob", tuple("open") + person("meal"));
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active open meal"]);
});

Deno.test("filters of a SUBSCRIBE that goes on are added, replaced, taken away; a bad one changes nothing", async () => {
  const { world, toTag } = await filtered(STATUS);
  const ask = (cseq: number, body?: readonly [string, string]) => world.ask({ callId: "d1", toTag, cseq, body });
  assert.equal(ask(2).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 active open"]);
  assert.equal(ask(3, filter("<what><include>/x:a</include></what>")).status, 488);
  assert.equal(ask(4, filter("", 'id="9"')).status, 488);
  assert.equal(ask(5, filter("", 'id="1" enabled="false"')).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 active open busy"]);
  assert.equal(ask(6, filter("", 'id="1" enabled="true"')).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 active open"]);
  assert.equal(ask(7, filter("", 'id="1" remove="true"')).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 active open busy"]);
});

Deno.test("who leaves may, whatever he says of filters", async () => {
  const { world, toTag, first } = await filtered(STATUS);
  const more = `Suppress-If-Match: x${first.etag}\r\n`;
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 2, expires: 0, body: [TYPE, "<x/>"], more }).status, 200);
  assert.deepEqual(inShort(await world.after()), ["d1 terminated;reason=timeout open"]);
});

Deno.test("the tag is that of what the filter leaves (RFC 5839)", async () => {
  const { world, first, toTag } = await filtered(STATUS);
  world.publish("bob", tuple("open", "<timestamp>2026-01-01T00:00:02Z</timestamp>") + person("away"));
  await world.after(6000);
  const more = `Suppress-If-Match: ${first.etag}\r\n`;
  const other = filter("<what/>", 'id="2"');
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 2, more }).status, 204);
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 3, more, body: other }).status, 488, "for the same resource");
  const all = filter("<what/>");
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 4, more, body: all }).status, 200);
  const [told] = await world.after();
  assert.notEqual(told.etag, first.etag);
});

Deno.test("a filter shows nothing that rules hide", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open") + person("busy"));
  world.rule("bob", "alice", "polite-block");
  world.ask({ body: filter("<what><include>/p:presence/dm:person</include></what>") });
  const [{ text }] = await world.after();
  assert.equal(text, "");
});
