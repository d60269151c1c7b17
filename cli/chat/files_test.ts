import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { withFolder } from "../testing.ts";
import { FileFolder } from "./file_folder.ts";
import { fileSource, SharedFiles, typeOf } from "./shared_files.ts";
import { readLines } from "./input_lines.ts";
import { readSecret, type SecretTerminal } from "./secret.ts";

const CONTENT = new TextEncoder().encode("0123456789".repeat(20_000));
const SHA1 = new Uint8Array(createHash("sha1").update(CONTENT).digest());

function finished(sink: { finish(done: (sha1: Uint8Array | null, problem: string) => void): void }) {
  return new Promise<Uint8Array | string>((resolve) => sink.finish((sha1, problem) => resolve(sha1 ?? problem)));
}

Deno.test("a file comes into the folder under its name; what is there is never overwritten", () =>
  withFolder(async (folder) => {
    const files = new FileFolder(join(folder, "in"), assert.fail);
    files.prepare();
    for (const name of ["a.txt", "a (2).txt", "a (3).txt"]) {
      const sink = files.sinkFor({ name: "../../a.txt".slice(6), size: CONTENT.length, hashes: [] }, 0)!;
      for (let at = 0; at < CONTENT.length; at += 30_000) {
        assert.equal(sink.write(CONTENT.subarray(at, at + 30_000), at), "");
      }
      assert.deepEqual(await finished(sink), SHA1);
      assert.equal(sink.keep(), join(folder, "in", name));
    }
    assert.deepEqual(await Deno.readFile(join(folder, "in", "a (2).txt")), CONTENT);
  }));

Deno.test("a name cannot leave the folder", () =>
  withFolder(async (folder) => {
    const files = new FileFolder(join(folder, "in"), assert.fail);
    files.prepare();
    for (const name of ["../evil", "/etc/passwd", "..", ".", "a/../../b", "con", "x\u0000y"]) {
      const sink = files.sinkFor({ name, hashes: [] }, 0)!;
      sink.write(new Uint8Array([1]), 0);
      await finished(sink);
      assert.ok(sink.keep().startsWith(join(folder, "in") + "/"), name);
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["in"]);
  }));

Deno.test("a file that broke off is gone on with; its hash is that of the whole", () =>
  withFolder(async (folder) => {
    const files = new FileFolder(folder, assert.fail);
    const selector = { name: "a.bin", size: CONTENT.length, hashes: [{ algorithm: "sha-1", value: "AA" }] };
    const first = files.sinkFor(selector, 0)!;
    first.write(CONTENT.subarray(0, 70_000), 0);
    first.abort("cut", true);
    assert.equal(files.sinkFor(selector, 70_001), null, "more than is there");
    assert.equal(files.sinkFor({ ...selector, size: 1 }, 10), null, "another file");
    const second = files.sinkFor(selector, 60_000)!;
    // What comes twice does no harm.
    second.write(CONTENT.subarray(60_000), 60_000);
    assert.deepEqual(await finished(second), SHA1);
    second.keep();
    assert.deepEqual(await Deno.readFile(join(folder, "a.bin")), CONTENT);
    assert.equal([...Deno.readDirSync(folder)].length, 1);
  }));

Deno.test("a file that is of no use leaves nothing behind", () =>
  withFolder(async (folder) => {
    const files = new FileFolder(folder, assert.fail);
    const sink = files.sinkFor({ name: "a", hashes: [] }, 0)!;
    sink.write(CONTENT, 0);
    await finished(sink);
    sink.abort("another hash", false);
    const partial = files.sinkFor({ name: "b", hashes: [] }, 0)!;
    partial.write(CONTENT, 0);
    partial.abort("cut", true);
    files.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("what cannot be tidied up is told, and harms nothing", () =>
  withFolder(async (folder) => {
    const told: string[] = [];
    const files = new FileFolder(folder, (text) => told.push(text));
    const sink = files.sinkFor({ name: "a", hashes: [] }, 0)!;
    sink.write(CONTENT, 0);
    await finished(sink);
    const [{ name }] = [...Deno.readDirSync(folder)];
    // A folder that is not empty, in its place: nothing that could be removed.
    Deno.removeSync(join(folder, name));
    Deno.mkdirSync(join(folder, name, "x"), { recursive: true });
    sink.abort("another hash", false);
    assert.equal(told.length, 1);
    assert.match(told[0], /is of no use and cannot be removed: /);
  }));

Deno.test("a file of ours: facts, hash, and octets from anywhere; a folder is none", () =>
  withFolder(async (folder) => {
    const path = join(folder, "plan.PDF");
    await Deno.writeFile(path, CONTENT);
    const source = await fileSource(path);
    assert.deepEqual([source.name, source.size, source.type], ["plan.PDF", CONTENT.length, "application/pdf"]);
    assert.deepEqual(source.sha1, SHA1);
    const reader = source.open(150_000);
    const parts: number[] = [];
    for (let block = await reader.read(); block !== null; block = await reader.read()) parts.push(...block);
    reader.close?.();
    assert.deepEqual(new Uint8Array(parts), CONTENT.subarray(150_000));
    await assert.rejects(fileSource(folder), /is no file/);
    await assert.rejects(fileSource(join(folder, "nothing")), Deno.errors.NotFound);
    assert.equal(typeOf("no-ending"), "application/octet-stream");
    const shared = new SharedFiles();
    shared.add(source);
    assert.equal(shared.find({ name: "plan.PDF", hashes: [] }), source);
    assert.equal(shared.find({ name: "other", hashes: [] }), undefined);
    assert.equal(shared.find({ size: 1, hashes: [] }), undefined);
  }));

Deno.test("lines of a stream, however it is cut", async () => {
  const octets = new TextEncoder().encode("eins\r\nzwei ü\n\nletzte");
  for (let piece = 1; piece < octets.length; piece++) {
    const lines: string[] = [];
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < octets.length; at += piece) pieces.push(octets.subarray(at, at + piece));
    await readLines(ReadableStream.from(pieces), (line) => lines.push(line));
    assert.deepEqual(lines, ["eins", "zwei ü", "", "letzte"]);
  }
});

Deno.test("the password: file before variable before terminal, where nothing is echoed", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "pw");
    await Deno.writeTextFile(file, "from file\r\nsecond line\n");
    assert.equal(await readSecret({ file, variable: "v", terminal: null }, "?"), "from file");
    await assert.rejects(
      readSecret({ file: `${file}x`, variable: "v", terminal: null }, "?"),
      /--password-file cannot be read/,
    );
  });
  assert.equal(await readSecret({ file: "", variable: "v", terminal: null }, "?"), "v");
  let shown = "";
  const raw: boolean[] = [];
  const typed = ["sec", "x\x7fr", "é\x7fe", "t\r"].map((text) => new TextEncoder().encode(text));
  const terminal: SecretTerminal = {
    write: (text) => shown += text,
    setRaw: (on) => raw.push(on),
    read: () => Promise.resolve(typed.shift() ?? null),
  };
  assert.equal(await readSecret({ file: "", variable: "", terminal }, "Password: "), "secret");
  assert.equal(shown, "Password: \n");
  assert.deepEqual(raw, [true, false]);
  await assert.rejects(readSecret({ file: "", variable: undefined, terminal }, "?"), /no password was typed/);
});
