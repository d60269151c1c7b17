import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeSubscribers, subscriber } from "../../sip_core/testing/fake_storage.ts";
import type { Binding, LocationService } from "../../sip_core/mod.ts";
import { freeUserPart, generatedPassword, userPartOf } from "./generated.ts";
import { findUsers } from "./user_search.ts";

Deno.test("generated passwords are of four groups, easy to tell apart, and differ", () => {
  const made = Array.from({ length: 500 }, generatedPassword);
  for (const password of made) assert.match(password, /^(?:[a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
  assert.equal(new Set(made).size, made.length);
});

Deno.test("a user id is made of any name, and is one that nobody has", () => {
  assert.equal(userPartOf("Zoë de Vries"), "zoe.de.vries");
  assert.equal(userPartOf("  O'Neil--Straße "), "o.neil.strasse");
  assert.equal(userPartOf("李小龍"), "user");
  const taken = new Set(["bob", "bob2"]);
  assert.equal(freeUserPart("bob", (part) => taken.has(part)), "bob3");
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (name) => {
    assert.match(userPartOf(name), /^[a-z0-9](?:[a-z0-9.]{0,38}[a-z0-9])?$/);
  }));
});

const USERS = new FakeSubscribers([
  subscriber("sip:alice@example.test", "x", { displayName: "Alice Äpfel", e164: "+15551" }),
  subscriber("sip:bob@example.test", "x", { displayName: "Bob", state: "suspended" }),
  subscriber("sip:carol@example.test", "x", { displayName: "Carol" }),
]);

const LOCATION: LocationService = {
  bindings: (aor) => aor.includes("carol") ? [{} as Binding] : [],
  flowFailed: () => {},
  size: 1,
};

Deno.test("users are found by part of address, name or number, by state, by being online; page by page", () => {
  const find = (query: Partial<Parameters<typeof findUsers>[0]>) =>
    findUsers({ search: "", state: "", online: null, after: "", limit: 10, ...query }, USERS, LOCATION);
  const names = (query: Parameters<typeof find>[0]) => find(query).users.map(({ uri }) => uri.slice(4).split("@")[0]);
  assert.deepEqual(names({}), ["alice", "bob", "carol"]);
  assert.deepEqual(names({ search: "ÄPFEL" }), ["alice"]);
  assert.deepEqual(names({ search: "+1555" }), ["alice"]);
  assert.deepEqual(names({ search: "OB@EX" }), ["bob"]);
  assert.deepEqual(names({ state: "suspended" }), ["bob"]);
  assert.deepEqual(names({ online: true }), ["carol"]);
  assert.deepEqual(names({ online: false, state: "active" }), ["alice"]);
  const first = find({ limit: 2 });
  assert.equal(first.total, 3);
  assert.equal(first.next, "sip:bob@example.test");
  const second = find({ limit: 2, after: first.next });
  assert.deepEqual(second.users.map(({ uri }) => uri), ["sip:carol@example.test"]);
  assert.equal(second.next, "");
  assert.equal(second.total, 3);
});
