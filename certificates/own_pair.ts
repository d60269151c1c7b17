import type { Clock, Log } from "../foundation/mod.ts";
import {
  CertificateError,
  type CertificatePair,
  checkDates,
  makeCertificate,
  readPairFiles,
  savePair,
} from "../transport/net/machine/mod.ts";

/** What the box's own pair stands on. */
export interface OwnPairOptions {
  /** The data folder. */
  readonly directory: string;
  /** What to make it for, asked each time. */
  readonly names: () => string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The box's own self-signed pair, `parley-tls.pem` and `.key` in the data folder: there is always one that can be used. */
export class OwnPair {
  readonly #options: OwnPairOptions;
  readonly #file: string;
  readonly #keyFile: string;
  #pair: CertificatePair | null = null;
  #problem: string | null = null;

  constructor(options: OwnPairOptions) {
    this.#options = options;
    this.#file = `${options.directory}/parley-tls.pem`;
    this.#keyFile = `${options.directory}/parley-tls.key`;
  }

  get pair(): CertificatePair | null {
    return this.#pair;
  }

  /** Why it could not be kept in its files; null when it could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Reads it where there is one, whatever its dates; makes none. */
  async look(): Promise<void> {
    try {
      this.#pair = await readPairFiles(this.#file, this.#keyFile);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#options.log.debug("no certificate of the box's own yet", { found: error.message });
    }
  }

  /** One that can be used today: the one there is, or a new one. */
  async usable(): Promise<CertificatePair> {
    if (this.#pair === null) await this.look();
    try {
      if (this.#pair !== null) {
        checkDates(this.#pair, this.#options.clock);
        return this.#pair;
      }
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#options.log.warn("the box's own certificate is made anew", { reason: error.message });
    }
    return await this.renew();
  }

  /** Makes a new one. Where it cannot be kept it is used all the same, and `problem` says why it is gone with the next start. */
  async renew(): Promise<CertificatePair> {
    const { names, clock, log } = this.#options;
    const pair = await makeCertificate(names(), clock);
    this.#pair = pair;
    try {
      await savePair(this.#file, this.#keyFile, pair);
      this.#problem = null;
    } catch (error) {
      this.#problem = `"${this.#file}" cannot be written: ${(error as Error).message}`;
      log.error("the box's own certificate cannot be kept", { error: (error as Error).message });
    }
    return pair;
  }
}
