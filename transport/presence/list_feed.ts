import { randomToken, utf8 } from "../../foundation/mod.ts";
import { LIST_BODY_END, type ListBody, listBody, type ListBodyPart, partOverhead, rootOverhead } from "./list_body.ts";
import type { ListMember, ListMembers } from "./list_members.ts";
import {
  instanceText,
  type ListName,
  namesText,
  RESOURCE_END,
  RLMI_END,
  type RlmiInstance,
  rlmiStart,
} from "./list_meta_information.ts";

/** The state of one instance of a member, as it is now. */
export type MemberState =
  | { readonly id: string; readonly state: "active"; readonly contentType: string; readonly body: Uint8Array }
  | { readonly id: string; readonly state: "pending" }
  /** `reason` as of Subscription-State. */
  | { readonly id: string; readonly state: "terminated"; readonly reason: string };

/** Where the states of members come from, for one subscription. */
export interface MemberStates {
  /**
   * What is known of a member: none where that is nothing yet, null where it is what was told before. `whole`: not as a
   * difference to that, and not null. Asked again where it did not fit into a body: only `told` counts.
   */
  of(uri: string, whole: boolean): readonly MemberState[] | null;
  /** What `of` said last of this member goes out. */
  told?(uri: string): void;
}

export interface ListFeedOptions {
  /** Of the list, as it was subscribed to. */
  readonly uri: string;
  readonly names?: readonly ListName[];
  /** Octets of one body. Only two things are larger: full state that does but name the members, and one state alone. */
  readonly octets: number;
  /** What Content-IDs end with: a host name. */
  readonly host: string;
  /** For one that goes on after a restart: the version that the next body follows, and whether it has to be full state. */
  readonly told?: { readonly version: number; readonly owesFull: boolean };
}

/** Instances of one member that are told of. */
const INSTANCES = 8;

/**
 * What one subscription to a list is told (RFC 4662 §4.5, §5): first full state, which names every member, with as many states
 * as there is room for; then, in the order in which they changed, those that changed and those there was no room for.
 */
export class ListFeed {
  readonly #options: ListFeedOptions;
  readonly #states: MemberStates;
  #members: ListMembers;
  #names: readonly ListName[];
  #version = -1;
  /** Members to tell of; those of which everything is to be told, not what is new. */
  readonly #changed = new Map<ListMember, "whole" | "news">();
  /** Only full state can tell it: the first, or after a member left. */
  #owesFull = true;

  constructor(members: ListMembers, states: MemberStates, options: ListFeedOptions) {
    this.#members = members;
    this.#states = states;
    this.#options = options;
    this.#names = options.names ?? [];
    if (options.told === undefined) return;
    this.#version = options.told.version;
    this.#owesFull = options.told.owesFull;
  }

  /** Of the last body; -1 before the first. */
  get version(): number {
    return this.#version;
  }

  /** True while there may be something to tell: `next` is to be asked. */
  get owes(): boolean {
    return this.#owesFull || this.#changed.size > 0;
  }

  /** The state of a member is another. False where it is none. */
  changed(uri: string): boolean {
    const member = this.#members.find(uri);
    if (member === undefined) return false;
    if (!this.#changed.has(member)) this.#changed.set(member, "news");
    return true;
  }

  /** The list was edited. Another name of its own is told with what is told next. */
  edited(members: ListMembers, names: readonly ListName[] = this.#names): void {
    this.#names = names;
    for (const member of this.#members) {
      const now = members.find(member.uri);
      // A document with some of the members cannot take one away.
      if (now === undefined) this.#owesFull = true;
      // Another name is told with all that is under it.
      const owed = now !== undefined && now.start !== member.start ? "whole" : this.#changed.get(member);
      this.#changed.delete(member);
      if (now !== undefined && owed !== undefined) this.#changed.set(now, owed);
    }
    for (const member of members) if (this.#members.find(member.uri) === undefined) this.#changed.set(member, "whole");
    this.#members = members;
  }

  /** The next body; null where there is nothing to tell. */
  next(): ListBody | null {
    if (this.#owesFull) return this.full();
    return this.#body(false);
  }

  /** Full state: for the NOTIFY after every SUBSCRIBE. What it has no room for, `next` gives. */
  full(): ListBody {
    this.#owesFull = false;
    this.#changed.clear();
    for (const member of this.#members) this.#changed.set(member, "whole");
    return this.#body(true)!;
  }

  #body(isFull: boolean): ListBody | null {
    const { uri, octets, host } = this.#options;
    const token = randomToken(12);
    const rootCid = `${token}@${host}`;
    const head = rlmiStart(uri, this.#version + 1, isFull) + namesText(this.#names);
    let size = rootOverhead(rootCid) + utf8(head).length + RLMI_END.length + LIST_BODY_END;
    if (isFull) { for (const member of this.#members) size += member.octets + RESOURCE_END.length; }
    const parts: ListBodyPart[] = [];
    const told = new Map<ListMember, string>();
    for (const [member, owed] of this.#changed) {
      const known = this.#states.of(member.uri, owed === "whole");
      if (known === null && !isFull) {
        this.#changed.delete(member);
        continue;
      }
      const states = known?.slice(0, INSTANCES) ?? [];
      let instances = "", more = isFull ? 0 : member.octets + RESOURCE_END.length;
      const own: ListBodyPart[] = [];
      for (const state of states) {
        const cid = state.state === "active" ? `${token}.${parts.length + own.length}@${host}` : "";
        const text = instanceText(rlmiInstance(state, cid));
        instances += text;
        more += utf8(text).length;
        if (state.state !== "active") continue;
        own.push({ cid, contentType: state.contentType, body: state.body });
        more += partOverhead(cid, state.contentType) + state.body.length;
      }
      // What is too large for any body goes alone, rather than never.
      if (size + more > octets && (isFull || told.size > 0)) break;
      size += more;
      parts.push(...own);
      told.set(member, instances);
    }
    if (told.size === 0 && !isFull) return null;
    this.#version++;
    for (const member of told.keys()) {
      this.#changed.delete(member);
      this.#states.told?.(member.uri);
    }
    let text = head;
    for (const member of isFull ? this.#members : told.keys()) {
      text += member.start + (told.get(member) ?? "") + RESOURCE_END;
    }
    return listBody(rootCid, utf8(text + RLMI_END), parts);
  }
}

function rlmiInstance(state: MemberState, cid: string): RlmiInstance {
  return { id: state.id, state: state.state, reason: state.state === "terminated" ? state.reason : "", cid };
}
