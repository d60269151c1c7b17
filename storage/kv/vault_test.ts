import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { TemporaryFolder } from "../testing.ts";
import { StoreRefusal } from "./refusal.ts";
import { restoredVault, SLOT_OCTETS, Vault } from "./vault.ts";

const RING = "0123456789abcdef";
const HEAD = 64;

function slotsIn(path: string): string[] {
  const octets = Deno.readFileSync(path).subarray(HEAD);
  const slots: string[] = [];
  for (let at = 0; at < octets.length; at += SLOT_OCTETS) slots.push(octets.subarray(at, at + SLOT_OCTETS).toHex());
  return slots;
}

Deno.test("a slot is on disk before it is given out, is given out once, and is another on disk once it was renewed", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const path = folder.join("vault");
  assert.equal(Vault.open(path, RING, timers), null);
  const vault = Vault.create(path, RING, timers);
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  const claimed: number[] = [];
  for (let n = 0; n < 5000; n++) {
    const slot = vault.claim();
    claimed.push(slot);
    if (n % 400 === 0) assert.equal(slotsIn(path)[slot], vault.key(slot).toHex());
    if (n % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(new Set(claimed).size, claimed.length);
  const keys = claimed.map((slot) => vault.key(slot).toHex());
  assert.equal(new Set(keys).size, keys.length);
  const gone = claimed.filter((_, n) => n % 3 === 0);
  await Promise.all([vault.renew(gone.slice(0, 700)), vault.renew(gone.slice(700)), vault.renew([])]);
  const now = slotsIn(path);
  for (const [n, slot] of claimed.entries()) assert.equal(now[slot] === keys[n], n % 3 !== 0, `slot ${slot}`);
  assert.ok(now.every((key) => !/^0+$/.test(key)));
  await vault.close();
  assert.deepEqual(slotsIn(path), now);
});

Deno.test("what no record names is written anew at the start", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const path = folder.join("vault");
  const first = Vault.create(path, RING, timers);
  const [kept, left] = [first.claim(), first.claim()];
  await first.close();
  const before = slotsIn(path);
  // Half a slot, as a crash leaves a block that is being made.
  Deno.writeFileSync(path, new Uint8Array(20), { append: true });
  const again = Vault.open(path, RING, timers)!;
  assert.equal(again.size, before.length);
  again.use(kept);
  again.begin();
  const now = slotsIn(path).slice(0, before.length);
  assert.deepEqual([now[kept] === before[kept], now[left] === before[left]], [true, false]);
  assert.equal(now.filter((key, slot) => key === before[slot]).length, 1);
  assert.equal(again.used, 1);
  for (let n = 0; n < 3000; n++) assert.notEqual(again.claim(), kept);
  await again.close();
});

Deno.test("a vault that cannot be written: the removal is told, and tried again", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const path = folder.join("vault");
  const vault = Vault.create(path, RING, time.timers);
  const slot = vault.claim();
  const key = vault.key(slot).toHex();
  Deno.renameSync(path, `${path}.away`);
  await assert.rejects(vault.renew([slot]), /the vault cannot be written/);
  Deno.renameSync(`${path}.away`, path);
  assert.equal(slotsIn(path)[slot], key);
  time.advance(5_100);
  while (vault.used > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.notEqual(slotsIn(path)[slot], key);
  await vault.close();
});

Deno.test("a vault that is none, cut off in its head, or of another key file is refused", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const path = folder.join("vault");
  await Vault.create(path, RING, timers).close();
  const whole = Deno.readFileSync(path);
  const refused = (content: Uint8Array, ring: string, pattern: RegExp) => {
    Deno.writeFileSync(path, content);
    assert.throws(() => Vault.open(path, ring, timers), (error) => {
      assert.ok(error instanceof StoreRefusal);
      assert.equal(error.file, path);
      assert.match(error.message, pattern);
      return true;
    });
    assert.deepEqual(Deno.readFileSync(path), content, "nothing touched");
  };
  refused(new Uint8Array(), RING, /is a damaged vault/);
  refused(whole.subarray(0, 63), RING, /is a damaged vault/);
  refused(new Uint8Array(5000), RING, /is a damaged vault/);
  refused(whole, "fedcba9876543210", /is the vault of another database/);
});

Deno.test("a packed vault has the slots in use alone, and is a vault again", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const vault = Vault.create(folder.join("vault"), RING, timers);
  const slots = [vault.claim(), vault.claim(), vault.claim()];
  await vault.renew([slots[1]]);
  const packed = vault.packed();
  assert.equal(packed.length, 4 + 2 * 36);
  Deno.writeFileSync(folder.join("other"), restoredVault(RING, packed));
  const other = Vault.open(folder.join("other"), RING, timers)!;
  assert.deepEqual([other.restored, other.size], [true, vault.size]);
  for (const slot of [slots[0], slots[2]]) {
    assert.deepEqual(other.key(slot), vault.key(slot));
    other.use(slot);
  }
  other.begin();
  await other.close();
  // As long as it is not known that all the rest is gone.
  const once = Vault.open(folder.join("other"), RING, timers)!;
  assert.equal(once.restored, true);
  once.trust();
  await once.close();
  const again = Vault.open(folder.join("other"), RING, timers)!;
  assert.equal(again.restored, false);
  assert.deepEqual(again.key(slots[0]), vault.key(slots[0]));
  await again.close();
  await vault.close();
  assert.throws(() => restoredVault(RING, packed.subarray(0, 30)), RangeError);
});

Deno.test("a vault with many slots that nobody uses any more opens, and as many are renewed at once", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const path = folder.join("vault");
  await Vault.create(path, RING, timers).close();
  const SLOTS = 200_000;
  const head = Deno.readFileSync(path).subarray(0, 64);
  const whole = new Uint8Array(64 + SLOTS * SLOT_OCTETS);
  whole.set(head);
  Deno.writeFileSync(path, whole);
  const vault = Vault.open(path, RING, timers)!;
  vault.begin();
  const slots = Array.from({ length: SLOTS }, () => vault.claim());
  assert.equal(new Set(slots).size, SLOTS);
  await vault.renew(slots);
  assert.equal(vault.used, 0);
  await vault.close();
});

Deno.test("a vault that is closed writes nothing more, whoever holds it then", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const path = folder.join("vault");
  const vault = Vault.create(path, RING, timers);
  const slot = vault.claim();
  await vault.close();
  const before = Deno.readFileSync(path);
  await assert.rejects(vault.renew([slot]), { kind: "closed" });
  assert.deepEqual(Deno.readFileSync(path), before);
});

Deno.test("a slot that is given up twice is free once", async () => {
  using folder = new TemporaryFolder();
  const { timers } = new FakeTime();
  const vault = Vault.create(folder.join("vault"), RING, timers);
  const slot = vault.claim();
  await Promise.all([vault.renew([slot]), vault.renew([slot, slot])]);
  const claimed = Array.from({ length: 1024 }, () => vault.claim());
  assert.equal(new Set(claimed).size, 1024);
  const kept = vault.key(claimed[0]).toHex();
  await vault.renew([]);
  assert.equal(vault.key(claimed[0]).toHex(), kept);
  await vault.close();
});
