import type { Log } from "../../../foundation/mod.ts";
import type { FileAsked, FileOffered, ImUser, Invitation } from "../../../client/mod.ts";

type Heard = (...told: readonly unknown[]) => void;

/** What is refused with which status when nobody listens to whom it could be shown. */
const REFUSED: Readonly<Partial<Record<keyof ImUser, number>>> = {
  onInvitation: 480,
  onFileOffered: 480,
  onFileAsked: 404,
};

/**
 * Tells many what a client tells its user: whatever it can tell, as if every method were there. A listener that throws is logged, and
 * stops nobody else.
 */
export class UserFan {
  /** For the client. */
  readonly user: ImUser;
  readonly #listeners = new Set<ImUser>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    const heard = new Map<PropertyKey, Heard>();
    this.user = new Proxy({}, {
      get: (_target, name) => {
        let tell = heard.get(name);
        if (tell === undefined) heard.set(name, tell = (...told) => this.#tell(name as keyof ImUser, told));
        return tell;
      },
    });
  }

  /** Gives what ends it. */
  listen(user: ImUser): () => void {
    this.#listeners.add(user);
    return () => void this.#listeners.delete(user);
  }

  #tell(name: keyof ImUser, told: readonly unknown[]): void {
    let heard = false;
    for (const listener of [...this.#listeners]) {
      const method = listener[name] as Heard | undefined;
      if (method === undefined) continue;
      heard = true;
      try {
        method.apply(listener, [...told]);
      } catch (error) {
        this.#log.error("a listener failed", { what: name, error: String((error as Error)?.stack ?? error) });
      }
    }
    const status = REFUSED[name];
    if (!heard && status !== undefined) (told[0] as Invitation | FileOffered | FileAsked).refuse(status);
  }
}
