import type { ReadonlySignal } from "@preact/signals-core";
import type { Outcome, Problem } from "./outcome.ts";
import type { LocationPart } from "./conversation_model.ts";

/** How somebody is, as far as we may know. */
export interface PresenceModel {
  /** `unknown`: they have not said whether we may know, or presence is down. */
  readonly status: "available" | "busy" | "away" | "offline" | "unknown" | string;
  readonly note: string;
  readonly location: LocationPart | null;
  /** Why nothing is known; "". */
  readonly reason: string;
}

/** Somebody in the contact list. */
export interface ContactModel {
  readonly uri: string;
  /** The friendly name, else the address without `sip:`. Never empty. */
  readonly name: string;
  /** Names of the lists that they are in. */
  readonly lists: readonly string[];
  readonly blocked: boolean;
  /** They have not agreed yet. */
  readonly pending: boolean;
  readonly presence: ReadonlySignal<PresenceModel>;
}

/** Somebody asks to have us in their contact list, or we asked them. */
export interface ContactRequest {
  readonly id: string;
  readonly uri: string;
  readonly name: string;
  readonly incoming: boolean;
  readonly at: number;
  /** Words of whoever asks; "" for none. */
  readonly message?: string;
}

/** Somebody whom a search found. */
export interface PersonFound {
  readonly uri: string;
  readonly name: string;
  /** What else they let be found, as `label: value`, in words of the service. */
  readonly facts: readonly string[];
}

/** How we are shown to others. */
export interface OwnState {
  /** `invisible`: offline to all, while messages go both ways. */
  readonly status: "available" | "busy" | "away" | "invisible" | string;
  readonly note: string;
  /** When it ends by itself; 0: it stays. */
  readonly until: number;
}

/** Contacts, who they are, and who may know of us. Every list is loaded by itself and stays as it was while presence or documents are down. */
export interface PeopleModel {
  readonly contacts: ReadonlySignal<readonly ContactModel[]>;
  /** Names of the user's own lists, in their order. */
  readonly lists: ReadonlySignal<readonly string[]>;
  readonly requests: ReadonlySignal<readonly ContactRequest[]>;
  readonly blocked: ReadonlySignal<readonly { readonly uri: string; readonly name: string }[]>;
  /** `failed`: documents cannot be had; it is tried again. */
  readonly state: ReadonlySignal<"loading" | "ready" | "failed">;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Whether presence works: `failed` means that nobody's status is known. */
  readonly presenceState: ReadonlySignal<"loading" | "ready" | "failed">;
  readonly own: ReadonlySignal<OwnState>;
  /** The name to show for an address: of a contact, else `said`, else the address without `sip:`. */
  nameOf(uri: string, said?: string): string;
  isBlocked(uri: string): boolean;
  add(address: string, name: string, lists: readonly string[]): Outcome;
  rename(uri: string, name: string): Outcome;
  move(uri: string, lists: readonly string[]): Outcome;
  remove(uri: string): Outcome;
  block(uri: string): Outcome;
  unblock(uri: string): Outcome;
  addList(name: string): Outcome;
  renameList(name: string, to: string): Outcome;
  removeList(name: string): Outcome;
  agree(id: string): Outcome;
  decline(id: string): Outcome;
  /** By words: names, addresses, numbers. */
  search(words: string): Promise<readonly PersonFound[] | Problem>;
  setState(state: OwnState): Outcome;
  /** Publishes where we are, to those whom our rules let know; null: no longer. */
  shareLocation(location: Omit<LocationPart, "kind"> | null): Outcome;
  /** Whether that contact may know where we are. */
  letLocate(uri: string, on: boolean): Outcome;
  mayLocate(uri: string): boolean;
}
