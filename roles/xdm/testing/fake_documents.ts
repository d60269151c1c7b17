import { type DocumentFacts, type DocumentOutcome, type Documents, StorageError } from "../../../storage/mod.ts";

type Key = Pick<DocumentFacts, "auid" | "owner" | "name">;

/** Documents in memory, with the store's own rules. For tests only. */
export class FakeDocuments implements Documents {
  readonly #held = new Map<string, { readonly facts: DocumentFacts; readonly text: string }>();
  #tag = 0;
  /** Writes so far. */
  writes = 0;
  /** Once set, every write is refused with it. */
  trouble: StorageError | null = null;
  /** What a write waits for. */
  gate: Promise<void> = Promise.resolve();
  now = 1_700_000_000_000;

  get count(): number {
    return this.#held.size;
  }
  get octets(): number {
    return this.#sum([...this.#held.values()].map(({ facts }) => facts));
  }

  find(auid: string, owner: string, name: string): DocumentFacts | undefined {
    return this.#held.get(nameOf({ auid, owner, name }))?.facts;
  }

  list(owner: string, auid?: string): DocumentFacts[] {
    return [...this.#held.values()].map(({ facts }) => facts)
      .filter((facts) => facts.owner === owner && (auid === undefined || facts.auid === auid))
      .sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
  }

  ofUsage(auid: string): Iterable<DocumentFacts> {
    return [...this.#held.values()].map(({ facts }) => facts).filter((facts) => facts.auid === auid);
  }

  totals(owner: string): { count: number; octets: number } {
    const own = this.list(owner);
    return { count: own.length, octets: this.#sum(own) };
  }

  async read(auid: string, owner: string, name: string): Promise<{ facts: DocumentFacts; text: string } | null> {
    await Promise.resolve();
    return this.#held.get(nameOf({ auid, owner, name })) ?? null;
  }

  async put(
    key: Key,
    text: string,
    expected: string | null,
    edit?: { readonly start: number; readonly end: number; readonly insert: string },
  ): Promise<DocumentOutcome> {
    await this.gate;
    if (this.trouble !== null) throw this.trouble;
    const now = this.#held.get(nameOf(key));
    if ((now?.facts.etag ?? null) !== expected) return { kind: "conflict", facts: now?.facts ?? null };
    if (edit !== undefined) {
      const patched = now!.text.slice(0, edit.start) + edit.insert + now!.text.slice(edit.end);
      if (patched !== text) throw new Error("the edit does not give the text");
    }
    this.writes++;
    const size = new TextEncoder().encode(text).length;
    const facts = { ...key, etag: `t${++this.#tag}`, modifiedAt: this.now, size };
    this.#held.set(nameOf(key), { facts, text });
    return { kind: "written", facts };
  }

  async remove(key: Key, expected: string): Promise<DocumentOutcome> {
    await this.gate;
    if (this.trouble !== null) throw this.trouble;
    const now = this.#held.get(nameOf(key));
    if (now === undefined || now.facts.etag !== expected) return { kind: "conflict", facts: now?.facts ?? null };
    this.writes++;
    this.#held.delete(nameOf(key));
    return { kind: "written", facts: now.facts };
  }

  async removeOwner(owner: string): Promise<void> {
    await Promise.resolve();
    for (const facts of this.list(owner)) this.#held.delete(nameOf(facts));
  }

  #sum(list: readonly DocumentFacts[]): number {
    return list.reduce((sum, { size }) => sum + size, 0);
  }
}

function nameOf({ auid, owner, name }: Key): string {
  return `${auid} ${owner} ${name}`;
}
