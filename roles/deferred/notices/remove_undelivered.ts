import type { DeferredMessage, DeferredMessages, StorageError } from "../../../storage/mod.ts";

/**
 * Removes messages that nobody is to get any more: their recipient is removed. `failed` hears of each while it can still be read
 * (`StoredNotices.failed`). Resolves after the last commit; all are tried, and it rejects with StorageError where one could not be
 * removed.
 */
export async function removeUndelivered(
  store: Pick<DeferredMessages, "read" | "remove">,
  ids: Iterable<number>,
  failed: (message: DeferredMessage) => void,
): Promise<void> {
  const commits: Promise<StorageError | null>[] = [];
  for (const id of ids) {
    // What cannot be read goes all the same; there is nobody to tell.
    const message = await store.read(id).catch(() => null);
    if (message !== null) failed(message);
    commits.push(new Promise((resolve) => store.remove(id, resolve)));
  }
  for (const error of await Promise.all(commits)) if (error !== null) throw error;
}
