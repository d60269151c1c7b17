import { ListMembers, type ListName, type Recipient } from "../../../transport/presence/mod.ts";
import type { ServiceList } from "../../xdm/mod.ts";

/** A list as its subscribers are to see it. Never changed. */
export interface ListContents {
  readonly names: readonly ListName[];
  readonly members: ListMembers;
  /** Members, as written, that are lists which are not followed: nobody is there to be watched. */
  readonly unfollowed: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Of the service of a resource list server. */
export function contentsOf({ names, members }: ServiceList): ListContents {
  const unfollowed = members.filter(({ isList }) => isList).map(({ uri }) => uri);
  return {
    names,
    members: new ListMembers(members),
    unfollowed: unfollowed.length === 0 ? NONE : new Set(unfollowed),
  };
}

/** Of a list in a request (RFC 5367). `isList`: whether that URI is one of a list: those are not followed. */
export function requestedContents(recipients: readonly Recipient[], isList: (uri: string) => boolean): ListContents {
  const unfollowed = recipients.map(({ uri }) => uri).filter(isList);
  const members = new ListMembers(recipients.map(({ uri, displayName }) => ({
    uri,
    names: displayName === "" ? [] : [{ text: displayName, language: "" }],
  })));
  return { names: [], members, unfollowed: unfollowed.length === 0 ? NONE : new Set(unfollowed) };
}
