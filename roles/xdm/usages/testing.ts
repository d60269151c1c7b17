import assert from "node:assert/strict";
import { type XcapCondition, XcapProblem } from "../../../transport/xcap/mod.ts";
import { checkGrammar, parseXml, type XmlDocument, type XmlLimits, XmlProblem } from "../../../transport/xml/mod.ts";
import { addressOfText } from "../../sip_core/mod.ts";
import type { DocumentKey, Principal, UsageContext } from "../usage.ts";
import { usageOf } from "./usages.ts";

const LIMITS: XmlLimits = { characters: 4_194_304, depth: 64, elements: 100_000, attributes: 128 };

export const ALICE: Principal = { kind: "user", aor: "sip:alice@example.com" };
export const BOB: Principal = { kind: "user", aor: "sip:bob@example.com" };
export const OPERATOR: Principal = { kind: "operator", name: "admin" };
export const SERVICE: Principal = { kind: "service", name: "history" };

/** Around a document that is put, what tests say of it. */
export interface Setting {
  readonly owner?: string;
  readonly name?: string;
  readonly by?: Principal;
  readonly before?: string;
  readonly root?: string;
  readonly domains?: readonly string[];
  /** Whose documents have these service URIs. */
  readonly taken?: Readonly<Record<string, DocumentKey>>;
  /** Addresses of users and services. */
  readonly addresses?: readonly string[];
}

/** Puts a document as the document server does: grammar, then constraints. Throws what the usage throws. */
export function put(auid: string, text: string, setting: Setting = {}): XmlDocument {
  const usage = usageOf(auid);
  assert(usage !== undefined, `a usage ${auid}`);
  const document = parse(text);
  const breach = usage.grammar === null ? null : checkGrammar(document, usage.grammar);
  if (breach !== null) throw new XcapProblem(409, breach.message, { element: "schema-validation-error" });
  const owner = setting.owner ?? "sip:alice@example.com";
  const name = setting.name ?? (typeof usage.documentName === "string" ? usage.documentName : "index");
  usage.check?.(
    document,
    setting.before === undefined ? null : parse(setting.before),
    contextOf({ auid, owner, name }, setting),
    setting.by ?? { kind: "user", aor: owner },
  );
  return document;
}

export function contextOf(key: DocumentKey, setting: Setting = {}): UsageContext {
  return {
    key,
    root: setting.root ?? "https://im.example.com/xcap",
    domains: new Set(setting.domains ?? ["example.com"]),
    takenBy: (uri) => {
      const holder = setting.taken?.[uri];
      return holder?.auid === key.auid && holder.owner === key.owner && holder.name === key.name ? undefined : holder;
    },
    isAddress: (uri) => (setting.addresses ?? []).some((address) => addressOfText(address).aor === uri),
  };
}

export function parse(text: string): XmlDocument {
  return parseXml(text, LIMITS);
}

/** What becomes of a document: `valid`, or the element of the error. */
export function outcomeOf(auid: string, text: string, setting: Setting = {}): string {
  try {
    put(auid, text, setting);
    return "valid";
  } catch (error) {
    if (error instanceof XmlProblem) return error.kind;
    if (error instanceof XcapProblem) return error.condition?.element ?? String(error.status);
    throw error;
  }
}

/** Asserts that a document is refused with this element and a phrase that says this; gives the condition. */
export function refused(
  element: XcapCondition["element"],
  phrase: RegExp,
  auid: string,
  text: string,
  setting: Setting = {},
): XcapCondition {
  try {
    put(auid, text, setting);
  } catch (error) {
    assert(error instanceof XcapProblem, String(error));
    assert.equal(error.status, 409);
    assert.match(error.message, phrase);
    assert.equal(error.condition?.element, element, error.message);
    return error.condition!;
  }
  assert.fail(`it was taken, not refused with ${element}`);
}
