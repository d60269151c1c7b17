import assert from "node:assert/strict";
import { HasherBusy, PasswordHasher } from "./password_hash.ts";

Deno.test("a password matches its hash, in whichever form its accents were typed, and no other", async () => {
  const hasher = new PasswordHasher({ cost: 4 });
  const kept = await hasher.hash("caf\u00e9 au lait");
  assert.ok(await hasher.matches("cafe\u0301 au lait", kept));
  assert.ok(!await hasher.matches("cafe au lait", kept));
  assert.ok(!await hasher.matches("", kept));
  assert.notEqual((await hasher.hash("caf\u00e9 au lait")).hash, kept.hash, "each has a salt of its own");
});

Deno.test("an unknown name costs a whole hash too, and never matches", async () => {
  const hasher = new PasswordHasher();
  const kept = await hasher.hash("correct horse battery");
  assert.equal(kept.cost, 15);
  const took = async (work: () => Promise<boolean>) => {
    const begun = performance.now();
    assert.equal(await work(), false);
    return performance.now() - begun;
  };
  const wrong: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 5; i++) {
    wrong.push(await took(() => hasher.matches("wrong password", kept)));
    unknown.push(await took(() => hasher.matches("wrong password", null)));
  }
  // The fastest of each: what else runs on the machine only adds. Without the hash it would be a thousandth.
  const ratio = Math.min(...unknown) / Math.min(...wrong);
  assert.ok(ratio > 0.5 && ratio < 2, `unknown names take ${ratio.toFixed(2)} of the time`);
});

Deno.test("at most two are hashed at a time; who finds the queue full is told so", async () => {
  const hasher = new PasswordHasher({ cost: 12, atOnce: 2, waiting: 3 });
  const all = await Promise.allSettled(Array.from({ length: 9 }, () => hasher.hash("a password")));
  const refused = all.filter((one) => one.status === "rejected");
  assert.equal(refused.length, 4);
  assert.ok(refused.every(({ reason }) => reason instanceof HasherBusy));
  assert.ok(await hasher.matches("a password", await hasher.hash("a password")), "and there is room again");
});
