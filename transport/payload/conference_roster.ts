import type {
  ConferenceEndpoint,
  ConferenceInfo,
  ConferenceMedium,
  ConferenceSidebars,
  ConferenceUri,
  ConferenceUris,
  ConferenceUser,
  ConferenceUsers,
  InfoState,
} from "./conference_info.ts";

/** Users, sidebars and endpoints in one place that are kept; more are passed over. */
export const ROSTER_LIMIT = 10_000;

/**
 * What became of a document: `stale` was known already; after `missed` nothing was taken, and the subscription is to be refreshed, which
 * brings the whole (RFC 4575 §4.6); `over`: the conference is no more.
 */
export type RosterOutcome = "replaced" | "changed" | "stale" | "missed" | "over";

/** What a subscriber to a conference knows, from the documents of one subscription (RFC 4575 §4.6). */
export class ConferenceRoster {
  #info: ConferenceInfo | null = null;
  #version = -1;
  #awaitsFull = true;
  #isOver = false;

  /** All of it as one full document; null before the first. */
  get info(): ConferenceInfo | null {
    return this.#info;
  }
  get users(): readonly ConferenceUser[] {
    return this.#info?.users?.users ?? NOBODY;
  }
  /** By what the document calls them: keys are compared as they are written (§4.5). */
  find(entity: string): ConferenceUser | undefined {
    return this.users.find((user) => user.entity === entity);
  }
  /** Documents are missing: nothing is taken before the next full one. */
  get awaitsFull(): boolean {
    return this.#awaitsFull;
  }
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes the body of a NOTIFY. */
  receive(info: ConferenceInfo): RosterOutcome {
    const { state, version = 0 } = info;
    if (version <= this.#version) return "stale";
    if (state === "partial") {
      if (this.#info === null || this.#awaitsFull || version !== this.#version + 1) {
        this.#awaitsFull = true;
        return "missed";
      }
      this.#version = version;
      this.#info = changedInfo(this.#info, info);
      return "changed";
    }
    this.#version = version;
    this.#awaitsFull = false;
    this.#info = wholeInfo(info);
    this.#isOver = state === "deleted";
    return this.#isOver ? "over" : "replaced";
  }
}

const NOBODY: readonly never[] = [];

/** A document by itself: all that it holds is whole, and what it says is gone is not there. */
function wholeInfo(info: ConferenceInfo): ConferenceInfo {
  const { users, sidebarsByRef, sidebarsByVal } = info;
  return {
    ...info,
    state: "full",
    ...(users && { users: changedUsers(undefined, users) }),
    ...(sidebarsByRef && { sidebarsByRef: changedUris(undefined, sidebarsByRef) }),
    ...(sidebarsByVal && { sidebarsByVal: changedSidebars(undefined, sidebarsByVal) }),
  };
}

/** What has no state of its own is replaced where it is said; the rest as its state goes. */
function changedInfo(before: ConferenceInfo, info: ConferenceInfo): ConferenceInfo {
  const { users, sidebarsByRef, sidebarsByVal } = info;
  return {
    ...before,
    ...info,
    state: "full",
    ...(users && { users: changedUsers(before.users, users) }),
    ...(sidebarsByRef && { sidebarsByRef: changedUris(before.sidebarsByRef, sidebarsByRef) }),
    ...(sidebarsByVal && { sidebarsByVal: changedSidebars(before.sidebarsByVal, sidebarsByVal) }),
  };
}

function changedUsers(before: ConferenceUsers | undefined, { state, users }: ConferenceUsers): ConferenceUsers {
  return { state: "full", users: changedRows(state, before?.users, users, userKey, wholeUser, changedUser) };
}

function wholeUser(user: ConferenceUser): ConferenceUser {
  const endpoints = changedRows("full", undefined, user.endpoints, endpointKey, wholeEndpoint, changedEndpoint);
  return { ...user, state: "full", endpoints };
}

function changedUser(before: ConferenceUser, user: ConferenceUser): ConferenceUser {
  const endpoints = changedRows(
    "partial",
    before.endpoints,
    user.endpoints,
    endpointKey,
    wholeEndpoint,
    changedEndpoint,
  );
  return { ...before, ...user, state: "full", endpoints };
}

function wholeEndpoint(endpoint: ConferenceEndpoint): ConferenceEndpoint {
  return { ...endpoint, state: "full" };
}

function changedEndpoint(before: ConferenceEndpoint, endpoint: ConferenceEndpoint): ConferenceEndpoint {
  const media = changedRows("partial", before.media, endpoint.media, mediumKey, itself, second);
  return { ...before, ...endpoint, state: "full", media };
}

function changedUris(before: ConferenceUris | undefined, { state, entries }: ConferenceUris): ConferenceUris {
  return { state: "full", entries: changedRows(state, before?.entries, entries, uriKey, itself, second) };
}

function changedSidebars(
  before: ConferenceSidebars | undefined,
  { state, entries }: ConferenceSidebars,
): ConferenceSidebars {
  return { state: "full", entries: changedRows(state, before?.entries, entries, userKey, wholeInfo, changedInfo) };
}

/** The rows of a table after an update of it (RFC 4575 §4.6, steps 1 to 3), in the order in which they appeared. */
function changedRows<T extends { readonly state?: InfoState }>(
  state: InfoState,
  before: readonly T[] | undefined,
  update: readonly T[],
  keyOf: (row: T) => string,
  whole: (row: T) => T,
  changed: (before: T, row: T) => T,
): readonly T[] {
  const rows = new Map<string, T>();
  if (state === "deleted") return [];
  if (state === "partial") { for (const row of before ?? NOBODY) rows.set(keyOf(row), row); }
  for (const row of update) {
    const key = keyOf(row);
    const known = rows.get(key);
    if (row.state === "deleted") rows.delete(key);
    else if (known !== undefined) rows.set(key, row.state === "partial" ? changed(known, row) : whole(row));
    else if (rows.size < ROSTER_LIMIT) rows.set(key, whole(row));
  }
  return [...rows.values()];
}

const userKey = ({ entity }: { readonly entity: string }) => entity;
const endpointKey = ({ entity }: ConferenceEndpoint) => entity;
const mediumKey = ({ id }: ConferenceMedium & { readonly state?: InfoState }) => id;
const uriKey = ({ uri }: ConferenceUri & { readonly state?: InfoState }) => uri;
const itself = <T>(row: T) => row;
const second = <T>(_: T, row: T) => row;
