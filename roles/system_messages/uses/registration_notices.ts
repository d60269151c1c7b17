import type { Clock, Log } from "../../../foundation/mod.ts";
import type { NoticeBook } from "./notice_book.ts";
import { type SendingRules, sendingRules, type SendingSettings } from "./sending_rules.ts";
import { sayAgain, type Teller } from "./teller.ts";

/** What the notices stand on. */
export interface RegistrationNoticesParts {
  /** Live. */
  readonly settings: { readonly first_use: boolean };
  /** In force; another object as soon as anything of it is another. */
  readonly rules: () => SendingSettings;
  /** Mandatory fields that a user's public profile lacks, by name, once `ready` has resolved. */
  readonly profile: { ready(): Promise<void>; missing(aor: string): readonly string[] };
  readonly book: NoticeBook;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly log: Log;
}

const WEEK_MS = 7 * 86_400_000;
/** Users who are told at the same time: a thousand devices that come at once do not make a thousand commits at once. */
const AT_ONCE = 8;
const CAUSE = "registration";

const WELCOME =
  "Welcome. A default profile has been made for you, which tells others your name and nothing more; you " +
  "can change it at any time.";

/**
 * What users hear when a device of theirs registers: that there is a default profile (REG-4) and what may be sent (SND-5, ADM-8),
 * once, and again when the operator has changed that; which mandatory fields their profile lacks (UPROF-8), once a week while it
 * does. One message for all of it (SMSG-14). It costs a look into memory where there is nothing to say.
 */
export class RegistrationNotices {
  readonly #parts: RegistrationNoticesParts;
  /** Who is to be told, and who is being told at this moment. No more than users. */
  readonly #due = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #working = new Set<Promise<void>>();
  #stopped = false;
  #settings: SendingSettings | null = null;
  #rules: SendingRules = { text: "", mark: "" };

  constructor(parts: RegistrationNoticesParts) {
    this.#parts = parts;
  }

  /** A device of the user has registered, and the default profile is there. Returns at once. */
  came(aor: string): void {
    if (this.#stopped || !this.#parts.settings.first_use || this.#due.has(aor) || !this.#mayBeDue(aor)) return;
    this.#due.add(aor);
    this.#waiting.add(aor);
    if (this.#working.size >= AT_ONCE) return;
    const work = this.#work().finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Resolves when everybody who has come so far is told. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Begins with nobody else: who is left is told at the next registration. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  async #work(): Promise<void> {
    for (const aor of this.#waiting) {
      if (this.#stopped) return;
      this.#waiting.delete(aor);
      try {
        await this.#tell(aor);
      } catch (error) {
        // The next registration tries again.
        this.#parts.log.warn("a user was not told what holds", { user: aor, error: (error as Error).message });
      } finally {
        this.#due.delete(aor);
      }
    }
  }

  #mayBeDue(aor: string): boolean {
    const { book } = this.#parts;
    const { rules, asked } = book.of(aor);
    return (rules !== this.#inForce().mark || this.#mayAsk(asked)) && book.takes(aor);
  }

  /** A clock that was set back does not keep anybody waiting for longer than that. */
  #mayAsk(asked: number): boolean {
    const ago = this.#parts.clock.now() - asked;
    return ago >= WEEK_MS || ago < 0;
  }

  async #tell(aor: string): Promise<void> {
    const { book, profile, teller, clock } = this.#parts;
    const { rules, asked } = book.of(aor);
    await profile.ready();
    const missing = this.#mayAsk(asked) ? profile.missing(aor) : [];
    const { mark, text } = this.#inForce();
    const said: string[] = [];
    if (rules === "") said.push(WELCOME, text);
    else if (rules !== mark) said.push(`What may be sent has changed. ${text}`);
    if (missing.length > 0) said.push(missingText(missing));
    if (said.length === 0 || !await sayAgain(teller, aor, CAUSE, said.join("\n"))) return;
    const askedNow = missing.length > 0 ? clock.now() : asked;
    await book.note(aor, (noted) => ({ ...noted, rules: mark, asked: askedNow }));
  }

  #inForce(): SendingRules {
    const settings = this.#parts.rules();
    if (settings !== this.#settings) {
      this.#settings = settings;
      this.#rules = sendingRules(settings);
    }
    return this.#rules;
  }
}

/** Names of fields and what follows from filling them in, never what is in them (UPROF-8, SMSG-15). */
function missingText(missing: readonly string[]): string {
  const [these, them] = missing.length === 1 ? ["this field", "it is"] : ["these fields", "they are"];
  return `Your public profile lacks ${these}: ${missing.join(", ")}. Until ${them} filled in, nobody finds you in ` +
    "searches, and you find nobody. What you fill in is public: everybody in the service can see it and find you by it.";
}
