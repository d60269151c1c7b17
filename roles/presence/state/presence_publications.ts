import { type Counter, detached, utf8 } from "../../../foundation/mod.ts";
import {
  type CheckedPresence,
  checkPresence,
  isPidfDiff,
  parsePresenceXml,
  PATCH_ERROR_TYPE,
  patchedPresence,
  patchErrorBody,
  PIDF_DIFF_TYPE,
  PIDF_TYPE,
  plainEntity,
  PRESENCE_LIMITS,
  type PresenceDocument,
  PresenceProblem,
  readChecked,
  readPresence,
} from "../../../transport/presence/mod.ts";
import {
  type DurableStates,
  type Problem,
  type Publication,
  type PublicationContent,
  type PublicationOrigin,
  type PublicationProblem,
  type PublicationRules,
} from "../../../transport/sip/mod.ts";
import type { DeviceTies } from "./device_ties.ts";
import { isEntityOf } from "./own_entity.ts";
import type { PresentitiesParts } from "./presentities_parts.ts";
import { PublishedDocument } from "./published_document.ts";

/** Whoever composes what is published. */
export interface PublicationUser {
  changed(resource: string): void;
  refreshed(publication: Publication): void;
  /** It is about to ask what is published for this resource. */
  awaits(resource: string): boolean;
}

export interface PresencePublicationsParts
  extends Pick<PresentitiesParts, "subscribers" | "domains" | "salt" | "settings" | "log" | "durable"> {
  readonly ties: DeviceTies;
  /** Documents parsed. */
  readonly parsed: Counter;
  readonly user: PublicationUser;
}

/** `Publication.kept` of what was found in order, and has not been read. */
const READABLE = "readable";
/** Longest reason phrase: what is wrong and where, not the document. */
const REASON = 120;

/** The publications of event `presence` (RFC 3856 §6, RFC 3903, RFC 5264): users publish for themselves. */
export class PresencePublications implements PublicationRules {
  readonly event = "presence";
  readonly contentTypes: readonly string[] = [PIDF_TYPE, PIDF_DIFF_TYPE];
  readonly expires: PublicationRules["expires"];
  readonly rate: PublicationRules["rate"];
  readonly durable: DurableStates | undefined;
  readonly #parts: PresencePublicationsParts;

  constructor(parts: PresencePublicationsParts) {
    const { settings } = parts;
    this.#parts = parts;
    this.durable = parts.durable;
    this.expires = {
      get default() {
        return Math.min(3600, settings.max_expires);
      },
      min: 60,
      get max() {
        return settings.max_expires;
      },
    };
    this.rate = {
      get interval_ms() {
        return 60_000 / settings.publish_per_minute;
      },
      // Twenty seconds' worth at once: a device that comes back says everything anew.
      get burst() {
        return Math.max(1, Math.round(settings.publish_per_minute / 3));
      },
    };
  }

  /** The setting may be any number up to this. */
  get maxBody(): number {
    return PRESENCE_LIMITS.xml.characters;
  }

