import type { Clock, Counter, Events, Log, Timed, Timers } from "../../../foundation/mod.ts";
import { type PresenceDocument, PresenceProblem, readPresence } from "../../../transport/presence/mod.ts";
import type { DocumentKey, DocumentService, DocumentVersion, XdmEvents } from "../../xdm/mod.ts";

export interface HardStatesParts {
  readonly documents: Pick<DocumentService, "peek" | "read">;
  readonly xdmEvents: Events<XdmEvents>;
  readonly salt: string;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  /** Documents parsed. */
  readonly parsed: Counter;
  /** The hard state of this user is another one, or is known now. */
  readonly changed: (aor: string) => void;
}

const AUID = "pidf-manipulation";
const NAME = "index";
/** Documents read at the same time; those of one more are read later. */
const READING = 1000;
const AGAIN_MS = 10_000;

/** The presence that users have set by hand, as documents (RFC 4827): it holds until it is set anew, whatever else expires. */
export class HardStates implements Timed {
  readonly #parts: HardStatesParts;
  /** Of everybody who was asked for; null for none. */
  readonly #known = new Map<string, PresenceDocument | null>();
  readonly #reading = new Map<string, Promise<void>>();
  /** Those that could not be read, and are to be tried again. */
  readonly #missing = new Set<string>();
  #waits = false;

  constructor(parts: HardStatesParts) {
    this.#parts = parts;
    parts.xdmEvents.on("documentChanged", ({ key, after }) => {
      if (key.auid !== AUID || key.name !== NAME) return;
      const { owner } = key;
      // What nobody has asked for is read when somebody does.
      if (!this.#known.has(owner) && !this.#reading.has(owner) && !this.#missing.has(owner)) return;
      this.#keep(owner, after);
    });
  }

  /** At once; null where there is none, and where it is being read: `changed` follows then. */
  of(aor: string): PresenceDocument | null {
    const known = this.#peek(aor);
    if (known !== undefined) return known;
    if (!this.#reading.has(aor) && !this.#missing.has(aor)) this.#readBehind(aor);
    return null;
  }

  /** Brings it in; null where it is there. Rejects where it cannot be read. */
  prepare(aor: string): Promise<void> | null {
    return this.#peek(aor) === undefined ? this.#read(aor) : null;
  }

  forget(aor: string): void {
    this.#known.delete(aor);
    this.#missing.delete(aor);
    this.#reading.delete(aor);
  }

  onTimer(): void {
    this.#waits = false;
    const missing = [...this.#missing].slice(0, READING);
    for (const aor of missing) {
      this.#missing.delete(aor);
      this.#readBehind(aor);
    }
  }

  #peek(aor: string): PresenceDocument | null | undefined {
    const known = this.#known.get(aor);
    if (known !== undefined) return known;
    const version = this.#parts.documents.peek(keyOf(aor));
    if (version === undefined) return undefined;
    const document = this.#parse(aor, version);
    this.#known.set(aor, document);
    return document;
  }

  #readBehind(aor: string): void {
    this.#read(aor).catch((error) => {
      this.#parts.log.warn("presence document of a user cannot be read; tried again", {
        user: aor,
        error: error instanceof Error ? error.message : String(error),
      });
      this.#missing.add(aor);
      if (this.#waits) return;
      this.#waits = true;
      this.#parts.timers.start(AGAIN_MS, this, 0);
    });
  }

  #read(aor: string): Promise<void> {
    let reading = this.#reading.get(aor);
    if (reading !== undefined) return reading;
    if (this.#reading.size >= READING) return Promise.reject(new Error("too many presence documents are being read"));
    reading = this.#parts.documents.read(keyOf(aor)).then((version) => {
      // Gone meanwhile: the user, or what was read, for a newer one.
      if (this.#reading.get(aor) === reading && !this.#known.has(aor)) this.#keep(aor, version);
    }).finally(() => {
      if (this.#reading.get(aor) === reading) this.#reading.delete(aor);
    });
    this.#reading.set(aor, reading);
    return reading;
  }

  #keep(aor: string, version: DocumentVersion | null): void {
    const before = this.#known.get(aor) ?? null;
    const document = this.#parse(aor, version);
    this.#known.set(aor, document);
    this.#missing.delete(aor);
    if (before !== null || document !== null) this.#parts.changed(aor);
  }

  /** Null for what is no presence: the user's other state counts all the same. */
  #parse(aor: string, version: DocumentVersion | null): PresenceDocument | null {
    if (version === null) return null;
    const { salt, log, parsed } = this.#parts;
    parsed.add();
    try {
      return readPresence(version.document, salt);
    } catch (error) {
      if (!(error instanceof PresenceProblem)) throw error;
      log.warn("presence document of a user is left out: it is none", {
        user: aor,
        etag: version.etag,
        problem: error.kind,
      });
      return null;
    }
  }
}

function keyOf(owner: string): DocumentKey {
  return { auid: AUID, owner, name: NAME };
}
