import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { FakeTime } from "../foundation/testing.ts";
import { type DocumentLimits, LogDocuments, MAX_DOCUMENT_OCTETS } from "./documents.ts";
import type { KvStore } from "./kv/group_commit.ts";
import { StorageError } from "./repositories.ts";
import { restoreBackup } from "./open_storage.ts";
import { commitOver, FaultyKv, memoryWorld, storageIn, TemporaryFolder, type World } from "./testing.ts";
import { AUID, contacts, everything, keyOf, renamed, written } from "./testing_documents.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";
const FULL = new TypeError("database or disk is full");

/** A store, the documents in it, and what fails on demand. */
class Shelf implements AsyncDisposable {
  readonly world: World;
  readonly kv: FaultyKv;
  documents!: LogDocuments;

  private constructor(world: World, kv: FaultyKv) {
    this.world = world;
    this.kv = kv;
  }

  static async make(limits?: DocumentLimits): Promise<Shelf> {
    let kv!: FaultyKv;
    const world = await memoryWorld((inner) => kv = new FaultyKv(inner));
    const shelf = new Shelf(world, kv);
    shelf.documents = await shelf.open(world.commit, limits);
    return shelf;
  }

  /** As a process does that starts after this one was killed. */
  async reopen(): Promise<LogDocuments> {
    return this.documents = await this.open(commitOver(this.kv, this.world.time));
  }

  open(commit = this.world.commit, limits?: DocumentLimits, kv: KvStore = this.kv): Promise<LogDocuments> {
    const { sealer, time } = this.world;
    return LogDocuments.open({ kv, sealer, commit, log: silentLog, clock: time, timers: time.timers, limits });
  }

  async put(owner: string, text: string, name = "index"): Promise<string> {
    const key = keyOf(owner, name);
    const expected = this.documents.find(key.auid, owner, name)?.etag ?? null;
    return written(await this.documents.put(key, text, expected));
  }

  /** Changes one entry, by an edit. */
  async rename(owner: string, n: number, name: string): Promise<string> {
    const { facts, text } = (await this.documents.read(AUID, owner, "index"))!;
    const next = renamed(text, n, name);
    return written(await this.documents.put(keyOf(owner), next.text, facts.etag, next.edit));
  }

  async text(owner: string, name = "index"): Promise<string | undefined> {
    return (await this.documents.read(AUID, owner, name))?.text;
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.world.kv.close();
  }
}

function isStorageError(kind: StorageError["kind"], pattern = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, pattern);
    return true;
  };
}

Deno.test("a document is made, found, read, changed and removed", async () => {
  await using shelf = await Shelf.make();
  const { documents, world } = shelf;
  assert.equal(documents.find(AUID, ALICE, "index"), undefined);
  assert.equal(await documents.read(AUID, ALICE, "index"), null);
  const etag = await shelf.put(ALICE, "<ä/>");
  const facts = documents.find(AUID, ALICE, "index")!;
  assert.deepEqual(
    [facts.auid, facts.owner, facts.name, facts.etag, facts.modifiedAt, facts.size],
    [AUID, ALICE, "index", etag, world.time.now(), 5],
  );
  assert.match(etag, /^[A-Za-z0-9_-]{13,}$/);
  assert.deepEqual(await documents.read(AUID, ALICE, "index"), { facts, text: "<ä/>" });
  world.time.advance(5000);
  const next = await shelf.put(ALICE, "<b/>");
  assert.notEqual(next, etag);
  assert.equal(documents.find(AUID, ALICE, "index")!.modifiedAt, facts.modifiedAt + 5000);
  assert.equal(facts.etag, etag, "facts that were given do not change");
  const removed = await documents.remove(keyOf(ALICE), next);
  assert.equal(removed.kind, "written");
  assert.equal(documents.find(AUID, ALICE, "index"), undefined);
  assert.deepEqual([documents.count, documents.octets, documents.totals(ALICE)], [0, 0, { count: 0, octets: 0 }]);
});