  authorize(resource: string, publisher: string): Problem | null {
    if (this.#parts.subscribers.get(resource) === undefined) return { status: 404, reason: "No Such User" };
    if (resource !== publisher) return { status: 403, reason: "Presence Is Published by Its Own User" };
    return null;
  }

  check(
    contentType: string,
    body: Uint8Array,
    before: Publication | null,
    resource: string,
  ): PublicationProblem | PublicationContent {
    // Many clients send all of it again in the place of a refresh.
    if (before !== null && before.kept !== undefined && isSame(before, contentType, body)) {
      return { contentType: before.contentType, body: before.body, kept: before.kept };
    }
    try {
      return this.#contentOf(contentType, body, before, resource);
    } catch (error) {
      if (!(error instanceof PresenceProblem)) throw error;
      return refusal(error);
    }
  }

  deviceOf(resource: string, origin: PublicationOrigin): string {
    return detached(this.#parts.ties.deviceOf(resource, origin));
  }

  changed(resource: string): void {
    this.#parts.user.changed(resource);
  }

  refreshed(publication: Publication): void {
    this.#parts.user.refreshed(publication);
  }

  /** What a publication says, read again where it was put aside; null where it cannot be read any more. */
  documentOf(publication: Publication): PublishedDocument | null {
    if (publication.kept instanceof PublishedDocument) return publication.kept;
    try {
      const document = new PublishedDocument(this.#parse(publication.body));
      publication.kept = document;
      return document;
    } catch (error) {
      if (!(error instanceof PresenceProblem)) throw error;
      const { resource, id } = publication;
      this.#parts.log.warn("publication of an earlier version of the box cannot be read", {
        user: resource,
        id,
        problem: error.kind,
      });
      return null;
    }
  }

  /** Octets that a publication's parsed document takes; 0 where it was put aside. */
  costOf({ kept }: Publication): number {
    return kept instanceof PublishedDocument ? kept.cost : 0;
  }

  /** Throws PresenceProblem. */
  #contentOf(
    contentType: string,
    body: Uint8Array,
    before: Publication | null,
    resource: string,
  ): PublicationProblem | PublicationContent {
    const { parsed, salt, user } = this.#parts;
    parsed.add();
    this.#checkSize(body);
    // Its everyday form is checked without reading it.
    const entity = contentType === PIDF_TYPE && !user.awaits(resource) ? plainEntity(body) : null;
    if (entity !== null) {
      if (!isEntityOf(entity, resource, this.#parts)) return ANOTHERS_ENTITY;
      return { contentType: PIDF_TYPE, body: body.slice(), kept: READABLE };
    }
    const xml = parsePresenceXml(body);
    if (contentType === PIDF_DIFF_TYPE && isPidfDiff(xml)) {
      const document = patchedPresence(this.#beforeOf(before), xml, salt);
      const octets = utf8(document.xml!.text);
      this.#checkSize(octets);
      if (!isEntityOf(document.entity, resource, this.#parts)) return ANOTHERS_ENTITY;
      return { contentType: PIDF_DIFF_TYPE, body: octets, kept: new PublishedDocument(document) };
    }
    const checked = checkPresence(xml);
    const { isFull } = checked;
    if (isFull !== (contentType === PIDF_DIFF_TYPE)) {
      throw new PresenceProblem(
        "invalid",
        isFull ? `a pidf-full is no ${PIDF_TYPE}` : `the root is presence; allowed: pidf-full, pidf-diff`,
      );
    }
    if (!isEntityOf(checked.entity, resource, this.#parts)) return ANOTHERS_ENTITY;
    // In memory of its own: the body is a part of what came with it.
    return {
      contentType: isFull ? PIDF_DIFF_TYPE : PIDF_TYPE,
      body: body.slice(),
      kept: this.#keptOf(checked, resource),
    };
  }

  /** Most are watched by nobody: what these publish is read when somebody asks. A diff may follow a `pidf-full` at any time. */
  #keptOf(checked: CheckedPresence, resource: string): PublishedDocument | typeof READABLE {
    const { user, salt } = this.#parts;
    return checked.isFull || user.awaits(resource) ? new PublishedDocument(readChecked(checked, salt)) : READABLE;
  }

  #checkSize({ length }: Uint8Array): void {
    const { max_document } = this.#parts.settings;
    if (length <= max_document) return;
    throw new PresenceProblem("too-large", `${length} octets of presence; at most ${max_document} are taken`);
  }

  /** What a diff is applied to. Throws PresenceProblem. */
  #beforeOf(before: Publication | null): PresenceDocument {
    const document = before === null ? null : this.documentOf(before);
    if (document !== null) return document.presence;
    throw new PresenceProblem("diff", "pidf-diff: an initial publication is a pidf-full (RFC 5264 §4.3.2)");
  }

  #parse(body: Uint8Array): PresenceDocument {
    this.#parts.parsed.add();
    return readPresence(parsePresenceXml(body), this.#parts.salt);
  }
}

const ANOTHERS_ENTITY: PublicationProblem = { status: 400, reason: "The entity of the Document Is Not Its Presentity" };

function isSame(before: Publication, contentType: string, body: Uint8Array): boolean {
  if (before.contentType !== contentType || before.body.length !== body.length) return false;
  // From the end: what changes from one to the next is seldom in the head.
  for (let i = body.length - 1; i >= 0; i--) if (before.body[i] !== body[i]) return false;
  return true;
}

/** RFC 5264 §4.3.2: with what the patch failed at, where it did. */
function refusal(problem: PresenceProblem): PublicationProblem {
  const { status, message } = problem;
  const reason = inShort(message);
  const body = patchErrorBody(problem);
  return body === null ? { status, reason } : { status, reason, contentType: PATCH_ERROR_TYPE, body: utf8(body) };
}

/** A reason phrase: printable ASCII, and not the whole document. */
function inShort(message: string): string {
  const text = message.replace(/[^\x20-\x7e]+/g, "?");
  return text.length > REASON ? `${text.slice(0, REASON - 3)}...` : text;
}
