import { OperationError } from "../operations/mod.ts";
import { StorageError } from "../storage/mod.ts";
import { CertificateError } from "../transport/net/machine/mod.ts";

/** Changes that come one after the other, so that none sees half of another. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** What a person can mend rejects with OperationError, whatever the room called it. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work).catch((error) => {
      if (error instanceof CertificateError) throw new OperationError("invalid", error.message, { cause: error });
      if (error instanceof StorageError) throw new OperationError("unavailable", error.message, { cause: error });
      throw error;
    });
    // The caller has the error; the next in turn starts all the same.
    this.#last = result.catch(() => {});
    return result;
  }
}
