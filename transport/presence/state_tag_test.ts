import assert from "node:assert/strict";
import fc from "fast-check";
import { isToken } from "../sip/mod.ts";
import { stateTag } from "./state_tag.ts";
import { ALL, composed, rights } from "./testing.ts";

Deno.test("a tag is a token, always the same for the same state", () => {
  assert.equal(stateTag(), stateTag());
  assert.equal(stateTag("a", "b"), stateTag("a", "b"));
  // Watchers keep it over a restart and an update of the service.
  assert.equal(stateTag("presence"), PRESENCE_TAG);
  fc.assert(
    fc.property(
      fc.array(fc.string()),
      (texts) => assert.ok(isToken(stateTag(...texts)) && stateTag(...texts).length === 28),
    ),
  );
});

const PRESENCE_TAG = "0zw6zsp1t0iqte1rf48c40atpj1o";

Deno.test("another state has another tag: small changes, other boundaries, other orders", () => {
  const seen = new Map<string, string>();
  const take = (...texts: string[]) => {
    const key = JSON.stringify(texts);
    const tag = stateTag(...texts);
    assert.equal(seen.get(tag) ?? key, key);
    seen.set(tag, key);
  };
  for (let i = 0; i < 20_000; i++) take(`<tuple id="t"><status><basic>open</basic></status><note>${i}</note></tuple>`);
  for (let i = 0; i < 256; i++) for (let j = 0; j < 64; j++) take(String.fromCharCode(i) + String.fromCharCode(j));
  const text = "abcdefgh".repeat(8);
  for (let i = 0; i <= text.length; i++) take(text.slice(0, i), text.slice(i));
  take();
  take("");
  take("", "");
  for (let i = 2; i < 200; i++) take("\0".repeat(i));
  const quarter = (part: number) => new Set([...seen.keys()].map((tag) => tag.slice(7 * part, 7 * part + 7))).size;
  for (let part = 0; part < 4; part++) assert.ok(quarter(part) > seen.size - 10, `${quarter(part)} of ${seen.size}`);
});

Deno.test("views: the time of a publication is no other state, and who sees other things has another tag", () => {
  const tuple = (basic: string, time: string) =>
    `<tuple id="t"><status><basic>${basic}</basic></status><contact>sip:a@b</contact><timestamp>${time}</timestamp></tuple>`;
  const view = (basic: string, time: string) => composed(tuple(basic, time)).view(ALL);
  const first = view("open", "2026-11-21T10:00:00Z"), later = view("open", "2026-11-21T11:00:00Z");
  assert.ok(first.saysSameAs(later) && first.text !== later.text);
  assert.equal(first.tag, later.tag);
  assert.notEqual(first.tag, view("closed", "2026-11-21T10:00:00Z").tag);
  const composition = composed(
    tuple("open", "2026-11-21T10:00:00Z").replace("<timestamp>", "<note>n</note><timestamp>"),
  );
  assert.notEqual(composition.view(rights({ services: "all" })).tag, composition.view(ALL).tag);
  assert.ok(isToken(first.tag));
});
