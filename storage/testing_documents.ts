import type { DocumentOutcome, Documents } from "./repositories.ts";

/** Documents for tests, and what happens to them. For tests only. */
export const AUID = "resource-lists";

export function keyOf(owner: string, name = "index", auid: string = AUID) {
  return { auid, owner, name };
}

/** A contact list with so many entries, about 110 octets each. */
export function contacts(count: number): string {
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists><list>\n';
  for (let n = 0; n < count; n++) text += entry(n, `Someone whom the list calls number ${n}`);
  return `${text}</list></resource-lists>\n`;
}

export function entry(n: number, name: string): string {
  return `<entry uri="sip:someone${n}@example.test"><display-name>${name}</display-name></entry>\n`;
}

/** The text and the edit of another name for one entry. */
export function renamed(text: string, n: number, name: string) {
  const start = text.indexOf(`<entry uri="sip:someone${n}@`);
  const end = text.indexOf("\n", start) + 1;
  const insert = entry(n, name);
  return { text: text.slice(0, start) + insert + text.slice(end), edit: { start, end, insert } };
}

/** The tag of a write that took place. */
export function written(outcome: DocumentOutcome): string {
  if (outcome.kind !== "written") throw new Error(`a conflict with ${JSON.stringify(outcome.facts)}`);
  return outcome.facts.etag;
}

/** Everything that is stored, with its tag. */
export async function everything(documents: Documents, owners: Iterable<string>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const owner of owners) {
    for (const { auid, name } of documents.list(owner)) {
      const { facts, text } = (await documents.read(auid, owner, name))!;
      found[`${owner} ${auid} ${name}`] = `${facts.etag} ${text}`;
    }
  }
  return found;
}
