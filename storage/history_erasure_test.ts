import assert from "node:assert/strict";
import { toLatin1 } from "../foundation/mod.ts";
import { FakeTime } from "../foundation/testing.ts";
import { storageIn, TemporaryFolder } from "./testing.ts";
import { Attacker } from "./testing_attacker.ts";
import { writeContent } from "./testing_contents.ts";
import { append, calm, facts, said } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

/** The database as it is at this moment, its log with it; and the keys, under a name of their own. */
function image(folder: TemporaryFolder, name: string): string {
  const path = folder.join(name);
  for (const end of ["", "-wal"]) Deno.copyFileSync(folder.kv + end, path + end);
  Deno.copyFileSync(`${folder.keyFile}.vault`, `${path}.vault`);
  return path;
}

/** Words of the secrets that somebody reads in one of the databases, with the vault of that moment. */
async function readable(
  folder: TemporaryFolder,
  databases: readonly string[],
  vault: string,
  words: readonly string[],
) {
  const found = new Set<string>();
  for (const database of databases) {
    const all = await new Attacker(folder.keyFile, vault).read(database);
    for (const word of words) if (all.includes(word)) found.add(word);
  }
  return words.filter((word) => found.has(word));
}

Deno.test("[PRI-11] what was removed cannot be read by anybody who has the key file, the vault and every octet that ever was in the database", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  const { history } = storage;
  const talk = history.begin("session");
  talk.join(facts(ALICE, { subject: "subject-of-alice", with: "sip:peer-of-alice@example.test" }));
  const say = async (words: string, ...owners: string[]) => {
    assert.equal(
      (await append(talk, said(1, { body: text(words), from: { uri: BOB, name: "name-of-speaker" } }), ...owners))
        .error,
      null,
    );
  };
  await say("before-bob-came", ALICE);
  talk.join(facts(BOB, { subject: "subject-of-bob", with: ALICE }));
  await say("to-both", ALICE, BOB);
  await say("to-alice-alone", ALICE);
  const content = await writeContent(storage.contents, text("large-to-both ".repeat(10_000)));
  assert.equal(
    (await append(talk, said(2, { content, file: "file-name", body: new Uint8Array() }), ALICE, BOB)).error,
    null,
  );
  const secret = await writeContent(storage.contents, text("large-to-alice ".repeat(10_000)));
  assert.equal((await append(talk, said(3, { content: secret, body: new Uint8Array() }), ALICE)).error, null);
  const reference = talk.referenceOf(ALICE)!;
  await history.change(ALICE, reference, { name: "folder/name-of-alice" });
  await history.mark(ALICE, "sip:peer-of-alice@example.test", { at: 1, reference, seq: 1 });
  const fresh = image(folder, "fresh");
  const pages = () => new Attacker(folder.keyFile, `${folder.keyFile}.vault`).readPages(folder.kv);
  talk.close();
  await calm(storage, time);
  const put = image(folder, "put");

  const ofAlice = [
    "before-bob-came",
    "to-alice-alone",
    "large-to-alice",
    secret.id,
    "subject-of-alice",
    "peer-of-alice",
    "folder/name-of-alice",
    reference,
  ];
  const ofBoth = ["to-both", "large-to-both", content.id, "file-name", "name-of-speaker"];
  const ofBob = ["subject-of-bob"];
  const all = [...ofAlice, ...ofBoth, ...ofBob];
  // What is looked for is found as long as it is there.
  assert.deepEqual(await readable(folder, [fresh], `${fresh}.vault`, all), all);
  assert.deepEqual(await readable(folder, [put], `${put}.vault`, all), all);
  // In the pages of the files as they are, too.
  const before = pages();
  assert.deepEqual(all.filter((word) => before.includes(word)), all);

  assert.equal(await history.remove(ALICE, [reference]), 1);
  const vault = `${folder.keyFile}.vault`;
  const first = image(folder, "first");
  const withoutAlice = pages();
  assert.deepEqual(all.filter((word) => withoutAlice.includes(word)), [...ofBoth, ...ofBob]);
  assert.deepEqual(await readable(folder, [fresh, put, first], vault, all), [...ofBoth, ...ofBob]);
  const [recording] = history.list(BOB);
  assert.equal(await history.remove(BOB, [recording.reference]), 1);
  const second = image(folder, "second");
  const withoutBoth = pages();
  assert.deepEqual(all.filter((word) => withoutBoth.includes(word)), []);
  // The keys alone are gone: with those of before, what was said is read from the same pages.
  const stillThere = new Attacker(folder.keyFile, `${put}.vault`).readPages(folder.kv);
  assert.deepEqual(all.filter((word) => stillThere.includes(word)), all);
  assert.deepEqual(await readable(folder, [fresh, put, first, second], vault, all), []);
  await calm(storage, time);
  await storage.close();
  assert.deepEqual(await readable(folder, [fresh, put, first, second, folder.kv], vault, all), []);
  const atTheEnd = pages();
  assert.deepEqual(all.filter((word) => atTheEnd.includes(word)), []);
  const octets = ["parley.kv", "parley.kv-wal", "parley.key.vault"].map((name) => {
    try {
      return toLatin1(Deno.readFileSync(folder.join(name)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  });
  for (const word of all) assert.ok(!octets.some((one) => one.includes(word)), word);
});

Deno.test("[PRI-11] a user who goes, and time, erase as a removal does", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  const talk = storage.history.begin("pager");
  talk.join(facts(ALICE, { subject: "first-subject", expiresAt: time.now() + 1000 }));
  talk.join(facts(BOB, { subject: "second-subject" }));
  assert.equal((await append(talk, said(1, { body: text("what-was-said") }), ALICE, BOB)).error, null);
  const before = image(folder, "before");
  const all = ["first-subject", "second-subject", "what-was-said"];
  assert.deepEqual(await readable(folder, [before], `${before}.vault`, all), all);
  const vault = `${folder.keyFile}.vault`;
  const expired = await storage.history.expire(time.now() + 1000);
  assert.deepEqual(expired.map(({ owner }) => owner), [ALICE]);
  assert.deepEqual(await readable(folder, [before], vault, all), ["second-subject", "what-was-said"]);
  await storage.history.removeOwner(BOB);
  assert.deepEqual(await readable(folder, [before], vault, all), []);
  await storage.close();
});
