import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { deferred, storageIn, TemporaryFolder, told } from "./testing.ts";
import { writeAndKill } from "./testing_programs/write_and_kill.ts";

const ROUNDS = 15;
/** Lines of the longest round. */
const LINES = 1_500;

/** What the killed writers said. */
interface Said {
  readonly stored: Map<number, string>;
  readonly removing: Set<number>;
  readonly removed: Set<number>;
  readonly saved: Map<string, number>;
  readonly counted: Map<string, number>;
  /** Of rooms: what was acknowledged, and up to where it was dropped. */
  readonly said: Map<string, number[]>;
  readonly dropped: Map<string, number>;
}

function hear(said: Said, line: string): void {
  const [kind, first, second] = line.split(" ");
  if (kind === "+") said.stored.set(Number(first), second);
  else if (kind === "-") said.removing.add(Number(first));
  else if (kind === "x") said.removed.add(Number(first));
  else if (kind === "r") said.saved.set(first, Number(second));
  else if (kind === "c") said.counted.set(first, Number(second));
  else if (kind === "m") said.said.set(first, [...said.said.get(first) ?? [], Number(second)]);
  else if (kind === "d") said.dropped.set(first, Number(second));
  else assert.equal(line, "ready");
}

Deno.test("kill -9 at random moments loses nothing acknowledged and brings back nothing removed", async () => {
  using folder = new TemporaryFolder();
  const said: Said = {
    stored: new Map(),
    removing: new Set(),
    removed: new Set(),
    saved: new Map(),
    counted: new Map(),
    said: new Map(),
    dropped: new Map(),
  };
  for (let round = 1; round <= ROUNDS; round++) {
    await writeAndKill(folder, {
      program: "busy_writer.ts",
      round,
      rounds: ROUNDS,
      lines: LINES,
      hear: (line) => hear(said, line),
    });
    const time = new FakeTime(Date.now());
    const storage = await storageIn(folder, time);
    const found = new Map<number, string>();
    const pending = storage.deferredMessages.pending("sip:bob@example.test");
    for (const { id } of pending) found.set(id, (await storage.deferredMessages.read(id))!.transaction);
    for (const [id, transaction] of said.stored) {
      if (said.removed.has(id)) assert.ok(!found.has(id), `message ${id} was removed, and is back`);
      else if (!said.removing.has(id)) assert.equal(found.get(id), transaction, `message ${id} is lost`);
    }
    // What the writer had not heard of yet may be there too; what it was told once stays as it is.
    for (const [id, transaction] of found) said.stored.set(id, transaction);
    for (const id of said.removing) if (!found.has(id)) said.removed.add(id);
    said.removing.clear();
    const states = new Map(
      [storage.registrations, storage.subscriptions, storage.publications, storage.rooms].flatMap((log) =>
        [...log.load()].map(([name, value]) => [name, value as { version: number }])
      ),
    );
    for (const [name, version] of said.saved) {
      const there = states.get(name)?.version ?? -1;
      assert.ok(there >= version, `state of ${name}: ${there}, and ${version} was acknowledged`);
    }
    for (const [room, seqs] of said.said) {
      const messages = await storage.roomMessages.read(room, 0);
      const there = new Set(messages.map(({ seq }) => seq));
      const upTo = said.dropped.get(room) ?? 0;
      for (const seq of seqs) assert.ok(seq <= upTo || there.has(seq), `what was said in ${room} at ${seq} is lost`);
      for (const { seq, body } of messages) {
        const octets = seq % 8 === 0 ? 70_000 : body[0].length;
        assert.ok(body[0].length === octets && body[0].every((octet) => octet === seq % 251), `${room} at ${seq}`);
      }
      assert.deepEqual([...there], [...there].sort((a, b) => a - b));
    }
    const counters = await storage.records<{ value: number }>("counters", 10);
    for (const [id, value] of said.counted) {
      const there = counters.get(id)?.value ?? 0;
      // One more may have been committed and not been said.
      assert.ok(there === value || there === value + 1, `counter ${id}: ${there}, and ${value} was acknowledged`);
      said.counted.set(id, there);
    }
    await storage.close();
  }
  assert.deepEqual([said.saved.size, said.counted.size], [20, 3], "states and counters were written in some round");
  assert.ok(
    said.stored.size > 100 && said.removed.size > 50,
    `only ${said.stored.size} stored, ${said.removed.size} removed`,
  );
});

