import type { Events, Log } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import type { XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { operationError } from "../problem_of.ts";
import type { DocumentKey, Principal } from "../usage.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";
import { DEFAULT_PRIVACY, type Privacy, readPrivacy } from "../usages/own_readers.ts";
import type { DocumentChange, XdmEvents } from "../xdm_events.ts";
import type { PrivacyDefaults } from "../xdm_settings.ts";
import { privacyDefaults, privacyKey, privacyText } from "./privacy_document.ts";
import {
  lockedProfileKey,
  NO_PROFILE,
  profileKey,
  profileText,
  publicProfile,
  withFields,
} from "./profile_document.ts";
import type { PrivacyFlags, PrivacyView, ProfileService, ProfileView, PublicProfile } from "./profile_service.ts";

/** What the profiles of the box stand on. */
export interface BoxProfilesParts {
  readonly documents: DocumentService;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly events: Events<XdmEvents>;
  /** What new users begin with; read at each use. */
  readonly defaults: PrivacyDefaults;
  /** The user's display name in the record of the user, which the friendly name is. */
  readonly rename: (aor: string, displayName: string) => Promise<void>;
  /** Tells a user who has got a default profile (REG-4). Once for each user, also over restarts. Never rejects. */
  readonly welcome: (aor: string) => Promise<void>;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
  readonly log: Log;
}

/** Default profiles that are made at the same time. */
const AT_ONCE = 16;
const SERVICE: Principal = { kind: "service", name: "profiles" };

/** Profiles and privacy settings, by the documents. */
export class BoxProfiles implements ProfileService {
  readonly #parts: BoxProfilesParts;
  /** Users whose default profile is being made. */
  readonly #making = new Map<string, Promise<void>>();
  /** Of those, who has to wait; no more than users. */
  readonly #waiting: (() => void)[] = [];

  constructor(parts: BoxProfilesParts) {
    this.#parts = parts;
    parts.events.on("documentChanged", (change) => this.#changed(change));
  }

  /** The user has a profile: was there before, or has written one. */
  isMade(aor: string): boolean {
    return this.#parts.documents.peek(profileKey(aor)) !== null;
  }

  /** A device of a user has come: makes the default profile where there is none (REG-4). Costs next to nothing where there is one. */
  came(aor: string): Promise<void> {
    if (this.isMade(aor)) return Promise.resolve();
    let making = this.#making.get(aor);
    if (making === undefined) {
      making = this.#slot().then(() => this.#make(aor)).catch((error: Error) =>
        this.#parts.log.warn("a default profile was not made", { user: aor, error: error.message })
      ).finally(() => {
        this.#making.delete(aor);
        this.#waiting.shift()?.();
      });
      this.#making.set(aor, making);
    }
    return making;
  }

  /** A user has entered the service: there is a default profile, and they are told so (REG-4). */
  async joined(aor: string): Promise<void> {
    await this.came(aor);
    await this.#parts.welcome(aor);
  }

  /** Resolves when a default profile may be made: a thousand devices that come at once do not make a thousand writes at once. */
  #slot(): Promise<void> {
    if (this.#making.size < AT_ONCE) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The user's record has changed: the friendly name follows. */
  async renamed(aor: string): Promise<void> {
    const user = this.#parts.subscribers.get(aor);
    if (user === undefined || this.#parts.documents.peek(profileKey(aor)) === null) return;
    await this.#write(profileKey(aor), null, (now) => now && withFields(now, { display_name: user.displayName }));
  }

  async profile(owner: string): Promise<ProfileView> {
    const { documents, subscribers } = this.#parts;
    try {
      const version = await documents.read(profileKey(owner));
      const locked = await documents.read(lockedProfileKey(owner));
      return {
        uri: owner,
        etag: version?.etag ?? "",
        profile: version === null
          ? { ...NO_PROFILE, display_name: subscribers.get(owner)?.displayName ?? "" }
          : publicProfile(version.document),
        locked: locked === null ? null : publicProfile(locked.document),
      };
    } catch (error) {
      throw operationError(error);
    }
  }

  async update(
    owner: string,
    patch: Partial<PublicProfile>,
    etag: string | null,
    by: string,
  ): Promise<ProfileView> {
    await this.#write(profileKey(owner), etag, (now) => {
      return now === null ? profileText(owner, { ...this.#initial(owner), ...patch }) : withFields(now, patch);
    });
    if (patch.display_name !== undefined) await this.#rename(owner, patch.display_name);
    this.#audit("profile.change", owner, by);
    return await this.profile(owner);
  }

  async clear(owner: string, etag: string | null, by: string): Promise<ProfileView> {
    const display_name = this.#parts.subscribers.get(owner)?.displayName ?? "";
    await this.#write(profileKey(owner), etag, () => profileText(owner, { display_name }));
    this.#audit("profile.clear", owner, by);
    return await this.profile(owner);
  }

  async lock(owner: string, profile: Partial<PublicProfile> | null, by: string): Promise<ProfileView> {
    const operator: Principal = { kind: "operator", name: by };
    const key = lockedProfileKey(owner);
    try {
      const { documents } = this.#parts;
      if (profile !== null) await documents.update(operator, key, () => profileText(owner, profile));
      else if (documents.peek(key) !== null) {
        await documents.remove(operator, key, null, { ifMatch: null, ifNoneMatch: null });
      }
    } catch (error) {
      throw operationError(error);
    }
    this.#audit("profile.lock", owner, by);
    return await this.profile(owner);
  }

  async privacy(owner: string): Promise<PrivacyView> {
    const version = await this.#parts.documents.read(privacyKey(owner)).catch((error) => {
      throw operationError(error);
    });
    const flags = flagsOf(version?.document ?? null, privacyDefaults(this.#parts.defaults));
    return { uri: owner, etag: version?.etag ?? "", ...flags };
  }

  async changePrivacy(
    owner: string,
    patch: Partial<PrivacyFlags>,
    etag: string | null,
    by: string,
  ): Promise<PrivacyView> {
    const defaults = privacyDefaults(this.#parts.defaults);
    await this.#write(privacyKey(owner), etag, (now) => {
      const { contacts_only, ...flags } = { ...flagsOf(now, defaults), ...patch };
      return privacyText({
        searchableByNumber: flags.searchable_by_number,
        showStatus: flags.show_status,
        locatable: flags.locatable,
        invisible: flags.invisible,
        addContactAuthorisation: flags.ask_before_added,
        ...(contacts_only === null ? {} : { contactsOnly: contacts_only }),
        politeBlock: flags.polite_block,
      });
    });
    this.#audit("privacy.change", owner, by);
    return await this.privacy(owner);
  }

  /** The privacy settings first: a profile that is there says that all is made. */
  async #make(aor: string): Promise<void> {
    const { documents, defaults, subscribers } = this.#parts;
    if (subscribers.get(aor) === undefined) return;
    const { contactsOnly: _operators, politeBlock: _later, ...flags } = privacyDefaults(defaults);
    await documents.update(SERVICE, privacyKey(aor), (now) => now === null ? privacyText(flags) : null);
    const text = profileText(aor, this.#initial(aor));
    await documents.update(SERVICE, profileKey(aor), (now) => now === null ? text : null);
  }

  #initial(aor: string): Partial<PublicProfile> {
    return { display_name: this.#parts.subscribers.get(aor)?.displayName ?? "", addresses: [aor] };
  }

  /** A user has written the own profile: the friendly name is the display name, and never goes with the rest (UPROF-5). */
  #changed({ key, after, by }: DocumentChange): void {
    const { auid, document } = IDENTIFIERS.userProfile;
    if (by.kind !== "user" || key.auid !== auid || key.name !== document) return;
    const displayName = this.#parts.subscribers.get(key.owner)?.displayName;
    if (displayName === undefined) return;
    const shown = after === null ? "" : publicProfile(after.document).display_name;
    if (shown === displayName) return;
    const work = shown !== "" ? this.#rename(key.owner, shown) : this.#write(
      profileKey(key.owner),
      null,
      (now) =>
        now === null
          ? profileText(key.owner, { display_name: displayName })
          : withFields(now, { display_name: displayName }),
    );
    work.catch((error: Error) =>
      this.#parts.log.warn("a friendly name and a display name differ", { user: key.owner, error: error.message })
    );
  }

  async #rename(aor: string, displayName: string): Promise<void> {
    if (this.#parts.subscribers.get(aor)?.displayName === displayName) return;
    await this.#parts.rename(aor, displayName);
  }

  async #write(key: DocumentKey, etag: string | null, edit: (now: XmlDocument | null) => string | null): Promise<void> {
    const { documents } = this.#parts;
    try {
      const seen = etag === null ? null : await documents.read(key);
      if (etag !== null && etag !== (seen?.etag ?? "")) throw stale();
      await documents.update(SERVICE, key, (now) => {
        if (etag !== null && now?.text !== seen?.document.text) throw stale();
        return edit(now);
      });
    } catch (error) {
      throw operationError(error);
    }
  }

  #audit(event: string, owner: string, by: string): void {
    if (by !== `user:${owner}`) this.#parts.audit(event, by, { user: owner });
  }
}

function flagsOf(document: XmlDocument | null, defaults: Privacy): PrivacyFlags {
  const privacy = readPrivacy(document, defaults);
  const opposite = readPrivacy(document, { ...DEFAULT_PRIVACY, contactsOnly: !privacy.contactsOnly });
  return {
    searchable_by_number: privacy.searchableByNumber,
    show_status: privacy.showStatus,
    locatable: privacy.locatable,
    invisible: privacy.invisible,
    ask_before_added: privacy.addContactAuthorisation,
    // What the document leaves out follows the default, whatever that is.
    contacts_only: opposite.contactsOnly === privacy.contactsOnly ? privacy.contactsOnly : null,
    polite_block: privacy.politeBlock,
  };
}

function stale(): OperationError {
  return new OperationError("stale", "it was changed since it was read: read it again, then change it");
}
