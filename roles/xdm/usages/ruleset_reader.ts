import {
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlDocument,
  type XmlElement,
} from "../../../transport/xml/mod.ts";
import { isTrue } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { type MediaSet, readMediaSet, readServiceSet, type ServiceSet } from "./media_reader.ts";
import { foldedAddress } from "./references.ts";

const CP = NS.commonPolicy;

/** Whom an identity condition means (RFC 4745 §7.1). */
export type Identity =
  /** As written, and folded; "" where it is no SIP or tel address, and then it means nobody. */
  | { readonly kind: "one"; readonly uri: string; readonly aor: string }
  /** All authenticated users, or those of a domain, lower-case; but for the exceptions. */
  | {
    readonly kind: "many";
    readonly domain: string | null;
    readonly exceptAors: ReadonlySet<string>;
    readonly exceptDomains: ReadonlySet<string>;
  };

/** One condition of a rule; a rule applies where all of its conditions hold (§7). */
export type Condition =
  /** Any of these; none of them where all are unknown. */
  | { readonly kind: "identity"; readonly any: readonly Identity[] }
  /** Any of these words, lower-case. */
  | { readonly kind: "sphere"; readonly values: readonly string[] }
  /** Within any of these spans, ms since 1970; `until` is outside. */
  | { readonly kind: "validity"; readonly spans: readonly { readonly from: number; readonly until: number }[] }
  /** A member of any of the lists that these absolute URIs name. */
  | { readonly kind: "external-list"; readonly anchors: readonly string[] }
  | { readonly kind: "anonymous-request" }
  /** Whom no rule with an identity or external list means. */
  | { readonly kind: "other-identity" }
  /** A member of the group's own list. */
  | { readonly kind: "list-member" }
  | { readonly kind: "media-list"; readonly media: MediaSet }
  | { readonly kind: "service-list"; readonly services: ServiceSet }
  /** One we do not know never holds (§7). */
  | { readonly kind: "unknown"; readonly namespace: string; readonly name: string };

/** An action or a transformation as it is written. */
export interface Permission {
  readonly namespace: string;
  readonly name: string;
  /** Its text, white space collapsed. */
  readonly value: string;
  readonly element: XmlElement;
}

export interface Rule {
  readonly id: string;
  readonly conditions: readonly Condition[];
  readonly actions: readonly Permission[];
  readonly transformations: readonly Permission[];
}

/** The rules of a document whose root is a ruleset: access rules, presence rules. In their order, which means nothing. */
export function readRuleset(document: XmlDocument): Rule[] {
  return readRules(document.root);
}

/** The rules of a ruleset, wherever it stands. */
export function readRules(ruleset: XmlElement): Rule[] {
  return [...eachRule(ruleset)];
}

/** The same one after the other, for who has to let others go first in between. */
export function* eachRule(ruleset: XmlElement): Generator<Rule> {
  for (const rule of xmlChildren(ruleset, CP, "rule")) {
    yield {
      id: xmlAttribute(rule, "id") ?? "",
      conditions: childrenOf(rule, "conditions").map(readCondition),
      actions: childrenOf(rule, "actions").map(readPermission),
      transformations: childrenOf(rule, "transformations").map(readPermission),
    };
  }
}

/** What a rule says about messages and invitations (oma-reference §5.5); null where it says nothing. */
export interface ImActions {
  /** `oxe:allow-reject-invite`: true refuses. */
  readonly rejects: boolean | null;
  /** `allow-invite` of PoC, which is taken as its synonym. */
  readonly invite: "reject" | "pass" | "accept" | null;
  /** `oxe:allow-offline-storage@allow` */
  readonly stores: boolean | null;
}

export function imActionsOf(rule: Pick<Rule, "actions">): ImActions {
  const invite = actionOf(rule, NS.pocRules, "allow-invite")?.value;
  const storage = actionOf(rule, NS.omaExtensions, "allow-offline-storage");
  return {
    rejects: booleanOf(actionOf(rule, NS.omaExtensions, "allow-reject-invite")?.value),
    invite: invite === "reject" || invite === "pass" || invite === "accept" ? invite : null,
    stores: storage === undefined ? null : booleanOf(xmlAttribute(storage.element, "allow")),
  };
}

