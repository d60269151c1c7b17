import {
  ANY_URI,
  attribute,
  choice,
  type Content,
  element,
  elements,
  type ElementType,
  type Grammar,
  many,
  maybe,
  sequence,
  STRING,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { holding, LANG, leaf, OTHER_ATTRIBUTES, OTHERS, textOf } from "./words.ts";

const RL = NS.resourceLists;

/** A display name of RFC 4826's type, under the name that another schema gives it. */
export function displayName(namespace: string): ElementType {
  return textOf(namespace, "display-name", STRING, [LANG]);
}

/** An element of RFC 4826's entry, external or entry-ref type, under the namespace that another schema gives it. */
export function listMember(namespace: string, name: "entry" | "external" | "entry-ref"): ElementType {
  const uri = {
    entry: attribute("uri", ANY_URI, { required: true }),
    "entry-ref": attribute("ref", ANY_URI, { required: true }),
    external: attribute("anchor", ANY_URI),
  }[name];
  return holding(namespace, name, [maybe(displayName(RL)), OTHERS], [uri], OTHER_ATTRIBUTES);
}

/** RFC 4826's list type, under the namespace that another schema gives it; what it holds is of RFC 4826. */
export function listOf(namespace: string): ElementType {
  return element(namespace, "list", () => LIST_CONTENT, [attribute("name", STRING)], OTHER_ATTRIBUTES);
}

const LIST = listOf(RL);

/** What a list may hold beside its name. */
const LIST_PARTS = [LIST, listMember(RL, "external"), listMember(RL, "entry"), listMember(RL, "entry-ref")];

const LIST_CONTENT: Content = elements(
  maybe(displayName(RL)),
  many(choice(LIST_PARTS)),
  OTHERS,
);

/** OMA's marks on lists and entries: what they may be used for (oma-reference §5.3). `uriusage` is abstract. */
export const LIST_USAGES: readonly ElementType[] = [
  holding(NS.uriUsage, "uriusages", [OTHERS]),
  holding(NS.uriUsageOld, "uriusages", [OTHERS]),
  holding(NS.appUsage, "appusages", [
    many(
      leaf(NS.appUsage, "nodeuri", [
        attribute("uri", ANY_URI, { required: true }),
        attribute("auid", STRING, { required: true }),
      ]),
    ),
  ]),
];

/** RFC 4826 §3.2. */
export const RESOURCE_LISTS_GRAMMAR: Grammar = {
  roots: [holding(RL, "resource-lists", [many(LIST)])],
  globals: LIST_USAGES,
};

/** RFC 4826 §4.2. */
export const RLS_SERVICES_GRAMMAR: Grammar = {
  roots: [
    holding(NS.rlsServices, "rls-services", [
      many(
        holding(
          NS.rlsServices,
          "service",
          [
            choice([textOf(NS.rlsServices, "resource-list", ANY_URI), listOf(NS.rlsServices)]),
            maybe(
              holding(NS.rlsServices, "packages", [
                many(sequence([textOf(NS.rlsServices, "package", STRING), OTHERS])),
              ]),
            ),
            OTHERS,
          ],
          [attribute("uri", ANY_URI, { required: true })],
          OTHER_ATTRIBUTES,
        ),
      ),
    ]),
  ],
  // A list here is of another namespace than what it holds: its wildcard finds these.
  globals: [...LIST_USAGES, ...LIST_PARTS],
};
