import type { ReadonlySignal } from "@preact/signals-core";
import type { Outcome, Problem } from "./outcome.ts";

/** A field of the user's profile. */
export interface ProfileField {
  readonly name: string;
  readonly value: string;
  /** Has to be filled in. */
  readonly required: boolean;
  /** May be searched by, and told to those who find us. */
  readonly shown: boolean;
  /** The operator does not let users change it. */
  readonly fixed: boolean;
  /** What may stand there; empty: anything. */
  readonly choices: readonly string[];
}

export interface ProfileModel {
  readonly fields: ReadonlySignal<readonly ProfileField[]>;
  readonly state: ReadonlySignal<"loading" | "ready" | "failed">;
  change(values: Readonly<Record<string, string>>): Outcome;
}

/** Switches of what others may do. `null`: the operator's. */
export interface PrivacyModel {
  /** Only people of the contact list may write. */
  readonly contactsOnly: ReadonlySignal<boolean>;
  /** Others may find us by searches. */
  readonly searchable: ReadonlySignal<boolean>;
  /** Senders are told when we have seen what they wrote. */
  readonly tellDisplayed: ReadonlySignal<boolean>;
  readonly tellWriting: ReadonlySignal<boolean>;
  /** Whoever invites us to a session waits until we have accepted; messages come all the same. Of this browser. */
  readonly askFirst: ReadonlySignal<boolean>;
  readonly state: ReadonlySignal<"loading" | "ready" | "failed">;
  change(
    change: {
      readonly contactsOnly?: boolean;
      readonly searchable?: boolean;
      readonly tellDisplayed?: boolean;
      readonly tellWriting?: boolean;
      readonly askFirst?: boolean;
    },
  ): Outcome;
}

/** What is kept at the service of what we say and are told. */
export interface RecordingModel {
  /** `unasked`: the user has not said yet whether conversations are to be kept: the page asks once. */
  readonly state: ReadonlySignal<"loading" | "unasked" | "on" | "off" | "forbidden" | "failed">;
  readonly taken: ReadonlySignal<{ readonly octets: number; readonly quota: number; readonly conversations: number }>;
  /** Days that something is kept; 0: for ever. */
  readonly keepDays: ReadonlySignal<number>;
  set(on: boolean): Outcome;
}

/** Short texts to answer with, the same on all devices (USE-10 to USE-12). */
export interface QuickAnswers {
  readonly list: ReadonlySignal<readonly string[]>;
  readonly state: ReadonlySignal<"loading" | "ready" | "failed">;
  save(list: readonly string[]): Outcome;
}

/** What the user can set. */
export interface SettingsModel {
  readonly profile: ProfileModel;
  readonly privacy: PrivacyModel;
  readonly recording: RecordingModel;
  readonly quickAnswers: QuickAnswers;
  readonly problem: ReadonlySignal<Problem | null>;
}
