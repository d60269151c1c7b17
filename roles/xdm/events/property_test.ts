/** Whoever applies what every NOTIFY says, in order, has the documents of the server. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { applyPatch, type XcapChange } from "../../../transport/xcap/mod.ts";
import { canonical } from "../../../transport/xcap/testing.ts";
import { parseXml, SMALL_XML } from "../../../transport/xml/mod.ts";
import { refusal } from "../testing/xdm_world.ts";
import { type Notified, WatchWorld } from "./testing/watch_world.ts";

const ALICE = "resource-lists/users/sip:alice@example.test";
const NS = "urn:ietf:params:xml:ns:resource-lists";
const names = ["a", "b", "c", "d", "e"];
const documents = ["index", "other"];

type Edit =
  | { readonly kind: "document"; readonly name: string; readonly text: string }
  | { readonly kind: "entry"; readonly name: string; readonly entry: string; readonly display: string | null }
  | { readonly kind: "removed"; readonly name: string; readonly entry: string | null }
  | { readonly kind: "pause"; readonly ms: number };

const name = fc.constantFrom(...documents);
const entryName = fc.constantFrom(...names);
const entries = fc.uniqueArray(entryName).map((all) =>
  all.map((one) => `\n  <entry uri="sip:${one}@x.test"/>`).join("")
);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("document" as const), name, text: entries.map(documentOf) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("entry" as const),
      name,
      entry: entryName,
      display: fc.option(fc.string({ maxLength: 12 }).map((text) => text.replace(/[^ -~]|[<>&]/g, "·"))),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("removed" as const), name, entry: fc.option(entryName, { freq: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: fc.constantFrom(100, 1000, 5000, 20_000) }),
  },
);

function documentOf(entries: string): string {
  return `<?xml version="1.0"?>\n<resource-lists xmlns="${NS}"><list name="l">${entries}</list></resource-lists>`;
}

/** A subscriber's copies, kept as RFC 5874 §3 and §6 say. */
class Copies {
  readonly held = new Map<string, { etag: string; text: string }>();
  fetched = 0;
  readonly #world: WatchWorld;
  readonly #mode: string;

  constructor(world: WatchWorld, mode: string) {
    this.#world = world;
    this.#mode = mode;
  }

  async take({ changes }: Notified): Promise<void> {
    for (const change of changes) await this.#take(change);
  }

  async #take(change: XcapChange): Promise<void> {
    assert.ok(change.kind === "document");
    const { sel, previousEtag, newEtag, body } = change;
    const held = this.held.get(sel);
    if (newEtag === null) {
      // RFC 5875 §4.8: what was fetched may be newer than what is told.
      if (held?.etag === previousEtag) this.held.delete(sel);
      return;
    }
    if (held?.etag === newEtag) return;
    if (body !== null && held !== undefined && held.etag === previousEtag) {
      const text = body === "not changed" ? held.text : applyPatch(parseXml(held.text, SMALL_XML), body).text;
      this.held.set(sel, { etag: newEtag, text });
      return;
    }
    if (this.#mode === "xcap-patching" && body !== null) return; // Skipped: the chain comes to what was fetched.
    await this.#fetch(sel);
  }

  async #fetch(sel: string): Promise<void> {
    this.fetched++;
    const [, owner, name] = /^resource-lists\/users\/([^/]+)\/(.+)$/.exec(sel)!;
    const found = await this.#world.server.read({ auid: "resource-lists", owner, name });
    if (found === null) this.held.delete(sel);
    else this.held.set(sel, { etag: found.etag, text: found.document.text });
  }
}

async function carryOut(world: WatchWorld, edit: Edit, told: (notified: Notified[]) => Promise<void>): Promise<void> {
  if (edit.kind === "pause") return await told(await world.after(edit.ms));
  const path = `${ALICE}/${edit.name}`;
  const entry = edit.kind === "document" || edit.entry === null ? "" : `sip:${edit.entry}@x.test`;
  const node = `${path}/~~/resource-lists/list/entry[@uri="${entry}"]`;
  // What cannot be carried out changes nothing, and is told of nobody.
  if (edit.kind === "document") await refusal(world.put(path, edit.text));
  else if (edit.kind === "removed") await refusal(world.remove(edit.entry === null ? path : node));
  else {
    const inside = edit.display === null ? "" : `<display-name>${edit.display}</display-name>`;
    await refusal(world.put(node, `<entry uri="${entry}">${inside}</entry>`));
  }
}

for (const mode of ["no-patching", "xcap-patching", "aggregate"]) {
  Deno.test(`${mode}: the copies are the server's documents, whatever is changed and however fast`, async () => {
    let patched = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 25 }), async (edits) => {
        const world = await WatchWorld.open();
        await world.put(`${ALICE}/index`, documentOf(""));
        const copies = new Copies(world, mode);
        const told = async (all: Notified[]) => {
          for (const one of all) await copies.take(one);
        };
        world.subscribe([`${ALICE}/`], { event: `xcap-diff;diff-processing=${mode}`, expires: 7000 });
        await told(await world.after());
        for (const edit of edits) await carryOut(world, edit, told);
        const fetched = copies.fetched;
        await told(await world.after(12_000));
        const now = world.documents.list("sip:alice@example.test").map(({ name, etag }) => ({ name, etag }));
        const have = [...copies.held].map(([sel, { etag }]) => ({ name: sel.split("/").at(-1)!, etag }));
        const byName = (a: { name: string }, b: { name: string }) => a.name < b.name ? -1 : 1;
        assert.deepEqual(have.sort(byName), now.sort(byName));
        for (const [sel, { text }] of copies.held) {
          const server = await world.text(sel);
          assert.equal(canonical(parseXml(text, SMALL_XML)), canonical(parseXml(server, SMALL_XML)));
        }
        if (copies.fetched === fetched) patched++;
      }),
      { numRuns: 60 },
    );
    if (mode !== "no-patching") assert.ok(patched > 0, "patches alone were enough some of the time");
  });
}
