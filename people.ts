/**
 * Contacts and profiles over the documents, and what they say to users. Part of the composition root of the console,
 * `administration.ts`.
 */
import type { Clock, Log, Metrics } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { StoredOperations, UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import { type NoticeBook, RegistrationNotices, sayAgain, type Teller } from "./roles/system_messages/mod.ts";
import { Bonds, BoxContacts, BoxProfiles, ContactWatch, PublicRooms, UserDocuments } from "./roles/xdm/mod.ts";
import type { Xdm } from "./xdm.ts";

/** What they stand on. */
export interface PeopleParts {
  readonly config: () => Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly operations: StoredOperations;
  readonly xdm: Xdm;
  readonly teller: Teller;
  /** What users were told of what holds for them. */
  readonly book: NoticeBook;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** Everything of people that is one for the whole box. */
export class People {
  readonly contacts: BoxContacts;
  readonly profiles: BoxProfiles;
  readonly documents: UserDocuments;
  readonly publicRooms: PublicRooms;
  readonly #watch: ContactWatch;
  readonly #notices: RegistrationNotices;
  readonly #book: NoticeBook;
  readonly #log: Log;

  constructor(parts: PeopleParts) {
    const { config, live, storage, operations, xdm, teller, book, log, audit } = parts;
    const { subscribers } = storage;
    const domains = new Set(config().domains);
    const { documents, events } = xdm;
    this.#log = log;
    this.#book = book;
    const tell = (aor: string, cause: string, text: string) => say(teller, aor, cause, text, log);
    const bonds = new Bonds({ ...parts, documents, subscribers, settings: live.contacts, privacy: live.privacy, tell });
    this.contacts = new BoxContacts({
      documents,
      subscribers,
      bonds,
      settings: live.contacts,
      domains,
      root: xdm.root,
      signUpLink: xdm.signUpLink,
      audit,
    });
    this.#watch = new ContactWatch({ ...parts, documents, events, subscribers, bonds, domains, tell });
    this.#notices = new RegistrationNotices({
      ...parts,
      settings: live.notices,
      rules: config,
      profile: xdm.mandatory,
    });
    this.profiles = new BoxProfiles({
      documents,
      subscribers,
      events,
      defaults: live.privacy,
      rename: async (aor, displayName) => {
        await operations.editUser(
          aor,
          null,
          (old) => ({ next: { ...old, displayName }, change: "changed" }),
          `user:${aor}`,
        );
      },
      welcome: (aor) => {
        this.#notices.came(aor);
        return Promise.resolve();
      },
      audit,
      log,
    });
    this.publicRooms = new PublicRooms({ documents: storage.documents, service: documents, audit });
    this.documents = new UserDocuments({ documents: storage.documents, service: documents, root: xdm.root, audit });
  }

  /** A device of the user has registered. */
  came(aor: string): void {
    void this.profiles.came(aor).then(() => this.#notices.came(aor));
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (change === "subscribed") void this.profiles.joined(aor);
    if (change === "removed") {
      this.#book.forget(aor).catch((error: Error) =>
        this.#log.warn("what a removed user was told stays noted", { user: aor, error: error.message })
      );
    }
    if (change !== "changed" && change !== "replaced") return;
    this.profiles.renamed(aor).catch((error: Error) =>
      this.#log.warn("a profile has another name than its user", { user: aor, error: error.message })
    );
  }

  /** Resolves when what users have written has had its effects. */
  async close(): Promise<void> {
    await this.#watch.idle;
    await this.#notices.stop();
  }
}

/** Says something that may be said again: the documents know what has been said. */
async function say(teller: Teller, aor: string, cause: string, text: string, log: Log): Promise<void> {
  try {
    await sayAgain(teller, aor, cause, text);
  } catch (error) {
    log.warn("a user was not told", { user: aor, cause, error: (error as Error).message });
  }
}
