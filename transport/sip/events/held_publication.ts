import { EMPTY, randomToken, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { Publication, PublicationOrigin, PublicationRequest, PublicationResult } from "./publication_rules.ts";

/** What a publication says, and what goes with that: a modification replaces all of it at once. */
export interface PublicationState {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly kept: unknown;
  /** First part of the entity-tag. */
  readonly version: string;
  readonly refreshes: number;
  readonly revision: number;
  readonly origin: PublicationOrigin;
  readonly device: string;
  /** Wall time, ms. */
  readonly publishedAt: number;
}

/** A PUBLISH that waits until the one before it is stored, or is not. */
export interface WaitingPublish {
  readonly request: PublicationRequest;
  readonly done: (result: PublicationResult) => void;
}

/** Whoever holds publications. */
export interface PublicationHolder {
  /** Its time is over. */
  expired(publication: HeldPublication): void;
}

/**
 * A publication as its store holds it. The entity-tag is that of the state, which each modification replaces by another, and the
 * number of its refreshes: a refresh that was written lazily and lost in a crash is known by it all the same.
 */
export class HeldPublication implements Publication, PublicationState, Timed {
  readonly number: number;
  readonly resource: string;
  readonly publisher: string;
  readonly #holder: PublicationHolder;
  contentType = "";
  body: Uint8Array = EMPTY;
  revision = 0;
  origin: PublicationOrigin;
  publishedAt = 0;
  device = "";
  kept: unknown = undefined;
  /** First part of the entity-tag. */
  version = "";
  refreshes = 0;
  /** From before a restart, and not published to since. */
  restored = false;
  /** Monotonic; 0 until it is stored for the first time. */
  until = 0;
  timer: Timer | null = null;
  /** Present while a write is under way that an answer waits for: what is to come after it. */
  waiting: WaitingPublish[] | null = null;
  /** It left the store, perhaps while it was written. */
  gone = false;

  constructor(
    holder: PublicationHolder,
    number: number,
    resource: string,
    publisher: string,
    origin: PublicationOrigin,
  ) {
    this.#holder = holder;
    this.number = number;
    this.resource = resource;
    this.publisher = publisher;
    this.origin = origin;
  }

  get id(): string {
    return String(this.number);
  }
  get etag(): string {
    return tagOf(this.version, this.refreshes);
  }

  /** Whether that is the entity-tag of now; after a restart also one of a refresh that is not known any more. */
  matches(tag: string): boolean {
    const dot = tag.lastIndexOf(".");
    if (dot < 0 || dot !== this.version.length || !tag.startsWith(this.version)) return false;
    if (!this.restored) return tag.slice(dot + 1) === this.refreshes.toString(36);
    const refreshes = parseInt(tag.slice(dot + 1), 36);
    return Number.isSafeInteger(refreshes) && refreshes >= this.refreshes && tagOf(this.version, refreshes) === tag;
  }

  /** It was published anew. */
  become(
    { contentType, body, kept, version, refreshes, revision, origin, device, publishedAt }: PublicationState,
  ): void {
    this.contentType = contentType;
    this.body = body;
    this.kept = kept;
    this.version = version;
    this.refreshes = refreshes;
    this.revision = revision;
    this.origin = origin;
    this.device = device;
    this.publishedAt = publishedAt;
    this.restored = false;
  }

  onTimer(): void {
    this.#holder.expired(this);
  }
}

/** The first part of a new entity-tag. */
export function newVersion(): string {
  return randomToken(16);
}

/** RFC 3903 §11.3.1: a token. */
export function tagOf(version: string, refreshes: number): string {
  return `${version}.${refreshes.toString(36)}`;
}
