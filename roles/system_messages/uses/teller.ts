/** What says something to a user, once for each cause: `SystemMessages` does. */
export interface Teller {
  /** Resolves when it is stored; false where it was said before, the user may hear nothing, or there is no room. */
  tell(aor: string, cause: string, text: string): Promise<boolean>;
  /** The cause is over for this user. */
  forget(aor: string, cause: string): Promise<void>;
}

/**
 * Says something of which somebody else knows whether it was said before: `cause` is no mark, also where a kill has left one. False
 * where it was not stored. Rejects with StorageError.
 */
export async function sayAgain(teller: Teller, aor: string, cause: string, text: string): Promise<boolean> {
  await teller.forget(aor, cause);
  const stored = await teller.tell(aor, cause, text);
  await teller.forget(aor, cause);
  return stored;
}