Deno.test("documents are listed by owner and by usage, in order", async () => {
  await using shelf = await Shelf.make();
  const { documents } = shelf;
  for (const [auid, owner, name] of [["b", ALICE, "2"], ["b", ALICE, "1"], ["a", ALICE, "z"], ["b", BOB, "x"]]) {
    await documents.put({ auid, owner, name }, name, null);
  }
  await documents.put({ auid: "b", owner: "", name: "index" }, "global", null);
  const names = (list: Iterable<{ auid: string; name: string }>) => [...list].map(({ auid, name }) => auid + name);
  assert.deepEqual(names(documents.list(ALICE)), ["az", "b1", "b2"]);
  assert.deepEqual(names(documents.list(ALICE, "b")), ["b1", "b2"]);
  assert.deepEqual(names(documents.list(ALICE, "c")), []);
  assert.deepEqual(names(documents.ofUsage("b")).sort(), ["b1", "b2", "bindex", "bx"]);
  assert.deepEqual([documents.totals(ALICE), documents.count, documents.octets], [{ count: 3, octets: 3 }, 5, 10]);
  const again = await shelf.reopen();
  assert.deepEqual(names(again.list(ALICE)), ["az", "b1", "b2"]);
  assert.deepEqual([again.totals(ALICE), again.count, again.octets], [{ count: 3, octets: 3 }, 5, 10]);
});

Deno.test("who writes on another version than the present one gets a conflict with the present facts, and changes nothing", async () => {
  await using shelf = await Shelf.make();
  const { documents } = shelf;
  assert.deepEqual(await documents.put(keyOf(ALICE), "x", "none"), { kind: "conflict", facts: null });
  assert.deepEqual(await documents.remove(keyOf(ALICE), "none"), { kind: "conflict", facts: null });
  const first = await shelf.put(ALICE, "first");
  const second = await shelf.put(ALICE, "second");
  const facts = documents.find(AUID, ALICE, "index")!;
  for (const expected of [null, first, ""]) {
    assert.deepEqual(await documents.put(keyOf(ALICE), "x", expected), { kind: "conflict", facts });
  }
  assert.deepEqual(await documents.remove(keyOf(ALICE), first), { kind: "conflict", facts });
  assert.deepEqual([await shelf.text(ALICE), facts.etag], ["second", second]);
});

Deno.test("64 writers at once on one document: none is lost, each loser gets a conflict", async () => {
  await using shelf = await Shelf.make();
  const { documents } = shelf;
  await shelf.put(ALICE, "");
  let conflicts = 0;
  await Promise.all(Array.from({ length: 64 }, async (_, writer) => {
    for (;;) {
      const { facts, text } = (await documents.read(AUID, ALICE, "index"))!;
      const outcome = await documents.put(keyOf(ALICE), `${text}${writer} `, facts.etag);
      if (outcome.kind === "written") return;
      assert.notEqual(outcome.facts!.etag, facts.etag);
      conflicts++;
    }
  }));
  const numbers = (await shelf.text(ALICE))!.trim().split(" ").map(Number);
  assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 64 }, (_, n) => n));
  assert.ok(conflicts > 100, `${conflicts}`);
});

Deno.test("a change of a large document writes the change alone; what is read is the whole", async () => {
  await using shelf = await Shelf.make();
  let text = contacts(1800);
  await shelf.put(ALICE, text);
  shelf.kv.fullAbove = 30_000;
  for (let n = 0; n < 30; n++) {
    text = renamed(text, n * 50, `Renée 李 number ${n}`).text;
    await shelf.rename(ALICE, n * 50, `Renée 李 number ${n}`);
    assert.equal(await shelf.text(ALICE), text);
  }
  const size = new TextEncoder().encode(text).length;
  assert.equal(shelf.documents.find(AUID, ALICE, "index")!.size, size);
  await assert.rejects(shelf.put(ALICE, text), isStorageError("full"), "written whole it does not fit");
  assert.equal(await shelf.text(ALICE), text);
  await shelf.reopen();
  assert.equal(await shelf.text(ALICE), text);
  assert.deepEqual(shelf.documents.totals(ALICE), { count: 1, octets: size });
});

