import assert from "node:assert/strict";
import fc from "fast-check";
import { ExpiryWheel } from "./expiry_wheel.ts";
import { ChangeLog } from "./change_log.ts";
import { credentialsFor } from "./credentials.ts";

Deno.test("whatever is scheduled in whatever order is looked at once, at its earliest second and not before", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 50 })), { maxLength: 60 }), (plan) => {
    const wheel = new ExpiryWheel<{ checkAt: number; name: number }>(0);
    const entries = Array.from({ length: 10 }, (_, name) => ({ checkAt: 0, name }));
    const earliest = new Map<number, number>();
    for (const [name, second] of plan) {
      wheel.schedule(entries[name], second);
      earliest.set(name, Math.min(earliest.get(name) ?? Infinity, second));
    }
    const looked = new Map<number, number>();
    for (let now = 1; now <= 60; now++) {
      wheel.turn(now + 0.5, ({ name }) => {
        assert.ok(!looked.has(name));
        looked.set(name, now);
      });
    }
    assert.deepEqual([...looked].sort(), [...earliest].sort());
  }));
});

Deno.test("an entry that is put off when looked at comes again; one that is overdue comes next", () => {
  const wheel = new ExpiryWheel<{ checkAt: number }>(0);
  const entry = { checkAt: 0 };
  const times: number[] = [];
  wheel.schedule(entry, 2);
  for (let now = 1; now <= 10; now++) {
    wheel.turn(now, (due) => {
      times.push(now);
      if (times.length < 3) wheel.schedule(due, times.length === 1 ? 7 : 1);
    });
  }
  assert.deepEqual(times, [2, 7, 8]);
});

Deno.test("a change log tells what came after a number, until it has forgotten", () => {
  const log = new ChangeLog<string>(2);
  log.add("a", "a1");
  const seen = log.number;
  log.add("b", "b1");
  log.add("a", "a2");
  assert.deepEqual(log.since(seen), ["b1", "a2"]);
  assert.deepEqual(log.since(log.number), []);
  log.add("c", "c1");
  assert.equal(log.since(seen), null);
  assert.deepEqual(log.since(seen + 1), ["a2", "c1"]);
});

Deno.test("credentials are HA1 of every spelling of the user (RFC 7616 §3.9.1's user among them)", () => {
  const realm = "http-auth@example.org";
  const vector = credentialsFor("Mufasa", realm, "Circle of Life");
  assert.equal(vector.md5, "3d78807defe7de2157e2b0b6573a855f");
  assert.equal(vector.sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
  const { md5, md5WithDomain, md5Number } = credentialsFor("a", "x.test", "p", "+1555");
  assert.equal(new Set([md5, md5WithDomain, md5Number]).size, 3);
  assert.equal("md5Number" in credentialsFor("a", "x.test", "p"), false);
  assert.equal(credentialsFor("a", "x", "e\u0301").md5, credentialsFor("a", "x", "\u00e9").md5);
  for (const [user, domain, password] of [["", "r", "p"], ["a:b", "r", "p"], ["a", "", "p"], ["a", "r", ""]]) {
    assert.throws(() => credentialsFor(user, domain, password), RangeError);
  }
});
