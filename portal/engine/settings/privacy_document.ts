import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { EngineParts } from "../doors.ts";
import { ownDocument } from "../people/own_documents.ts";
import { Refreshed } from "../people/refreshed.ts";

/** Settings at the service that nobody else sees (PRI-13, UPROF-2), as REST has them. */
export interface PrivacyFlags {
  readonly searchable_by_number: boolean;
  readonly show_status: boolean;
  readonly locatable: boolean;
  readonly invisible: boolean;
  readonly ask_before_added: boolean;
  /** Null: as the operator has it. */
  readonly contacts_only: boolean | null;
  readonly polite_block: boolean;
}

/** The user's privacy settings, as the service has them. */
export class PrivacyDocument {
  readonly fresh: Refreshed;
  readonly #parts: EngineParts;
  readonly #flags = signal<PrivacyFlags | null>(null);
  readonly #path: string;
  /** Changes that were carried out; what was asked for before the last of them may be older. */
  #changes = 0;

  constructor(parts: EngineParts) {
    const aor = parts.link.me.uri;
    this.#parts = parts;
    this.#path = `/users/${encodeURIComponent(aor)}/privacy`;
    this.fresh = new Refreshed(parts, [ownDocument("org.parley.privacy", aor)], () => this.#load());
  }

  /** Null until they are known. */
  get flags(): ReadonlySignal<PrivacyFlags | null> {
    return this.#flags;
  }

  /** Resolves when the settings are known, or could not be had. */
  async known(): Promise<void> {
    if (this.#flags.peek() === null) await this.fresh.refresh();
  }

  /** Rejects with RestProblem; then nothing has changed. */
  async change(patch: Partial<PrivacyFlags>): Promise<void> {
    const flags = await this.#parts.rest.send<PrivacyFlags>("PATCH", this.#path, patch);
    this.#changes++;
    this.#flags.value = flags;
  }

  async #load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const flags = await this.#parts.rest.get<PrivacyFlags>(this.#path);
      if (before !== this.#changes) continue;
      this.#flags.value = flags;
      return;
    }
  }
}
