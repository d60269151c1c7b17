import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { storageIn, TemporaryFolder } from "./testing.ts";
import { writeAndKill } from "./testing_programs/write_and_kill.ts";
import { AUID, contacts, renamed } from "./testing_documents.ts";

const ROUNDS = 12;
/** Lines of the longest round: two for each write. */
const LINES = 120;
const SIZES = [3, 3, 400, 1800, 1800, 3000, 8000];

/** What is known of one document from what the killed writers said. */
class Told {
  /** The version that was acknowledged last, and its tag; null: it was not there, or removed. */
  held: { readonly version: number; readonly etag: string } | null = null;
  /** What was begun behind that, and not acknowledged. */
  begun: number | "removal" | null = null;
}

function hear(told: readonly Told[], tags: Set<string>, line: string): number {
  const [kind, document, version, etag] = line.split(" ");
  const one = told[Number(document)];
  if (kind === "ready") return 0;
  if (kind === "?") one.begun = Number(version);
  else if (kind === "x") one.begun = "removal";
  else if (kind === "-") [one.held, one.begun] = [null, null];
  else if (kind === "+") {
    [one.held, one.begun] = [{ version: Number(version), etag }, null];
    assert.ok(!tags.has(etag), "a tag is given once, over all restarts");
    tags.add(etag);
  } else assert.fail(line);
  return kind === "+" ? 1 : 0;
}

Deno.test("kill -9 at random moments: what was acknowledged is there, whole, under its tag; what was removed stays away", async () => {
  using folder = new TemporaryFolder();
  const told = SIZES.map(() => new Told());
  const tags = new Set<string>();
  let written = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    await writeAndKill(folder, {
      program: "document_writer.ts",
      round,
      rounds: ROUNDS,
      lines: LINES,
      hear: (line) => written += hear(told, tags, line),
    });
    const storage = await storageIn(folder, new FakeTime(Date.now()));
    for (const [document, one] of told.entries()) {
      const found = await storage.documents.read(AUID, `sip:${document}@x`, "index");
      const what = `round ${round}, document ${document}: ${JSON.stringify(one)}`;
      if (found === null) {
        assert.ok(one.held === null || one.begun === "removal", what);
        one.held = null;
      } else {
        const { text, facts } = found;
        const version = Number(/number(\d+)ends/.exec(text)![1]);
        assert.ok(text === renamed(contacts(SIZES[document]), 0, `number${version}ends`).text, `${what}: half a text`);
        assert.equal(facts.size, text.length);
        // A write that was committed and not yet told may be there too, under another tag.
        if (facts.etag === one.held?.etag) assert.equal(version, one.held.version, what);
        else {
          assert.equal(version, one.begun, what);
          assert.ok(!tags.has(facts.etag), what);
          tags.add(facts.etag);
        }
        one.held = { version, etag: facts.etag };
      }
      one.begun = null;
    }
    await storage.close();
  }
  assert.ok(written > 200, `only ${written} written`);
});
