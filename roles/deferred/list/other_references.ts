/**
 * What else a MESSAGE to `sip:delete@domain` may name beside messages that wait: another function of the box keeps it, under
 * references of a form of its own.
 */
export interface OtherReferences {
  /** True for references of that form, whether there is such a thing or not. */
  isOne(reference: string): boolean;
  /** True where the user has all of these; false also where another user has one. */
  hasAll(aor: string, references: readonly string[]): boolean;
  /** Deletes them for good. Resolves when nothing of them is left; rejects with StorageError. */
  remove(aor: string, references: readonly string[]): Promise<void>;
}

/** Where nothing else is kept. */
export const NO_OTHERS: OtherReferences = {
  isOne: () => false,
  hasAll: () => false,
  remove: () => Promise.resolve(),
};
