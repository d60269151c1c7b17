import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { slotOf } from "./history_codec.ts";
import { BlobStore } from "./kv/blob_store.ts";
import { readKeyFile } from "./kv/key_file.ts";
import { PUT, visitRecords } from "./kv/log_blob.ts";
import { Sealer } from "./kv/sealer.ts";
import { SLOT_OCTETS } from "./kv/vault.ts";
import type { ParleyStorage } from "./open_storage.ts";
import { storageIn, TemporaryFolder } from "./testing.ts";
import { innerContents, removed, storedChunks } from "./testing_contents.ts";
import { calm, readAll } from "./testing_history.ts";
import { writeAndKill } from "./testing_programs/write_and_kill.ts";

const ROUNDS = 12;
/** Lines of the longest round. */
const LINES = 900;
const OWNERS = [0, 1, 2].flatMap((worker) => [`sip:a${worker}@x`, `sip:b${worker}@x`]);

/** What the killed writers said. */
class Said {
  /** Texts and octets by reference. */
  readonly kept = new Map<string, Map<string, number>>();
  readonly removing = new Set<string>();
  readonly removed = new Set<string>();

  hear(line: string): void {
    const [kind, first, text, octets, reference] = line.split(" ");
    if (kind === "+") {
      const texts = this.kept.get(reference) ?? new Map<string, number>();
      this.kept.set(reference, texts.set(text, Number(octets)));
    } else if (kind === "-") this.removing.add(first);
    else if (kind === "x") this.removed.add(first);
    else assert.equal(line, "ready");
  }
}

/** Keys of the vault, by slot, in hexadecimal. */
function slotsOf(folder: TemporaryFolder): string[] {
  const octets = Deno.readFileSync(`${folder.keyFile}.vault`).subarray(64);
  const slots: string[] = [];
  for (let at = 0; at < octets.length; at += SLOT_OCTETS) slots.push(octets.subarray(at, at + SLOT_OCTETS).toHex());
  return slots;
}

/** What stands in the closed store: slots that records name, segments and contents. */
async function stored(folder: TemporaryFolder) {
  const kv = await Deno.openKv(folder.kv);
  const records = new Map<number, Uint8Array>();
  for await (const { plain } of new BlobStore(kv, new Sealer(readKeyFile(folder.keyFile)!), "history").list()) {
    visitRecords(plain, {
      onRecord(kind, id, offset, size) {
        if (kind === PUT) records.set(id, plain.slice(offset, offset + size));
        else records.delete(id);
      },
    });
  }
  let segments = 0;
  for await (const _ of kv.list({ prefix: ["history"] })) segments++;
  const contents = (await storedChunks(kv)).size;
  kv.close();
  const heads = [...records.values()].filter(([kind]) => kind === 1 || kind === 2 || kind === 5);
  const fresh = [...records.values()].filter(([kind]) => kind === 3).length;
  const named = [...records.values()].filter(([kind]) => kind === 4).length;
  return { slots: new Set(heads.map(slotOf)), segments, named, contents, fresh };
}

/** Compares what is there with what was said; gives how many contents there are. */
async function compare(storage: ParleyStorage, said: Said): Promise<number> {
  const { history } = storage;
  const contents = new Map<string, number>();
  const there = new Set<string>();
  for (const owner of OWNERS) {
    for (const { reference, messages, octets, open } of history.list(owner)) {
      there.add(reference);
      assert.equal(open, false);
      const found = new Map<string, number>();
      for (const { messageId, body, content } of await readAll(history, owner, reference, 70)) {
        assert.ok(!found.has(messageId), "a message is there twice");
        found.set(messageId, content?.octets ?? body.length);
        if (content === null) {
          assert.ok(new TextDecoder().decode(body).startsWith(`${messageId} `.slice(0, body.length)));
        } else contents.set(content.id, content.octets);
      }
      assert.equal(found.size, messages);
      assert.equal([...found.values()].reduce((all, one) => all + one, 0), octets);
      for (const [text, size] of said.kept.get(reference) ?? []) assert.equal(found.get(text), size, `${text} is lost`);
      // One that was committed and not told yet may be there, too.
      said.kept.set(reference, found);
    }
  }
  for (const reference of said.kept.keys()) {
    if (said.removed.has(reference)) assert.ok(!there.has(reference), `${reference} was removed, and is back`);
    else if (!there.has(reference)) assert.ok(said.removing.has(reference), `${reference} is lost`);
  }
  for (const reference of said.removing) if (!there.has(reference)) said.removed.add(reference);
  said.removing.clear();
  assert.equal(storage.contents.octets, [...contents.values()].reduce((all, one) => all + one, 0));
  return contents.size;
}

Deno.test("kill -9 at random moments: what was acknowledged is recorded, what was removed stays away, and no key, segment or content is left of it", async () => {
  using folder = new TemporaryFolder();
  const said = new Said();
  let cut = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    await writeAndKill(folder, {
      program: "history_writer.ts",
      round,
      rounds: ROUNDS,
      lines: LINES,
      hear: (line) => said.hear(line),
    });
    const before = slotsOf(folder);
    const left = await stored(folder);
    if (left.fresh > 0) cut++;
    const time = new FakeTime(Date.now());
    const storage = await storageIn(folder, time);
    const contents = await compare(storage, said);
    await calm(storage, time);
    // Put away now: the same.
    assert.equal(await compare(storage, said), contents);
    await innerContents(storage).begin();
    await removed(innerContents(storage));
    await storage.close();
    const now = await stored(folder);
    assert.equal(now.fresh, 0);
    assert.equal(now.contents, contents, "what no record names is gone");
    assert.equal(now.segments, now.named, "segments that no record names are gone");
    const kept = slotsOf(folder);
    for (const [slot, key] of before.entries()) {
      assert.equal(kept[slot] === key, now.slots.has(slot), `slot ${slot} in round ${round}`);
    }
  }
  assert.ok(said.kept.size > 20 && said.removed.size > 5, `${said.kept.size} kept, ${said.removed.size} removed`);
  assert.ok(cut > ROUNDS / 2, `only ${cut} rounds left something that was not put away`);
});
