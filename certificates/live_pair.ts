import type { Clock, Log } from "../foundation/mod.ts";
import { CertificateError, type CertificatePair, certificatesOf } from "../transport/net/machine/mod.ts";
import type { FilePair } from "./file_pair.ts";
import type { OwnPair } from "./own_pair.ts";
import type { Shelf } from "./shelf.ts";
import type { CertificateSource } from "./views.ts";

/** Something wrong with certificates, for the health list. `code`: `certificate.bad`, `certificate.expired`, with `/part`. */
export interface Trouble {
  readonly code: string;
  readonly text: string;
  /** When it was first seen, ms since the epoch. */
  readonly since: number;
}

/** A pair and where it comes from. */
interface Held {
  /** As in `CertificateView`. */
  readonly id: string;
  readonly source: CertificateSource;
  readonly pair: CertificatePair;
}

/** What the choice is made among. */
export interface LivePairOptions {
  /** Null where the settings name no files. */
  readonly files: FilePair | null;
  readonly shelf: Shelf;
  readonly own: OwnPair;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The pair that all doors show: that of the files, else the one the admin has chosen, else the box's own. What cannot be
 * used is passed over and becomes a trouble, so that there is always a pair. One that expires while it is shown stays, with
 * an alarm: nobody's certificate changes unasked.
 */
export class LivePair {
  readonly #options: LivePairOptions;
  readonly #listeners = new Set<(pair: CertificatePair) => void>();
  readonly #troubles = new Map<string, Trouble>();
  #held: Held & { readonly since: number };

  private constructor(options: LivePairOptions, held: Held) {
    this.#options = options;
    this.#held = { ...held, since: options.clock.now() };
  }

  static async open(options: LivePairOptions): Promise<LivePair> {
    await options.files?.load();
    const troubles = new Map<string, Trouble>();
    const live = new LivePair(options, await best(options, troubles));
    for (const [part, trouble] of troubles) live.#troubles.set(part, trouble);
    live.noteFiles();
    return live;
  }

  /** What is shown, and since when. */
  get held(): Held & { readonly since: number } {
    return this.#held;
  }

  get troubles(): readonly Trouble[] {
    return [...this.#troubles.values()];
  }

  /** `listener` gets every new pair, from the next change on, until the function given back is called. */
  onRenewed(listener: (pair: CertificatePair) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Chooses anew and tells the doors where another pair has come out. True when one has. */
  async settle(): Promise<boolean> {
    const { clock, log } = this.#options;
    const troubles = new Map<string, Trouble>();
    const held = await best(this.#options, troubles);
    for (const part of ["stored", "own"]) this.note(part, troubles.get(part) ?? null);
    const { certificate, key } = this.#held.pair;
    const same = held.pair.certificate === certificate && held.pair.key === key;
    this.#held = { ...held, since: same ? this.#held.since : clock.now() };
    if (same) return false;
    for (const listener of this.#listeners) {
      try {
        listener(held.pair);
      } catch (error) {
        log.error("a door keeps its old certificate", { error: (error as Error).message });
      }
    }
    log.info("certificate renewed", { source: held.source, expires: new Date(held.pair.notAfter).toISOString() });
    return true;
  }

  /** Takes over what the last reading of the files found. */
  noteFiles(): void {
    const problem = this.#options.files?.problem ?? null;
    this.note("files", problem === null ? null : { code: codeOf(problem), text: problem.message });
  }

  /** Sets the trouble of one part of the room, or clears it. The same trouble again keeps its beginning. */
  note(part: string, trouble: Pick<Trouble, "code" | "text"> | null): void {
    const known = this.#troubles.get(part);
    if (trouble === null) this.#troubles.delete(part);
    else this.#troubles.set(part, { ...trouble, since: known?.since ?? this.#options.clock.now() });
  }
}

async function best(options: LivePairOptions, troubles: Map<string, Trouble>): Promise<Held> {
  const { files, shelf, own, clock } = options;
  const trouble = (part: string, code: string, text: string) => troubles.set(part, { code, text, since: clock.now() });
  const fromFiles = files?.usable ?? null;
  if (fromFiles !== null) return { id: "file", source: "file", pair: fromFiles };
  const stored = shelf.certificate(shelf.chosen);
  if (stored !== undefined) {
    try {
      const pair = certificatesOf(stored.certificate, stored.key, clock, `the ${stored.source} certificate`);
      return { id: shelf.chosen, source: stored.source, pair };
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      trouble("stored", `${codeOf(error)}/uploaded`, error.message);
    }
  }
  const pair = await own.usable();
  if (own.problem !== null) trouble("own", "certificate.bad/self-signed", own.problem);
  return { id: "self-signed", source: "self-signed", pair };
}

function codeOf({ kind }: CertificateError): string {
  return kind === "expired" ? "certificate.expired" : "certificate.bad";
}