Deno.test("edits are folded into a new whole text before they are many", async () => {
  await using shelf = await Shelf.make();
  let text = contacts(1800);
  await shelf.put(ALICE, text);
  shelf.kv.fullAbove = 100_000;
  let edits = 0;
  while (
    await shelf.rename(ALICE, edits, "short").then(() => true, (error) => {
      assert.ok(error instanceof StorageError);
      return false;
    })
  ) text = renamed(text, edits++, "short").text;
  assert.equal(edits, 64);
  assert.equal(await shelf.text(ALICE), text);
  shelf.kv.fullAbove = Infinity;
  await shelf.rename(ALICE, edits, "short");
  // And it begins anew.
  shelf.kv.fullAbove = 100_000;
  await shelf.rename(ALICE, edits + 1, "long ".repeat(2000));
  await assert.rejects(
    shelf.rename(ALICE, edits + 2, "long ".repeat(2000)),
    isStorageError("full"),
    "too much to keep as edits",
  );
});

Deno.test("an edit that does not give the text is not used: the text counts", async () => {
  await using shelf = await Shelf.make();
  const old = contacts(400);
  const { text, edit } = renamed(old, 9, "😀 and more");
  const wrong = [
    { ...edit, start: edit.start + 1 },
    { ...edit, end: edit.end + 1 },
    { ...edit, insert: `${edit.insert}!` },
    { ...edit, insert: edit.insert.toUpperCase() },
    { start: -1, end: 1, insert: "" },
    { start: 0.5, end: 1, insert: "" },
    { start: 1e9, end: 1e9, insert: "" },
    { start: 1, end: 0, insert: "" },
  ];
  for (const [n, one] of wrong.entries()) {
    const etag = await shelf.put(`sip:${n}@x`, old);
    await shelf.documents.put(keyOf(`sip:${n}@x`), text, etag, one);
  }
  // One half of a pair is no text: the other half stays where it was.
  const etag = await shelf.put(ALICE, `😀${old}`);
  const half = { start: 1, end: 2, insert: "\ude01" };
  await shelf.documents.put(keyOf(ALICE), `😁${old}`, etag, half);
  await shelf.reopen();
  for (const n of wrong.keys()) assert.equal(await shelf.text(`sip:${n}@x`), text, JSON.stringify(wrong[n]));
  assert.equal(await shelf.text(ALICE), `😁${old}`);
});

Deno.test("every text comes back as it was: empty, with a mark of byte order, of any script, up to 1 MiB", async () => {
  await using shelf = await Shelf.make();
  const texts = ["", "\ufeff<a/>", "\0", "é", "李".repeat(90_000), "a".repeat(MAX_DOCUMENT_OCTETS), contacts(5000)];
  for (const [n, text] of texts.entries()) await shelf.put(`sip:${n}@x`, text);
  for (let round = 0; round < 2; round++) {
    for (const [n, text] of texts.entries()) assert.ok(await shelf.text(`sip:${n}@x`) === text, `text ${n}`);
    await shelf.reopen();
  }
});

Deno.test("an edit of a document that stands in several records", async () => {
  await using shelf = await Shelf.make();
  let text = contacts(7000);
  await shelf.put(ALICE, text);
  shelf.kv.fullAbove = 60_000;
  for (const n of [0, 3000, 6999]) {
    text = renamed(text, n, "another").text;
    await shelf.rename(ALICE, n, "another");
  }
  await shelf.reopen();
  assert.equal(await shelf.text(ALICE), text);
});

Deno.test("what is too large or no text is refused as such, and nothing is stored", async () => {
  await using shelf = await Shelf.make();
  const { documents } = shelf;
  const put = (key: { auid: string; owner: string; name: string }, text: string) => documents.put(key, text, null);
  await assert.rejects(put(keyOf(ALICE), "a".repeat(MAX_DOCUMENT_OCTETS + 1)), RangeError);
  await assert.rejects(put(keyOf(ALICE), "é".repeat(MAX_DOCUMENT_OCTETS / 2 + 1)), RangeError);
  await assert.rejects(put(keyOf(ALICE), "half \ud800"), /half of a surrogate pair/);
  for (const key of [keyOf("o".repeat(1001)), keyOf(ALICE, ""), keyOf(ALICE, "é".repeat(501)), keyOf(ALICE, "i", "")]) {
    await assert.rejects(put(key, "x"), /of a document has \d+ octets; allowed: [01] to 1000/);
  }
  assert.deepEqual([documents.count, shelf.kv.commits], [0, 0]);
});

