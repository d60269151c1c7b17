import { OperationError } from "../operations/mod.ts";
import type { Records } from "../storage/mod.ts";
import { CertificateError, type CertificatePair, readPair } from "../transport/net/machine/mod.ts";

/** What the sealed storage keeps: keys never leave it but to the doors. Times are ms since the epoch. */
export type CertificateRecord =
  | StoredCertificate
  | StoredRequest
  | { readonly kind: "authority"; readonly certificate: string; readonly key: string }
  /** Which certificate the admin has chosen; without it, or for "self-signed", the box's own. */
  | { readonly kind: "in use"; readonly id: string };

/** A pair that was uploaded or issued here, PEM. */
export interface StoredCertificate {
  readonly kind: "certificate";
  readonly source: "uploaded" | "internal CA";
  readonly certificate: string;
  readonly key: string;
  readonly addedAt: number;
  /** Of an issued one; else empty and 0. */
  readonly names: readonly string[];
  readonly days: number;
}

/** A key that waits for its certificate. */
export interface StoredRequest {
  readonly kind: "request";
  readonly names: readonly string[];
  readonly pem: string;
  readonly key: string;
  readonly createdAt: number;
}

/** The kind of records and how many there may be, for `storage.records`. */
export const CERTIFICATE_RECORDS = { name: "certificates", max: 50 } as const;

const MAX_CERTIFICATES = 30;
const MAX_REQUESTS = 10;
const AUTHORITY = "authority";
const IN_USE = "in_use";

/** The records by what they are. */
export class Shelf {
  readonly #records: Records<CertificateRecord>;

  constructor(records: Records<CertificateRecord>) {
    this.#records = records;
  }

  certificate(id: string): StoredCertificate | undefined {
    const record = this.#records.get(id);
    return record?.kind === "certificate" ? record : undefined;
  }

  certificates(): [id: string, certificate: StoredCertificate][] {
    return [...this.#records.entries()].flatMap(([id, record]): [string, StoredCertificate][] =>
      record.kind === "certificate" ? [[id, record]] : []
    );
  }

  requests(): [id: string, request: StoredRequest][] {
    return [...this.#records.entries()].flatMap(([id, record]): [string, StoredRequest][] =>
      record.kind === "request" ? [[id, record]] : []
    );
  }

  get authority(): { readonly certificate: string; readonly key: string } | null {
    const record = this.#records.get(AUTHORITY);
    return record?.kind === "authority" ? record : null;
  }

  /** The certificate that the admin has chosen; "" for none. */
  get chosen(): string {
    const record = this.#records.get(IN_USE);
    return record?.kind === "in use" ? record.id : "";
  }

  async choose(id: string): Promise<void> {
    await this.#records.put(IN_USE, { kind: "in use", id });
  }

  /** Adds or replaces one and makes it the one chosen, both or neither. Rejects with OperationError when there are too many. */
  async addChosen(id: string, certificate: StoredCertificate): Promise<void> {
    if (this.certificate(id) === undefined && this.certificates().length >= MAX_CERTIFICATES) {
      throw new OperationError("conflict", `there are ${MAX_CERTIFICATES} certificates already; remove one first`);
    }
    await this.#records.putAll([[id, certificate], [IN_USE, { kind: "in use", id }]]);
  }

  async replace(id: string, certificate: StoredCertificate): Promise<void> {
    await this.#records.put(id, certificate);
  }

  async addRequest(id: string, request: StoredRequest): Promise<void> {
    if (this.requests().length >= MAX_REQUESTS) {
      throw new OperationError(
        "conflict",
        `${MAX_REQUESTS} requests wait for a certificate already; discard one first`,
      );
    }
    await this.#records.put(id, request);
  }

  async setAuthority(certificate: string, key: string): Promise<void> {
    await this.#records.put(AUTHORITY, { kind: "authority", certificate, key });
  }

  async remove(id: string): Promise<void> {
    await this.#records.remove(id);
  }
}

/** A pair as it is stored. `names` and `days`: what a renewal makes it for. */
export function storedPair(
  source: StoredCertificate["source"],
  { certificate, key }: CertificatePair,
  addedAt: number,
  names: readonly string[] = [],
  days = 0,
): StoredCertificate {
  return { kind: "certificate", source, certificate, key, addedAt, names, days };
}

/** A pair from the storage whatever its dates; null where it cannot be used any more, as after a limit on keys was raised. */
export function readable(certificate: string, key: string): CertificatePair | null {
  try {
    return readPair(certificate, key);
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}
