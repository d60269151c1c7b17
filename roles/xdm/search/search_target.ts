import { IDENTIFIERS, NS } from "../usages/identifiers.ts";

/**
 * How values of a field are compared. `address`: SIP and tel addresses, `user@domain` too; `contact`: the same for addresses of any
 * kind, where a telephone number finds the user it belongs to and nobody else.
 */
export type FieldType = "text" | "date" | "address" | "contact";

/** One step down; an attribute begins with "@". */
export interface Step {
  readonly namespace: string;
  readonly name: string;
}

/** Something that can be searched by. */
export interface SearchField {
  /** As REST and settings call it. */
  readonly name: string;
  /** From the element that is found. */
  readonly path: readonly Step[];
  readonly type: FieldType;
  /** Says who somebody is: it can be searched by and is never told (PRI-7). */
  readonly identifies: boolean;
}

/** A kind of document that can be searched. */
export interface SearchTarget {
  readonly auid: string;
  /** For messages: `$u`. */
  readonly variable: string;
  /** From the collection to the element that is found. */
  readonly path: readonly Step[];
  readonly fields: readonly SearchField[];
  /**
   * What results tell: all that is asked for, or of people the User-ID, the friendly name and what the search was based on (PRI-6),
   * and never all of them.
   */
  readonly tells: "everything" | "basis";
}

function fieldsIn(namespace: string) {
  return (path: string, type: FieldType = "text", identifies = false): SearchField => {
    const steps = path.split("/").map((name) => ({ namespace: name.startsWith("@") ? "" : namespace, name }));
    return { name: steps.at(-1)!.name.replace("@", ""), path: steps, type, identifies };
  };
}

const profile = fieldsIn(NS.userProfile);
const service = fieldsIn(NS.listService);
const extension = fieldsIn(NS.omaExtensions);
const history = fieldsIn(NS.historyList);

/** Public profiles (UPROF-6), in the order in which a profile has its elements. Streets are nobody's business. */
export const PEOPLE: SearchTarget = {
  auid: IDENTIFIERS.userProfile.auid,
  variable: "$u",
  path: [
    { namespace: NS.userProfile, name: "user-profiles" },
    { namespace: NS.userProfile, name: "user-profile" },
  ],
  fields: [
    profile("@uri", "address"),
    profile("communication-addresses/comm-addr", "contact", true),
    profile("display-name"),
    profile("birth-date", "date"),
    profile("name/given-name", "text", true),
    profile("name/family-name", "text", true),
    profile("name/middle-name", "text", true),
    profile("address/country"),
    profile("address/region"),
    profile("address/locality"),
    profile("gender"),
    profile("freetext"),
    profile("communication-types/comm-type"),
    profile("hobbies/hobby"),
    profile("favourite-links/link"),
  ],
  tells: "basis",
};

/** Rooms whose owners want them found (CHAT-3). */
export const ROOMS: SearchTarget = {
  auid: IDENTIFIERS.groups.auid,
  variable: "$g",
  path: [{ namespace: NS.listService, name: "group" }, { namespace: NS.listService, name: "list-service" }],
  fields: [service("@uri", "address"), service("display-name"), extension("subject"), extension("qoe")],
  tells: "everything",
};

/** The field of conversations that looks for words of their messages. */
export const SAID = "words";

/** What is known of one's own conversations (IM-12). */
export const HISTORY: SearchTarget = {
  auid: IDENTIFIERS.convHistory.auid,
  variable: "$h",
  path: [{ namespace: NS.historyList, name: "history-list" }, { namespace: NS.historyList, name: "history" }],
  fields: [
    history("@history-reference"),
    history("size"),
    history("subject"),
    history("date", "date"),
    history("pager/from", "address"),
    history("pager/to", "address"),
    history("pager/auth-id", "address"),
    { ...history("pager/recipient-list/@group-uri", "address"), name: "recipient-group" },
    { ...history("pager/recipient-list/entry/@uri", "address"), name: "recipient" },
    history("conference/recording-name"),
    { ...history("conference/conf-list/@group-uri", "address"), name: "conference-group" },
    { ...history("conference/conf-list/entry/@uri", "address"), name: "participant" },
    // What was said: in no document, it is looked up where conversations are kept. All of its words, in one message.
    history(SAID),
  ],
  tells: "everything",
};

export const TARGETS: readonly SearchTarget[] = [PEOPLE, ROOMS, HISTORY];

export function targetOf(auid: string): SearchTarget | undefined {
  return TARGETS.find((target) => target.auid === auid);
}

/** -1 where there is no such field. */
export function fieldIndex({ fields }: SearchTarget, name: string): number {
  return fields.findIndex((field) => field.name === name);
}

/** A path as people write it: `address/country`. */
export function pathText(path: readonly Step[]): string {
  return path.map(({ name }) => name).join("/");
}