/** The action of that name; undefined where the rule has none. */
export function actionOf(rule: Pick<Rule, "actions">, namespace: string, name: string): Permission | undefined {
  return rule.actions.find((action) => action.name === name && action.namespace === namespace);
}

function booleanOf(text: string | undefined): boolean | null {
  return text === undefined ? null : isTrue(text);
}

function childrenOf(rule: XmlElement, name: string): readonly XmlElement[] {
  return xmlChild(rule, CP, name)?.children ?? [];
}

function readPermission(element: XmlElement): Permission {
  return { namespace: element.namespace, name: element.name, value: xmlCollapsed(element.text), element };
}

function readCondition(element: XmlElement): Condition {
  const { namespace, name } = element;
  if (namespace === CP && name === "identity") return { kind: "identity", any: readIdentities(element) };
  if (namespace === CP && name === "sphere") {
    const words = xmlCollapsed(xmlAttribute(element, "value") ?? "").toLowerCase();
    return { kind: "sphere", values: words === "" ? [] : words.split(" ") };
  }
  if (namespace === CP && name === "validity") return { kind: "validity", spans: readSpans(element) };
  if (namespace === NS.omaCommonPolicy) {
    if (name === "anonymous-request" || name === "other-identity") return { kind: name };
    if (name === "external-list") {
      const entries = xmlChildren(element, namespace, "entry");
      return { kind: name, anchors: entries.map((entry) => xmlAttribute(entry, "anc") ?? "") };
    }
  }
  if (namespace === NS.listService && name === "is-list-member") return { kind: "list-member" };
  if (namespace === NS.omaExtensions && name === "media-list") return { kind: name, media: readMediaSet(element) };
  if (namespace === NS.omaExtensions && name === "service-list") {
    return { kind: name, services: readServiceSet(element) };
  }
  return { kind: "unknown", namespace, name };
}

function readIdentities(identity: XmlElement): Identity[] {
  const any: Identity[] = [];
  for (const child of identity.children) {
    if (child.namespace !== CP) continue;
    // What extends `one` narrows it in a way we do not know: then it means nobody.
    if (child.name === "one" && child.children.length === 0) {
      const uri = xmlAttribute(child, "id") ?? "";
      any.push({ kind: "one", uri, aor: foldedAddress(uri) });
    } else if (child.name === "many") {
      const many = readMany(child);
      if (many !== null) any.push(many);
    }
  }
  return any;
}

function readMany(many: XmlElement): Identity | null {
  const exceptAors = new Set<string>(), exceptDomains = new Set<string>();
  for (const exception of many.children) {
    // An exception we do not know may except anybody.
    if (exception.namespace !== CP) return null;
    const id = xmlAttribute(exception, "id"), domain = xmlAttribute(exception, "domain");
    const aor = id === undefined ? "" : foldedAddress(id);
    if (aor !== "") exceptAors.add(aor);
    if (domain !== undefined) exceptDomains.add(domainOf(domain));
  }
  const domain = xmlAttribute(many, "domain");
  return { kind: "many", domain: domain === undefined ? null : domainOf(domain), exceptAors, exceptDomains };
}

/** As hosts of URIs are written: lower-case, international names in ASCII (RFC 4745 §7.1.3). */
function domainOf(domain: string): string {
  const url = `http://${domain}/`;
  return URL.canParse(url) ? new URL(url).hostname : domain.toLowerCase();
}

function readSpans(validity: XmlElement): { from: number; until: number }[] {
  const spans: { from: number; until: number }[] = [];
  for (let i = 0; i + 1 < validity.children.length; i += 2) {
    spans.push({
      from: Date.parse(xmlCollapsed(validity.children[i].text)),
      until: Date.parse(xmlCollapsed(validity.children[i + 1].text)),
    });
  }
  return spans;
}