Deno.test("there is a most of documents and of octets, also while many are on their way", async () => {
  await using shelf = await Shelf.make({ count: 10, octets: 100 });
  const { documents } = shelf;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 15 }, (_, n) => documents.put(keyOf(`sip:${n}@x`), "12345678", null)),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.deepEqual([documents.count, refused.length], [10, 5]);
  for (const { reason } of refused) assert.ok(isStorageError("full", /there are \d+ documents; at most 10/)(reason));
  await shelf.put("sip:0@x", "12345678" + "x".repeat(20));
  await assert.rejects(shelf.put("sip:1@x", "123456789"), isStorageError("full", /take 100 octets; at most 100/));
  await shelf.put("sip:1@x", "x");
  await documents.removeOwner("sip:2@x");
  await shelf.put("sip:99@x", "12345678");
  assert.equal(documents.octets, 93);
});

Deno.test("a full disk: the write is refused as full, the old version holds, also after a restart, and the next one works", async () => {
  await using shelf = await Shelf.make();
  for (const [owner, text] of [[ALICE, "old"], [BOB, contacts(300)]]) await shelf.put(owner, text);
  const before = await everything(shelf.documents, [ALICE, BOB]);
  shelf.kv.fault = FULL;
  await assert.rejects(shelf.put(ALICE, "new"), isStorageError("full"));
  await assert.rejects(shelf.rename(BOB, 1, "new"), isStorageError("full"));
  await assert.rejects(shelf.put("sip:new@x", "new"), isStorageError("full"));
  const { etag } = shelf.documents.find(AUID, ALICE, "index")!;
  await assert.rejects(shelf.documents.remove(keyOf(ALICE), etag), isStorageError("full"));
  await assert.rejects(shelf.documents.removeOwner(BOB), isStorageError("full"));
  shelf.kv.fault = null;
  const owners = [ALICE, BOB, "sip:new@x"];
  assert.deepEqual(await everything(shelf.documents, owners), before);
  assert.deepEqual(await everything(await shelf.open(), owners), before);
  await shelf.put(ALICE, "newer");
  assert.equal(await shelf.text(ALICE), "newer");
});

Deno.test("a document of several records is there whole or not at all, whichever of its commits fails; what it left is cleared away", async () => {
  for (let good = 0; good < 5; good++) {
    await using shelf = await Shelf.make();
    const { documents, world } = shelf;
    await shelf.put(ALICE, contacts(6000));
    const before = await everything(documents, [ALICE]);
    const commits = shelf.kv.commits;
    const atomic = shelf.kv.atomic.bind(shelf.kv);
    shelf.kv.atomic = () => {
      shelf.kv.fault = shelf.kv.commits - commits >= good ? FULL : null;
      return atomic();
    };
    await assert.rejects(shelf.put(ALICE, contacts(7000)).then(() => shelf.put(BOB, "x")), isStorageError("full"));
    const now = await everything(documents, [ALICE]);
    if (good < 4) assert.deepEqual(now, before);
    shelf.kv.atomic = atomic;
    shelf.kv.fault = null;
    assert.deepEqual(await everything(await shelf.open(), [ALICE]), now);
    await shelf.put(BOB, "x");
    await world.commit.flush();
    assert.equal(documents.waste.records, 0);
    assert.deepEqual(await everything(await shelf.reopen(), [ALICE]), now);
    assert.equal(shelf.documents.waste.records, 0);
  }
});

Deno.test("a removed document stays removed, whatever of it was not cleared away; the next of its name is another", async () => {
  await using shelf = await Shelf.make();
  const tags = new Set<string>();
  for (let round = 0; round < 6; round++) {
    tags.add(await shelf.put(ALICE, contacts(300)));
    tags.add(await shelf.rename(ALICE, 5, `round ${round}`));
    if (round % 2 === 1) await shelf.reopen();
    const { etag } = shelf.documents.find(AUID, ALICE, "index")!;
    assert.ok(tags.has(etag));
    assert.equal((await shelf.documents.remove(keyOf(ALICE), etag)).kind, "written");
    if (round % 3 === 1) await shelf.reopen();
    assert.equal(shelf.documents.find(AUID, ALICE, "index"), undefined);
  }
  assert.equal(tags.size, 12, "no tag is given twice");
});

