import type { Counter, Events, Log, Metrics } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import type { XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { operationError } from "../problem_of.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";
import type { DocumentChange, XdmEvents } from "../xdm_events.ts";
import type { Bonds } from "./bonds.ts";
import { contactEntries, CONTACTS_SERVICE, listsKey } from "./contact_lists.ts";
import { contactsChange } from "./contacts_change.ts";
import { withoutEntries } from "./contact_edits.ts";
import { attributeSet, edited } from "./list_edit.ts";
import { lookUpUri } from "./person_lookup.ts";
import { personText } from "./words.ts";

export interface ContactWatchParts {
  readonly events: Events<XdmEvents>;
  readonly documents: DocumentService;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly bonds: Bonds;
  readonly domains: ReadonlySet<string>;
  /** A system message to a user. Never rejects. */
  readonly tell: (aor: string, cause: string, text: string) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** A contact that a user has written into the own document. */
interface Written {
  readonly uri: string;
  /** As it stands there, folded. */
  readonly aor: string;
  readonly name: string;
}

/** Contacts that wait to be looked at, of all users. */
const MOST_WAITING = 20_000;

/**
 * What XCAP clients write into their contact lists has the same effects as what is added otherwise: who wants to be asked is asked
 * and taken out again until then (GM-5), a number becomes the User-ID (GM-2, SEC-8), both lists are updated (GM-15) and the contact
 * is told (NOT-11). Hears of what users write, never of its own changes.
 */
export class ContactWatch {
  readonly #parts: ContactWatchParts;
  /** By owner, then by address. */
  readonly #waiting = new Map<string, Map<string, Written>>();
  readonly #lost: Counter;
  #count = 0;
  #running: Promise<void> | null = null;

  constructor(parts: ContactWatchParts) {
    this.#parts = parts;
    const { metrics, events } = parts;
    metrics.gauge(
      "parley_contacts_waiting",
      "Contacts written by XCAP clients that wait for effects",
      () => this.#count,
    );
    this.#lost = metrics.counter(
      "parley_contacts_without_effects_total",
      "Contacts written by XCAP clients whose effects were left out",
    );
    events.on("documentChanged", (change) => this.#changed(change));
  }

  /** Resolves when everything heard of so far is done. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  #changed({ key, before, after, by }: DocumentChange): void {
    const { auid, document } = IDENTIFIERS.resourceLists;
    if (by.kind !== "user" || after === null || key.auid !== auid || key.name !== document) return;
    const { added } = contactsChange(before?.document ?? null, after.document);
    for (const { aor, uri, name } of added) {
      if (aor !== "" && aor !== key.owner) this.#wait(key.owner, { aor, uri, name });
    }
    if (this.#count > 0) this.#running ??= this.#work();
  }

  #wait(owner: string, written: Written): void {
    const own = this.#waiting.get(owner) ?? new Map<string, Written>();
    if (!own.has(written.aor)) {
      if (this.#count >= MOST_WAITING) {
        this.#lost.add();
        return;
      }
      this.#count++;
    }
    own.set(written.aor, written);
    this.#waiting.set(owner, own);
  }

  /** One after the other, users in turn: a long list of one does not hold up the others. */
  async #work(): Promise<void> {
    // Not within the change that was heard of.
    await Promise.resolve();
    for (;;) {
      const next = this.#next();
      if (next === null) break;
      try {
        await this.#effects(next.owner, next.written);
      } catch (error) {
        const { message } = operationError(error) as Error;
        this.#lost.add();
        this.#parts.log.warn("a contact that was written has no effects", { user: next.owner, error: message });
      }
    }
    this.#running = null;
  }

  #next(): { owner: string; written: Written } | null {
    for (const [owner, own] of this.#waiting) {
      this.#waiting.delete(owner);
      for (const [aor, written] of own) {
        own.delete(aor);
        this.#count--;
        if (own.size > 0) this.#waiting.set(owner, own);
        return { owner, written };
      }
    }
    return null;
  }

  async #effects(owner: string, { uri, aor, name }: Written): Promise<void> {
    const { subscribers, domains, bonds, tell } = this.#parts;
    const parsed = tryParseUri(uri);
    const meant = parsed === null ? null : lookUpUri(parsed, { subscribers, domains, isService: () => false });
    if (meant?.kind !== "user") return;
    const { user, byNumber } = meant;
    if (user.aor === owner) return;
    const consent = await bonds.consent(owner, user, byNumber !== "");
    if (consent === "free") {
      if (aor !== user.aor) await this.#rewrite(owner, (now) => withUserId(now, aor, user.aor));
      await bonds.introduce(owner, user.aor);
      return;
    }
    await this.#rewrite(owner, (now) => withoutEntries(now, aor, contactEntries(now)));
    const waits = (await bonds.requests(owner)).length;
    const hidden = byNumber !== "" && !(await bonds.privacyOf(user.aor)).searchableByNumber;
    const shown = hidden ? `tel:${byNumber}` : user.aor;
    try {
      const asked = await bonds.ask(owner, user, { shown, name, message: "" }, consent === "blocked");
      if (asked === null || (await bonds.requests(owner)).length === waits) return;
      const who = personText(name, shown);
      await tell(owner, `contact.asked ${shown}`, `${who} has been asked, and is in your contact list after agreeing.`);
    } catch (error) {
      const refusal = operationError(error);
      if (!(refusal instanceof OperationError)) throw error;
      await tell(owner, `contact.asked ${shown}`, `${personText(name, shown)} could not be asked: ${refusal.message}`);
    }
  }

  async #rewrite(owner: string, edit: (now: XmlDocument | null) => string | null): Promise<void> {
    await this.#parts.documents.update(CONTACTS_SERVICE, listsKey(owner), edit);
  }
}

/** The text with the User-ID in the place of a number; where the User-ID stands already, the number goes. */
function withUserId(document: XmlDocument | null, number: string, aor: string): string | null {
  const entries = contactEntries(document);
  if (entries.some((entry) => entry.aor === aor)) return withoutEntries(document, number, entries);
  const edits = entries.filter((entry) => entry.aor === number).map(({ element }) => attributeSet(element, "uri", aor));
  return edits.length === 0 ? null : edited(document!.text, edits);
}
