import { OperationError } from "../../operations/mod.ts";
import {
  checkPassword,
  e164Number,
  type StoredOperations,
  subscriberOf,
  userAddress,
} from "../../operations/stored/mod.ts";
import type { Clock } from "../../foundation/mod.ts";
import type { Subscribers } from "../../storage/mod.ts";
import type { UserService } from "../admin/services/mod.ts";
import type { SignUps } from "./sign_ups.ts";
import type { SignUpSettings } from "./sign_up_settings.ts";

/** Characters of a password that somebody chooses (NIST SP 800-63B §3.1.1.2). */
export const MIN_PASSWORD = 8;

/** A sign-up as it was typed. */
export interface SignUpForm {
  /** User part of the wished address; "" for a generated one. */
  readonly name: string;
  readonly domain: string;
  readonly display_name: string;
  readonly e164: string;
  readonly password: string;
  readonly again: string;
}

/** Which field is wrong, and the name of the text that says why. */
export type FieldFault = {
  readonly field: keyof SignUpForm;
  readonly fault:
    | "name_taken"
    | "name_allowed"
    | "display_name_allowed"
    | "number_taken"
    | "number_allowed"
    | "password_short"
    | "password_allowed"
    | "password_differs";
};

export type SignUpOutcome =
  | { readonly kind: "made" | "waits"; readonly uri: string }
  | { readonly kind: "faults"; readonly faults: readonly FieldFault[] }
  /** No place on the list, or the source has had its share. */
  | { readonly kind: "full" | "throttled" };

export interface JoinRequestsParts {
  readonly signUps: SignUps;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly operations: Pick<StoredOperations, "addWithCredentials">;
  readonly users: Pick<UserService, "suggestUri">;
  readonly domains: readonly string[];
  readonly settings: () => SignUpSettings;
  readonly clock: Clock;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** Names that speak for the box or its operator; nobody signs up as one. */
const RESERVED = new Set(
  "admin administrator root operator owner support help helpdesk security abuse postmaster hostmaster webmaster system info parley anonymous conference exploder deferred delete history"
    .split(" "),
);

/** People who come by themselves: checked, and made users or put on the waiting list. */
export class JoinRequests {
  readonly #parts: JoinRequestsParts;

  constructor(parts: JoinRequestsParts) {
    this.#parts = parts;
  }

  /**
   * `admitted` is asked once nothing is wrong with the form. Rejects with OperationError "unavailable" where nothing can be
   * stored.
   */
  async submit(form: SignUpForm, source: string, admitted: () => boolean = () => true): Promise<SignUpOutcome> {
    const { signUps, operations, users, domains, settings, clock, audit } = this.#parts;
    const { approval } = settings();
    const domain = domains.includes(form.domain) ? form.domain : domains[0];
    const faults: FieldFault[] = [];
    const displayName = form.display_name.normalize("NFC").trim();
    const generated = form.name.trim() === "";
    const part = form.name.trim().toLowerCase();
    let uri = generated ? "" : `sip:${part}@${domain}`;
    if (!generated) {
      if (!/^[a-z0-9][a-z0-9._-]{0,38}[a-z0-9]$/.test(part)) faults.push({ field: "name", fault: "name_allowed" });
      else if (RESERVED.has(part) || this.#taken(uri)) faults.push({ field: "name", fault: "name_taken" });
    }
    // A number is the user's only when somebody has looked: without an operator anybody could claim any.
    let e164 = "";
    try {
      e164 = approval ? e164Number(form.e164.trim()) : "";
      if (e164 !== "" && this.#numberTaken(e164)) faults.push({ field: "e164", fault: "number_taken" });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      faults.push({ field: "e164", fault: "number_allowed" });
    }
    faults.push(...passwordFaults(form.password, form.again));
    // deno-lint-ignore no-control-regex
    if (displayName.length > 128 || /[\u0000-\u001f\u007f]/.test(displayName)) {
      faults.push({ field: "display_name", fault: "display_name_allowed" });
    }
    if (faults.length > 0) return { kind: "faults", faults };
    if (!admitted()) return { kind: "throttled" };
    if (generated) uri = this.#suggested(users.suggestUri(displayName, domain));
    const typed = { uri, password: form.password, display_name: displayName, e164 };
    const { credentials } = subscriberOf(typed, undefined, clock.now());
    const record = { uri, display_name: displayName, e164, credentials };
    if (approval) {
      if (!await signUps.add({ ...record, source })) return { kind: "full" };
      audit("sign_up", "system", { user: uri, source });
      return { kind: "waits", uri };
    }
    try {
      await operations.addWithCredentials({ ...record, state: "unsubscribed" }, `user:${uri}`);
    } catch (error) {
      if (!(error instanceof OperationError) || error.kind !== "conflict") throw error;
      // Somebody was faster.
      return { kind: "faults", faults: [{ field: "name", fault: "name_taken" }] };
    }
    return { kind: "made", uri };
  }

  #taken(uri: string): boolean {
    return this.#parts.subscribers.get(uri) !== undefined || this.#parts.signUps.claims(uri, "");
  }

  #numberTaken(e164: string): boolean {
    return this.#parts.subscribers.byNumber(e164) !== undefined || this.#parts.signUps.claims("", e164);
  }

  /** The next one of a suggested address that is neither a user's, nor waited for, nor reserved. */
  #suggested(suggestion: string): string {
    const { user, domain } = userAddress(suggestion);
    if (!RESERVED.has(user) && !this.#taken(suggestion)) return suggestion;
    for (let number = 2;; number++) {
      const uri = `sip:${user}${number}@${domain}`;
      if (!this.#taken(uri)) return uri;
    }
  }
}

/** What is wrong with a password that somebody chose, typed twice. */
export function passwordFaults(password: string, again: string): FieldFault[] {
  if ([...password].length < MIN_PASSWORD) return [{ field: "password", fault: "password_short" }];
  try {
    checkPassword(password);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ field: "password", fault: "password_allowed" }];
  }
  return password === again ? [] : [{ field: "again", fault: "password_differs" }];
}