Deno.test("all documents of an owner go at once, and no others", async () => {
  await using shelf = await Shelf.make();
  for (const name of ["a", "b", "c"]) await shelf.put(ALICE, contacts(200), name);
  await shelf.put(BOB, "kept");
  const commits = shelf.kv.commits;
  // A write that came before is not forgotten, one that comes behind is a new beginning.
  const [, , late] = await Promise.all([
    shelf.put(ALICE, "before", "d"),
    shelf.documents.removeOwner(ALICE),
    shelf.documents.put(keyOf(ALICE, "e"), "behind", null),
  ]);
  assert.ok(shelf.kv.commits - commits <= 4);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(shelf.documents.list(ALICE).map(({ name, etag }) => [name, etag]), [["e", written(late)]]);
    assert.equal(await shelf.text(BOB), "kept");
    assert.deepEqual([shelf.documents.count, shelf.documents.octets], [2, 10]);
    await shelf.reopen();
  }
  await shelf.documents.removeOwner("sip:nobody@x");
});

Deno.test("an answer that is lost: the write took place, and is told so", async () => {
  await using shelf = await Shelf.make();
  await shelf.put(ALICE, "old");
  shelf.kv.loseAnswer = true;
  const etag = await shelf.put(ALICE, "new");
  await shelf.reopen();
  assert.deepEqual([await shelf.text(ALICE), shelf.documents.find(AUID, ALICE, "index")!.etag], ["new", etag]);
});

Deno.test("a store that falls silent: who writes is told, and what it writes late is taken back", async () => {
  for (const what of ["whole", "edit", "remove", "remove all", "create"] as const) {
    await using shelf = await Shelf.make();
    const { documents, kv, world } = shelf;
    await shelf.put(ALICE, contacts(300));
    const before = await everything(documents, [ALICE, BOB]);
    const { etag } = documents.find(AUID, ALICE, "index")!;
    const { text, edit } = renamed(contacts(300), 3, "late");
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const atomic = kv.atomic.bind(kv);
    kv.atomic = () => {
      const one = atomic();
      const commit = one.commit.bind(one);
      one.commit = () => {
        begun.resolve();
        return held.promise.then(commit);
      };
      return one;
    };
    const writing = what === "whole"
      ? documents.put(keyOf(ALICE), text, etag)
      : what === "edit"
      ? documents.put(keyOf(ALICE), text, etag, edit)
      : what === "remove"
      ? documents.remove(keyOf(ALICE), etag)
      : what === "remove all"
      ? documents.removeOwner(ALICE)
      : documents.put(keyOf(BOB), "late", null);
    const told = writing.then(() => null, (error: unknown) => error);
    await begun.promise;
    world.time.advance(12_000);
    assert.ok(isStorageError("failed", /has not answered/)(await told), what);
    assert.deepEqual(await everything(documents, [ALICE, BOB]), before);
    kv.atomic = atomic;
    held.resolve();
    while (documents.waste.records > 0 || world.commit.waiting > 0 || world.commit.trouble !== null) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await world.commit.flush();
    assert.deepEqual(await everything(documents, [ALICE, BOB]), before, what);
    assert.deepEqual(await everything(await shelf.open(), [ALICE, BOB]), before, what);
    assert.equal((await documents.put(keyOf(ALICE), text, etag, edit)).kind, "written");
    await shelf.reopen();
    assert.equal(await shelf.text(ALICE), text);
  }
});

Deno.test("a read that gets no answer is refused in time", async () => {
  await using shelf = await Shelf.make();
  await shelf.put(ALICE, "text");
  const asked = Promise.withResolvers<void>();
  const silent: KvStore = new Proxy(shelf.kv, {
    get(kv, name) {
      if (name !== "list") return Reflect.get(kv, name);
      return (selector: Deno.KvListSelector, options?: Deno.KvListOptions) =>
        "prefix" in selector && selector.prefix.length === 3
          ? { [Symbol.asyncIterator]: () => ({ next: () => (asked.resolve(), new Promise(() => {})) }) }
          : kv.list(selector, options);
    },
  });
  const documents = await shelf.open(commitOver(silent, shelf.world.time), undefined, silent);
  const reading = documents.read(AUID, ALICE, "index").then(() => null, (error: unknown) => error);
  await asked.promise;
  shelf.world.time.advance(10_100);
  assert.ok(isStorageError("failed", /has not answered for 10 s/)(await reading));
});

