import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import type { ParleyStorage } from "./open_storage.ts";
import { deferred, storageIn, TemporaryFolder } from "./testing.ts";
import { writeAndKill } from "./testing_programs/write_and_kill.ts";
import {
  innerContents,
  octetsOf,
  readContent,
  removed,
  sha256,
  storedChunks,
  writeContent,
} from "./testing_contents.ts";

const ROUNDS = 12;
/** Lines of the longest round. */
const LINES = 40;
const BOB = "sip:bob@example.test";

/** What the killed writers said. */
class Said {
  /** Seed and octets of the content of each stored message. */
  readonly stored = new Map<number, readonly [seed: number, octets: number]>();
  readonly removing = new Set<number>();
  readonly removed = new Set<number>();

  hear(line: string): void {
    const [kind, id, seed, octets] = line.split(" ");
    if (kind === "+") this.stored.set(Number(id), [Number(seed), Number(octets)]);
    else if (kind === "-") this.removing.add(Number(id));
    else if (kind === "x") this.removed.add(Number(id));
    else assert.equal(line, "ready");
  }
}

Deno.test("kill -9 at random moments: every acknowledged message is whole with its hash, and nothing else is left", async () => {
  using folder = new TemporaryFolder();
  const said = new Said();
  let orphans = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    await writeAndKill(folder, {
      program: "content_writer.ts",
      round,
      rounds: ROUNDS,
      lines: LINES,
      hear: (line) => said.hear(line),
    });
    const kv = await Deno.openKv(folder.kv);
    const before = (await storedChunks(kv)).size;
    kv.close();
    const storage = await storageIn(folder, new FakeTime(Date.now()));
    const pending = storage.deferredMessages.pending(BOB);
    const there = new Set(pending.map(({ id }) => id));
    for (const id of said.stored.keys()) {
      if (said.removed.has(id)) assert.ok(!there.has(id), `message ${id} was removed, and is back`);
      else if (!said.removing.has(id)) assert.ok(there.has(id), `message ${id} is lost`);
    }
    let octets = 0;
    for (const { id, mode } of pending) {
      const message = (await storage.deferredMessages.read(id))!;
      const content = message.content!;
      const found = await readContent(storage.contents, content, 600_000);
      assert.equal(sha256(found), content.sha256, `message ${id}`);
      const seed = Number(message.messageId!.slice(1));
      // One that was committed and not told yet may be there too; then it is whole all the same.
      const [known, length] = said.stored.get(id) ?? [seed, found.length];
      assert.deepEqual([mode, seed, found.length], ["file", known, length]);
      assert.equal(content.sha256, sha256(octetsOf(length, seed)));
      said.stored.set(id, [seed, length]);
      octets += length;
    }
    for (const id of said.removing) if (!there.has(id)) said.removed.add(id);
    said.removing.clear();
    assert.equal(storage.contents.octets, octets);
    await swept(storage);
    await storage.close();
    const after = await Deno.openKv(folder.kv);
    const chunks = await storedChunks(after);
    after.close();
    const named = pending.filter(({ size }) => size > deferred(0).headers.length).length;
    assert.equal(chunks.size, named, "what no record names is gone");
    orphans += before - chunks.size;
  }
  assert.ok(
    said.stored.size > 40 && said.removed.size > 20,
    `${said.stored.size} stored, ${said.removed.size} removed`,
  );
  assert.ok(orphans > 5, `only ${orphans} orphans were there to be swept`);
});

/** Once a sweep has found and removed everything. */
async function swept(storage: ParleyStorage): Promise<void> {
  await innerContents(storage).begin();
  await removed(innerContents(storage));
}

/** True when this process may mount a file system of its own. */
function mayMount(): boolean {
  try {
    return new Deno.Command("unshare", { args: ["-rm", "true"], stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  name: "a disk that is really full: the content that meets it fails as full, leaves nothing, and the next one fits",
  ignore: Deno.build.os !== "linux" || !mayMount(),
  fn: async () => {
    using folder = new TemporaryFolder();
    const program = new URL("./testing_programs/full_disk_content.ts", import.meta.url).pathname;
    const { stdout, success } = await new Deno.Command("unshare", {
      args: [
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o size=12m tmpfs "$1" && exec "$2" run -A --no-check --unstable-kv "$3" "$1"',
        "sh",
        folder.path,
        Deno.execPath(),
        program,
      ],
      stderr: "inherit",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(success, text);
    const result = JSON.parse(text);
    assert.equal(result.refusedAs, "full", text);
    assert.equal(result.left, 1, "only the content that was stored before");
    assert.equal(result.afterSpace, 1_000_000);
    assert.equal(result.kept, true);
  },
});

Deno.test("a kill between the removal of a record and that of its chunks leaves them to the sweep", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  const content = await writeContent(storage.contents, octetsOf(500_000));
  const message = deferred(1, { mode: "file", content });
  await new Promise((resolve) => storage.deferredMessages.store(message, resolve));
  const [{ id }] = storage.deferredMessages.pending(BOB);
  // As at the kill: nothing more is removed, and the store is left as it is.
  await innerContents(storage).stop();
  await new Promise((resolve) => storage.deferredMessages.remove(id, resolve));
  using copy = new TemporaryFolder();
  for (const end of ["", "-wal"]) Deno.copyFileSync(folder.kv + end, copy.kv + end);
  Deno.copyFileSync(folder.keyFile, copy.keyFile);
  const kv = await Deno.openKv(copy.kv);
  assert.deepEqual([...(await storedChunks(kv)).values()], [9]);
  kv.close();
  const again = await storageIn(copy);
  assert.equal(again.deferredMessages.count, 0);
  await swept(again);
  await again.close();
  const after = await Deno.openKv(copy.kv);
  assert.equal((await storedChunks(after)).size, 0);
  after.close();
  await storage.close();
});
