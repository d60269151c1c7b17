/**
 * The hash chain of the audit log: an entry's chain value is the SHA-256, in hexadecimal, of the UTF-8 text
 * `<chain value before><[id, at, event, actor, facts] as canonical JSON>`, the first one's before being 64 zeros. Canonical as
 * RFC 8785 §3.2: no white space, keys in order, numbers and text as JSON.stringify writes them; so that whoever has an export
 * can compute it anew with a few lines of any language.
 */
import { createHash } from "node:crypto";
import type { AuditEntry, AuditRecord } from "./repositories.ts";

/** Stands for the value before the first entry. */
export const CHAIN_START = "0".repeat(64);

/** The chain value of an entry behind `before`. */
export function chainValue(before: string, id: number, entry: AuditEntry): string {
  return createHash("sha256").update(before + canonical(id, entry), "utf8").digest("hex");
}

/** The entries with their ids and chain values, the first being `firstId`, behind `before`. */
export function chained(before: string, firstId: number, entries: readonly AuditEntry[]): AuditRecord[] {
  let chain = before;
  return entries.map((entry, i) => {
    const id = firstId + i;
    chain = chainValue(chain, id, entry);
    const { at, event, actor, facts } = entry;
    return { id, at, event, actor, facts, chain };
  });
}

function canonical(id: number, { at, event, actor, facts }: AuditEntry): string {
  const members: string[] = [];
  // By hand: an object would put keys that look like numbers first.
  for (const name of Object.keys(facts).sort()) {
    const value = JSON.stringify(facts[name]);
    if (value !== undefined) members.push(`${JSON.stringify(name)}:${value}`);
  }
  return `${JSON.stringify([id, at, event, actor]).slice(0, -1)},{${members.join(",")}}]`;
}
