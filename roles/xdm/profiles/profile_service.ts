/** What a user tells of themselves to everybody (UPROF-1, UPROF-2): "" and [] for what they do not. */
export interface PublicProfile {
  /** The friendly name: the same as the user's display name. */
  readonly display_name: string;
  /** `YYYY-MM-DD` */
  readonly birth_date: string;
  readonly gender: "" | "female" | "male";
  readonly given_name: string;
  readonly family_name: string;
  readonly country: string;
  readonly region: string;
  readonly locality: string;
  readonly freetext: string;
  /** Addresses in other services, e-mail among them. */
  readonly addresses: readonly string[];
  readonly communication_types: readonly string[];
  readonly hobbies: readonly string[];
  readonly links: readonly string[];
}

export interface ProfileView {
  /** The User-ID. */
  readonly uri: string;
  /** Of the document; "" where there is none yet. */
  readonly etag: string;
  readonly profile: PublicProfile;
  /** What the operator vouches for; null where nothing. */
  readonly locked: PublicProfile | null;
}

/** What only the user and the operator know (UPROF-2, PRI-13, PRI-17). */
export interface PrivacyFlags {
  readonly searchable_by_number: boolean;
  readonly show_status: boolean;
  readonly locatable: boolean;
  readonly invisible: boolean;
  readonly ask_before_added: boolean;
  /** Null: as the operator has it. */
  readonly contacts_only: boolean | null;
  /** Who is blocked is not told. */
  readonly polite_block: boolean;
}

export interface PrivacyView extends PrivacyFlags {
  readonly uri: string;
  readonly etag: string;
}

/**
 * Profiles and privacy settings (REG-4, UPROF-1 to UPROF-5). The documents are the truth; `etag`: the version that the caller saw,
 * null for whatever there is. Rejects with OperationError.
 */
export interface ProfileService {
  profile(owner: string): Promise<ProfileView>;
  /** What is absent stays. */
  update(owner: string, patch: Partial<PublicProfile>, etag: string | null, by: string): Promise<ProfileView>;
  /** UPROF-5: User-ID and friendly name stay. */
  clear(owner: string, etag: string | null, by: string): Promise<ProfileView>;
  /** What the operator vouches for; all of it anew, null for nothing. */
  lock(owner: string, profile: Partial<PublicProfile> | null, by: string): Promise<ProfileView>;
  privacy(owner: string): Promise<PrivacyView>;
  /** What is absent stays. */
  changePrivacy(owner: string, patch: Partial<PrivacyFlags>, etag: string | null, by: string): Promise<PrivacyView>;
}
