import { type Clock, randomHex } from "../foundation/mod.ts";
import { OperationError } from "../operations/mod.ts";
import { makeCertificateRequest } from "../transport/net/machine/mod.ts";
import { hostNames, plainName } from "./names.ts";
import type { Shelf } from "./shelf.ts";
import type { CsrView } from "./views.ts";

/** Whom a certificate is wanted for. Organisation and country may be "". */
export interface CsrWish {
  readonly names: readonly string[];
  readonly organisation?: string;
  /** ISO 3166, two letters. */
  readonly country?: string;
}

/** Requests that wait for the certificate an authority elsewhere makes of them; their keys stay here. */
export class Requests {
  readonly #shelf: Shelf;
  readonly #clock: Clock;

  constructor(shelf: Shelf, clock: Clock) {
    this.#shelf = shelf;
    this.#clock = clock;
  }

  list(): CsrView[] {
    return this.#shelf.requests().map(([id, { names, createdAt, pem }]) => ({ id, names, created_at: createdAt, pem }));
  }

  /** Rejects with OperationError. */
  async make({ names, organisation = "", country = "" }: CsrWish): Promise<CsrView> {
    const hosts = hostNames(names);
    if (country !== "" && !/^[A-Z]{2}$/.test(country)) {
      const allowed = 'two capital letters (ISO 3166), such as "DE"';
      throw new OperationError("invalid", `country "${country.slice(0, 100)}"; allowed: ${allowed}`);
    }
    const holder = organisation === "" ? "" : plainName("organisation", organisation);
    const { pem, key } = await makeCertificateRequest(hosts, { organisation: holder, country });
    const id = `csr-${randomHex(6)}`;
    const createdAt = this.#clock.now();
    await this.#shelf.addRequest(id, { kind: "request", names: hosts, pem, key, createdAt });
    return { id, names: hosts, created_at: createdAt, pem };
  }

  /** False when there is none of that id. */
  async discard(id: string): Promise<boolean> {
    if (!this.#shelf.requests().some(([known]) => known === id)) return false;
    await this.#shelf.remove(id);
    return true;
  }
}
