/**
 * The store cannot be opened as it is, and nothing was changed. The message is one line for the admin: which file, what was
 * found, what would be right.
 */
export class StoreRefusal extends Error {
  /** The file or URL that is refused. */
  readonly file: string;
  /** The message without the file's name. */
  readonly reason: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`"${file}" ${reason}`, options);
    this.name = "StoreRefusal";
    this.file = file;
    this.reason = reason;
  }
}

/** What an unknown thrown value says, on one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
}
