import type { Clock } from "../foundation/mod.ts";
import { OperationError } from "../operations/mod.ts";
import { certificateDer, type CertificatePair, makeCertificate } from "../transport/net/machine/mod.ts";
import { plainName } from "./names.ts";
import { readable, type Shelf } from "./shelf.ts";
import { type AuthorityView, authorityView } from "./views.ts";

const DAY_MS = 86_400_000;
/** What browsers accept (CA/Browser Forum ballot SC31). */
const MAX_ISSUED_DAYS = 398;
const AUTHORITY_DAYS = { min: 30, max: 7300 };

/** The internal CA: one, its key sealed; it signs servers and no other authority. */
export class InternalAuthority {
  readonly #shelf: Shelf;
  readonly #clock: Clock;

  constructor(shelf: Shelf, clock: Clock) {
    this.#shelf = shelf;
    this.#clock = clock;
  }

  get pair(): CertificatePair | null {
    const authority = this.#shelf.authority;
    return authority === null ? null : readable(authority.certificate, authority.key);
  }

  view(): AuthorityView | null {
    const authority = this.#shelf.authority;
    return authority === null ? null : authorityView(authority.certificate);
  }

  der(): Uint8Array<ArrayBuffer> | null {
    const authority = this.#shelf.authority;
    return authority === null ? null : certificateDer(authority.certificate);
  }

  /** Makes it, in the place of one that is there. Rejects with OperationError. */
  async create(name: string, days: number): Promise<AuthorityView> {
    const subject = plainName("name", name);
    checkDays(days, AUTHORITY_DAYS.min, AUTHORITY_DAYS.max);
    const pair = await makeCertificate([subject], this.#clock, { authority: true, days });
    await this.#shelf.setAuthority(pair.certificate, pair.key);
    return authorityView(pair.certificate);
  }

  /** A pair for a server with these names; it ends no later than the authority. Rejects with OperationError. */
  async issue(names: readonly string[], days: number): Promise<CertificatePair> {
    checkDays(days, 1, MAX_ISSUED_DAYS);
    const issuer = this.pair;
    if (issuer === null) throw new OperationError("conflict", "there is no internal CA yet; create it first");
    if (issuer.notAfter - this.#clock.now() < DAY_MS) {
      throw new OperationError("conflict", "the internal CA has expired or is about to; create a new one");
    }
    return await makeCertificate(names, this.#clock, { issuer, days });
  }
}

function checkDays(days: number, min: number, max: number): void {
  if (Number.isInteger(days) && days >= min && days <= max) return;
  throw new OperationError("invalid", `days ${days}; allowed: ${min} to ${max}`);
}