Deno.test("who reads while others write sees one whole version, with its own tag", async () => {
  await using shelf = await Shelf.make();
  const texts = new Map<string, string>();
  texts.set(await shelf.put(ALICE, contacts(300)), contacts(300));
  let writing = true;
  const writer = (async () => {
    for (let n = 0; n < 200; n++) {
      const text = renamed((await shelf.text(ALICE))!, n % 300, `version ${n}`).text;
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      texts.set(await (n % 7 === 0 ? shelf.put(ALICE, text) : shelf.rename(ALICE, n % 300, `version ${n}`)), text);
    }
    writing = false;
  })();
  const seen: { etag: string; text: string }[] = [];
  while (writing) {
    const { facts, text } = (await shelf.documents.read(AUID, ALICE, "index"))!;
    seen.push({ etag: facts.etag, text });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await writer;
  for (const { etag, text } of seen) assert.equal(text, texts.get(etag));
  assert.ok(new Set(seen.map(({ etag }) => etag)).size > 5, `${seen.length} reads`);
});

Deno.test("space is given back: what was replaced or removed does not stay", async () => {
  await using shelf = await Shelf.make();
  const { documents, world } = shelf;
  for (let n = 0; n < 60; n++) await shelf.put(`sip:${n % 20}@x`, contacts(1500 + n));
  for (let n = 0; n < 300; n++) await shelf.rename(`sip:${n % 20}@x`, n, `again ${n}`);
  const limit = documents.octets + 8 * 1024 * 1024;
  assert.ok(documents.waste.octets < limit, `${documents.waste.octets} of ${limit}`);
  for (let n = 0; n < 19; n++) await documents.removeOwner(`sip:${n}@x`);
  for (let n = 0; n < 40; n++) await shelf.put(ALICE, contacts(1000 + n));
  assert.ok(documents.waste.octets < documents.octets + 8 * 1024 * 1024, `${documents.waste.octets}`);
  // What nothing takes along goes by itself.
  for (let round = 0; documents.waste.records > 0; round++) {
    assert.ok(round < 10, `${documents.waste.records} records are left`);
    await world.commit.flush();
    world.time.advance(31_000);
    await world.commit.flush();
  }
  await shelf.reopen();
  assert.equal(shelf.documents.waste.records, 0);
  assert.equal(await shelf.text(ALICE), contacts(1039));
});

Deno.test("too many writers at once are refused, not kept waiting without end", async () => {
  await using shelf = await Shelf.make();
  const text = "a".repeat(MAX_DOCUMENT_OCTETS);
  await shelf.put(ALICE, "");
  const outcomes = await Promise.allSettled(
    Array.from({ length: 70 }, () => shelf.documents.put(keyOf(ALICE), text, "old")),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 6);
  for (const { reason } of refused) assert.ok(isStorageError("failed", /queue full: 64 changes/)(reason));
  assert.equal((await shelf.documents.put(keyOf(ALICE), text, "old")).kind, "conflict");
});

Deno.test("documents in a backup come back with their tags; a tag given out behind it is never given again; also with new keys", async () => {
  using folder = new TemporaryFolder();
  const tags = new Set<string>();
  let storage = await storageIn(folder);
  const put = async (text: string, edit?: { start: number; end: number; insert: string }) => {
    const expected = storage.documents.find(AUID, ALICE, "index")?.etag ?? null;
    const tag = written(await storage.documents.put(keyOf(ALICE), text, expected, edit));
    assert.ok(!tags.has(tag), tag);
    tags.add(tag);
  };
  await put(contacts(400));
  const { text, edit } = renamed(contacts(400), 3, "as in the backup");
  await put(text, edit);
  await storage.rotateKey();
  const { etag } = storage.documents.find(AUID, ALICE, "index")!;
  const path = folder.join("box.parley");
  assert.equal((await storage.backup(path, null)).contents.documents, 1);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5; n++) await put(`round ${round}, version ${n}`);
    await storage.documents.removeOwner(ALICE);
    await put("new");
    await storage.close();
    await restoreBackup(path, folder, new FakeTime(), { force: true });
    storage = await storageIn(folder);
    await storage.rotateKey();
    const found = (await storage.documents.read(AUID, ALICE, "index"))!;
    assert.deepEqual([found.facts.etag, found.text], [etag, text]);
  }
  await storage.close();
});
