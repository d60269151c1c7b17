import { type Clock, type Log, randomHex } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { privacyDefaults, privacyKey } from "../profiles/privacy_document.ts";
import { type ContactRequest, type Privacy, readContactRequests, readPrivacy } from "../usages/own_readers.ts";
import type { ContactSettings, PrivacyDefaults } from "../xdm_settings.ts";
import { BLOCK_LISTS, contactEntries, CONTACTS_SERVICE, entriesIn, GRANTED, listsKey } from "./contact_lists.ts";
import { freeName, withContact, withEntry } from "./contact_edits.ts";
import { requestOf, requestsKey, withoutRequest, withRequest } from "./requests_document.ts";
import { RecentPairs } from "./recent_pairs.ts";
import { personText } from "./words.ts";

/** What bonds between users stand on. */
export interface BondParts {
  readonly documents: DocumentService;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  /** Read at each use. */
  readonly settings: ContactSettings;
  readonly privacy: PrivacyDefaults;
  /** A system message to a user. Never rejects. */
  readonly tell: (aor: string, cause: string, text: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How somebody stands to be added. `blocked`: the other one keeps them away, which they do not learn. */
export type Consent = "free" | "needed" | "blocked";

/** What a user asks another one. */
export interface Asking {
  /** How the one asked is shown until they agree: the User-ID, or the number by which they were named. */
  readonly shown: string;
  /** As the adder wants to call them. */
  readonly name: string;
  readonly message: string;
}

/** Requests of one user that wait, at most: who asks more is refused. */
const MOST_ASKED = 200;
const TELL_EVERY_MS = 3_600_000;

/**
 * What being in each other's contact list means: consent (GM-5), both lists (GM-15), and who is told (NOT-11). Whatever way a
 * contact is added, it comes through here.
 */
export class Bonds {
  readonly #parts: BondParts;
  readonly #told: RecentPairs;

  constructor(parts: BondParts) {
    this.#parts = parts;
    this.#told = new RecentPairs(parts.clock, TELL_EVERY_MS);
  }

  /** Whether `adder` needs the word of `user`, whom they named by number or not. */
  async consent(adder: string, user: Subscriber, byNumber: boolean): Promise<Consent> {
    const { documents } = this.#parts;
    const lists = (await documents.read(listsKey(user.aor)))?.document ?? null;
    const wanted = await this.#wantsToBeAsked(user.aor, byNumber);
    if (entriesIn(lists, BLOCK_LISTS).some(({ aor }) => aor === adder)) return wanted ? "blocked" : "free";
    if (!wanted) return "free";
    const trusts = [...entriesIn(lists, [GRANTED]), ...contactEntries(lists)].some(({ aor }) => aor === adder);
    return trusts ? "free" : "needed";
  }

  async privacyOf(aor: string): Promise<Privacy> {
    const version = await this.#parts.documents.read(privacyKey(aor));
    return readPrivacy(version?.document ?? null, privacyDefaults(this.#parts.privacy));
  }

  /** The adder has the contact in their list: now the contact gets the adder, and is told. */
  async introduce(adder: string, contact: string): Promise<void> {
    const { settings, subscribers, log } = this.#parts;
    const name = subscribers.get(adder)?.displayName ?? "";
    try {
      if (!await this.#put(contact, adder, name)) return;
    } catch (error) {
      if (!(error instanceof XcapProblem) || error.status >= 500) throw error;
      // Their list is full, say: that is no reason to keep them out of the other's.
      log.info("a user was not put into the contact list of a contact", { user: contact, why: error.message });
    }
    if (!settings.tell_added || !this.#told.first(adder, contact)) return;
    await this.#parts.tell(contact, `contact.added ${adder}`, `${personText(name, adder)} has added you as a contact.`);
  }

  /**
   * Asks `user` for consent; whom they have asked themselves has agreed with that, and null is given. `silently`: the one asked
   * hears nothing of it.
   */
  async ask(adder: string, user: Subscriber, asking: Asking, silently: boolean): Promise<ContactRequest | null> {
    const { documents, subscribers, clock } = this.#parts;
    const own = (await documents.read(requestsKey(adder)))?.document ?? null;
    const turned = requestOf(own, user.aor, "incoming");
    if (turned !== undefined) {
      await this.agree(adder, turned.id);
      return null;
    }
    const waiting = requestOf(own, user.aor, "outgoing") ?? requestOf(own, asking.shown, "outgoing");
    if (waiting !== undefined) return waiting;
    const asked = await this.requests(adder);
    const outgoing = asked.filter(({ direction }) => direction === "outgoing").length;
    if (outgoing >= MOST_ASKED) {
      throw new OperationError("conflict", `${MOST_ASKED} requests wait for an answer already`);
    }
    const now = clock.now();
    const request = { id: `r${randomHex(8)}`, requestedAt: now };
    const name = subscribers.get(adder)?.displayName ?? "";
    const { message } = asking;
    let { id } = request;
    if (!silently) {
      await documents.update(CONTACTS_SERVICE, requestsKey(user.aor), (present) => {
        const there = requestOf(present, adder, "incoming");
        if (there !== undefined) ({ id } = there);
        return there !== undefined
          ? null
          : withRequest(present, { ...request, uri: adder, direction: "incoming", displayName: name, message });
      });
    }
    const sent = { id, requestedAt: now, direction: "outgoing", displayName: asking.name, message } as const;
    await documents.update(
      CONTACTS_SERVICE,
      requestsKey(adder),
      (present) => withRequest(present, { ...sent, uri: asking.shown }),
    );
    if (!silently && id === request.id) {
      const said = message === "" ? "" : ` They write: "${message}"`;
      await this.#parts.tell(
        user.aor,
        `contact.request ${adder}`,
        `${personText(name, adder)} asks to have you as a contact.${said} You can agree or refuse in your account.`,
      );
    }
    return { ...sent, aor: asking.shown };
  }

  /** The owner agrees to a request: both are in each other's contact list then. Rejects with OperationError "not-found". */
  async agree(owner: string, id: string): Promise<void> {
    const { documents, subscribers, tell } = this.#parts;
    const { aor: adder } = await this.#request(owner, id, "incoming");
    const asker = subscribers.get(adder);
    const user = subscribers.get(owner);
    if (asker !== undefined && user !== undefined) {
      await documents.update(
        CONTACTS_SERVICE,
        listsKey(owner),
        (now) => withEntry(now, GRANTED, adder, { uri: adder, name: asker.displayName }),
      );
      await this.#put(owner, adder, asker.displayName);
      const asked = (await this.requests(adder)).find((one) => one.id === id && one.direction === "outgoing");
      const chosen = asked?.displayName ?? "";
      await this.#put(adder, owner, chosen === "" ? user.displayName : chosen);
    }
    await this.#forget(owner, id);
    await this.#forget(adder, id);
    if (asker === undefined) throw new OperationError("not-found", `${adder} is no user any more`);
    await tell(
      adder,
      `contact.agreed ${owner}`,
      `${personText(user?.displayName ?? "", owner)} has agreed: you are contacts of each other now.`,
    );
  }

  /** Refuses a request, or takes back one of the owner's own. Rejects with OperationError "not-found". */
  async dismiss(owner: string, id: string): Promise<void> {
    const { direction, aor } = await this.#request(owner, id);
    const { subscribers, tell } = this.#parts;
    // Who was asked by number stands in the request by that number.
    const other = aor.startsWith("tel:") ? subscribers.byNumber(aor.slice("tel:".length))?.aor ?? "" : aor;
    const theirs = (await this.requests(other)).find((one) => one.id === id && one.direction !== direction);
    await this.#forget(owner, id);
    if (theirs === undefined) return;
    await this.#forget(other, id);
    if (direction === "outgoing") return;
    await tell(other, `contact.refused ${owner}`, `${theirs.aor} does not want to be a contact of yours.`);
  }

  /** The owner wants to hear no more of it; whoever asked goes on waiting. */
  async dropRequestsOf(owner: string, adder: string): Promise<void> {
    const present = (await this.#parts.documents.read(requestsKey(owner)))?.document ?? null;
    const request = requestOf(present, adder, "incoming");
    if (request !== undefined) await this.#forget(owner, request.id);
  }

  /** False where the owner keeps that person away. */
  async #put(owner: string, contact: string, name: string): Promise<boolean> {
    let welcome = true;
    await this.#parts.documents.update(CONTACTS_SERVICE, listsKey(owner), (now) => {
      welcome = !entriesIn(now, BLOCK_LISTS).some(({ aor }) => aor === contact);
      if (!welcome || contactEntries(now).some(({ aor }) => aor === contact)) return null;
      const shown = this.#parts.settings.same_names ? name : freeName(now, name, contact);
      return withContact(now, { uri: contact, name: shown, list: "" });
    });
    return welcome;
  }

  async #wantsToBeAsked(aor: string, byNumber: boolean): Promise<boolean> {
    const { authorisation } = this.#parts.settings;
    if (authorisation !== "asContactSays") return authorisation === "always";
    const { addContactAuthorisation, searchableByNumber } = await this.privacyOf(aor);
    return addContactAuthorisation || (byNumber && !searchableByNumber);
  }

  async #request(owner: string, id: string, direction?: ContactRequest["direction"]): Promise<ContactRequest> {
    const requests = await this.requests(owner);
    const request = requests.find((one) => one.id === id && (direction === undefined || one.direction === direction));
    if (request === undefined) throw new OperationError("not-found", `there is no request "${id}" that waits`);
    return request;
  }

  async requests(owner: string): Promise<readonly ContactRequest[]> {
    const version = await this.#parts.documents.read(requestsKey(owner));
    return version === null ? [] : readContactRequests(version.document);
  }

  async #forget(owner: string, id: string): Promise<void> {
    await this.#parts.documents.update(CONTACTS_SERVICE, requestsKey(owner), (now) => withoutRequest(now, id));
  }
}
