/** Somebody in a contact list. */
export interface ContactView {
  /** Address-of-record, or the folded address of somebody elsewhere. */
  readonly uri: string;
  /** As its owner calls them; "" for no name of their own. */
  readonly name: string;
  /** Groups of the contact list they stand in; "" for the contact list itself. */
  readonly lists: readonly string[];
  readonly blocked: boolean;
}

/** A group of contacts: a list in the contact list (GM-9). */
export interface ContactListView {
  /** What it is known by; lists in lists as `a/b`. */
  readonly name: string;
  readonly display_name: string;
  readonly contacts: number;
}

/** Somebody who is kept away. */
export interface BlockedView {
  readonly uri: string;
  readonly name: string;
}

/** A request that waits for its answer (GM-5). */
export interface ContactRequestView {
  readonly id: string;
  /** Who asks, or who is asked: a `tel:` URI where the one asked is not to be found by number. */
  readonly uri: string;
  /** `incoming`: the owner is asked. */
  readonly direction: "incoming" | "outgoing";
  readonly requested_at: number;
  readonly name: string;
  readonly message: string;
}

/** A user's contact list as its document has it (GM-8: the server's copy holds). */
export interface ContactBook {
  /** Of the document; "" where there is none yet. */
  readonly etag: string;
  /** In the order of the document; who stands in several groups stands here once. */
  readonly contacts: readonly ContactView[];
  readonly lists: readonly ContactListView[];
  readonly blocked: readonly BlockedView[];
}

/** What somebody asks to have added. */
export interface NewContact {
  /** A SIP URI, a User-ID (`bob`, `bob@example.test`), or a telephone number as it stands in a phone book (GM-2). */
  readonly contact: string;
  /** "": as the contact calls themselves. */
  readonly name: string;
  /** "": the contact list itself. */
  readonly list: string;
  /** For whoever has to agree; "" for none. */
  readonly message: string;
}

/** What became of it. */
export type Added =
  | { readonly outcome: "added"; readonly contact: ContactView }
  /** The contact has to agree first, and has been asked (GM-5). */
  | { readonly outcome: "asked"; readonly request: ContactRequestView }
  /** Nobody here has this number (GM-12). `link`: where its owner can sign up; "" where the operator has not opened that. */
  | { readonly outcome: "unknown-number"; readonly number: string; readonly text: string; readonly link: string };

/** What is to be other with a contact; what is absent stays. */
export interface ContactPatch {
  readonly name?: string;
  /** The one group they stand in from then on; "": the contact list itself. */
  readonly list?: string;
}

/**
 * Contact lists (GM-2 to GM-15). The documents are the truth: every method reads or changes `resource-lists`, the access rules and
 * the contact requests, under the same checks as an XCAP client. `owner` is an address-of-record; `etag` the version that the caller
 * saw, null for whatever there is. Rejects with OperationError: `stale`, `not-found`, `conflict`, `invalid`, `unavailable`.
 */
export interface ContactService {
  book(owner: string): Promise<ContactBook>;
  add(owner: string, contact: NewContact, etag: string | null, by: string): Promise<Added>;
  /** Renames or moves (GM-6, GM-11). Gives the contact as it is then. */
  change(owner: string, uri: string, patch: ContactPatch, etag: string | null, by: string): Promise<ContactView>;
  /** Erases the contact from the contact list, and takes a consent to it back. */
  remove(owner: string, uri: string, etag: string | null, by: string): Promise<void>;
  /** FLT-1: nothing of theirs arrives. Blocks also who is no contact; blocked twice is blocked. */
  block(owner: string, uri: string, etag: string | null, by: string): Promise<void>;
  unblock(owner: string, uri: string, etag: string | null, by: string): Promise<void>;
  /** `display_name` "": the name. */
  createList(
    owner: string,
    list: { readonly name: string; readonly display_name: string },
    etag: string | null,
    by: string,
  ): Promise<ContactListView>;
  changeList(
    owner: string,
    name: string,
    patch: { readonly name?: string; readonly display_name?: string },
    etag: string | null,
    by: string,
  ): Promise<ContactListView>;
  /** The contacts in it stay: they go to the contact list itself. */
  removeList(owner: string, name: string, etag: string | null, by: string): Promise<void>;
  /** Oldest first. */
  requests(owner: string): Promise<readonly ContactRequestView[]>;
  /** The owner agrees: both have each other in their contact lists then (GM-15). */
  agree(owner: string, id: string, by: string): Promise<void>;
  /** The owner says no to somebody who asks, or takes back what was asked. */
  dismiss(owner: string, id: string, by: string): Promise<void>;
}