Deno.test("a database whose log ends anywhere opens to an earlier state, or is refused; later states contain more", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  const expected: string[] = [];
  for (let n = 0; n < 12; n++) {
    await new Promise((resolve) =>
      storage.deferredMessages.store(deferred(n, { body: new Uint8Array(n * 900) }), resolve)
    );
    await told((done) => storage.registrations.save("sip:a@x", n, false, done));
    expected.push(deferred(n).transaction);
  }
  const database = Deno.readFileSync(folder.kv);
  const log = Deno.readFileSync(`${folder.kv}-wal`);
  const key = Deno.readFileSync(folder.keyFile);
  assert.ok(log.length > 100_000, "the log was not taken over into the database yet");
  let last = 0;
  let opened = 0;
  const cuts = Array.from(
    { length: 60 },
    (_, i) => Math.floor((log.length * i) / 60) + Math.floor(Math.random() * 1000),
  );
  for (const cut of [...cuts, log.length - 1, log.length]) {
    using copy = new TemporaryFolder();
    Deno.writeFileSync(copy.kv, database);
    Deno.writeFileSync(`${copy.kv}-wal`, log.subarray(0, cut));
    Deno.writeFileSync(copy.keyFile, key);
    try {
      const again = await storageIn(copy, time);
      const pending = again.deferredMessages.pending("sip:bob@example.test");
      const found = await Promise.all(
        pending.map(async ({ id }) => (await again.deferredMessages.read(id))?.transaction),
      );
      assert.deepEqual(found, expected.slice(0, found.length), `cut at ${cut}`);
      assert.ok(found.length >= last, `cut at ${cut}: ${found.length} messages, and ${last} with a shorter log`);
      last = found.length;
      const registered = [...again.registrations.load()].map(([, value]) => value as number);
      assert.ok(
        found.length === 0 || Math.abs((registered[0] ?? -1) + 1 - found.length) <= 1,
        "both logs are of one moment",
      );
      assert.equal(
        (await new Promise<{ kind: string }>((resolve) => again.deferredMessages.store(deferred(99), resolve))).kind,
        "stored",
      );
      await again.close();
      opened++;
    } catch (error) {
      assert.ok(error instanceof StoreRefusal, String(error));
    }
  }
  assert.equal(last, expected.length, "the whole log holds everything");
  assert.ok(opened > 30, `${opened} of ${cuts.length + 2} opened`);
  await storage.close();
});

Deno.test("a first start that was cut off anywhere is taken up again", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  const database = Deno.readFileSync(folder.kv);
  const log = Deno.readFileSync(`${folder.kv}-wal`);
  const key = Deno.readFileSync(folder.keyFile);
  for (let cut = 0; cut <= log.length; cut += 4096) {
    using copy = new TemporaryFolder();
    Deno.writeFileSync(copy.kv, database);
    Deno.writeFileSync(`${copy.kv}-wal`, log.subarray(0, cut));
    Deno.writeFileSync(copy.keyFile, key);
    const again = await storageIn(copy);
    assert.notEqual(again.settings.get("store.instance"), undefined, `cut at ${cut}`);
    await again.close();
  }
  await storage.close();
});

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
  name: "a disk that is really full: what cannot be stored is refused as full, what was stored stays, and it recovers",
  ignore: Deno.build.os !== "linux" || !mayMount(),
  fn: async () => {
    using folder = new TemporaryFolder();
    const program = new URL("./testing_programs/full_disk.ts", import.meta.url).pathname;
    const { stdout, success } = await new Deno.Command("unshare", {
      args: [
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" run -A --no-check --unstable-kv "$3" "$1"',
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
    assert.equal(result.refusedAs, "full");
    assert.match(result.trouble, /disk full/);
    assert.equal(result.backupAs, "full", "a backup says so too, and leaves nothing");
    assert.equal(result.halfWayAs, "full");
    assert.deepEqual(result.states, ["full,full,full,full", "stored,stored,stored,stored", 4]);
    assert.ok(result.stored > 20, text);
    assert.equal(result.afterSpace, "stored");
    assert.equal(result.troubleAfter, null);
    assert.equal(result.found, result.stored + 1, "all that was acknowledged is there after a restart");
  },
});
