import type { AccessDecision } from "../../participating/mod.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import type { Circumstances } from "./compiled_rule.ts";
import { names, type Person } from "./person.ts";
import { type Opinion, Ruleset } from "./ruleset.ts";

/** What one user's documents say of who may reach them. */
export interface UserRules {
  readonly ruleset: Ruleset;
  /** Keys of those on the block lists. */
  readonly blocked: ReadonlySet<string>;
  /** Keys of those on the contact lists; null: not read, as nothing asked for them. */
  readonly contacts: ReadonlySet<string> | null;
  /** Null: the user has not chosen, and the operator's default holds. */
  readonly contactsOnly: boolean | null;
  /** Who is blocked is not told. */
  readonly polite: boolean;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Of a user without documents. */
export const NO_RULES: UserRules = {
  ruleset: Ruleset.EMPTY,
  blocked: NOBODY,
  contacts: NOBODY,
  contactsOnly: null,
  polite: false,
};

export const ALLOWED: AccessDecision = { verdict: "allow", overrides: false };
const DROPPED: AccessDecision = { verdict: "drop" };
const BLOCKED: AccessDecision = { verdict: "refuse", reason: "rules of the recipient" };
const STRANGER: AccessDecision = { verdict: "refuse", reason: "recipient takes messages from contacts only" };
const HIDDEN: AccessDecision = { verdict: "refuse", reason: "rules of the recipient", anonymity: true };
const OWN_BLOCK: AccessDecision = { verdict: "refuse", reason: "the sender has blocked the recipient" };
const NO_CONTACT: AccessDecision = { verdict: "refuse", reason: "the recipient is not in the sender's contact list" };

/** True where the user gets messages from contacts alone (PRI-13). */
export function takesContactsOnly({ contactsOnly }: UserRules, settings: ContactSettings): boolean {
  return contactsOnly ?? settings.reception === "contacts";
}

/** True where the rules have to know the contacts, and do not. */
export function lacksContacts(rules: UserRules, settings: ContactSettings): boolean {
  return rules.contacts === null && (settings.strangers === "refused" || takesContactsOnly(rules, settings));
}

/**
 * What the recipient's rules make of a sender, in the order of oma-reference §3.2: block list and rules that mean this very
 * sender, contacts alone, rules for anonymous senders, rules for all others, rules for everybody, and then: yes.
 *
 * Who hides their name is not let in for it, which would tell who it is, but is kept out for it: a block cannot be evaded so.
 */
export function judgeSender(
  rules: UserRules,
  sender: Person,
  anonymous: boolean,
  circumstances: Circumstances,
  settings: ContactSettings,
): AccessDecision {
  const { ruleset, polite } = rules;
  const blocked = polite ? DROPPED : BLOCKED;
  if (names(rules.blocked, sender)) return blocked;
  const contactsOnly = takesContactsOnly(rules, settings);
  if (ruleset.empty && !contactsOnly) return ALLOWED;
  const named = ruleset.named(sender, circumstances);
  if (named.blocks) return blocked;
  if (named.allows && !anonymous) return allowed(named, ruleset.anyone(sender, circumstances));
  if (contactsOnly) {
    if (!names(rules.contacts!, sender)) return polite && rules.contactsOnly === true ? DROPPED : STRANGER;
    if (anonymous) return HIDDEN;
  }
  if (ruleset.empty) return ALLOWED;
  const anyone = ruleset.anyone(sender, circumstances);
  if (anonymous) {
    const hidden = ruleset.anonymous(sender, circumstances);
    if (hidden.blocks) return HIDDEN;
    if (hidden.allows) return anonymously(hidden, anyone);
  }
  const others = named.matched && !anonymous ? named : ruleset.others(sender, circumstances);
  if (others.blocks || (!others.allows && anyone.blocks)) return blocked;
  return anonymous ? anonymously(others, anyone) : allowed(others, anyone);
}

/** Whether the user has blocked this very sender, or all of the sender's domain. */
export function hasBlocked({ blocked, ruleset }: UserRules, sender: Person, circumstances: Circumstances): boolean {
  return names(blocked, sender) || (!ruleset.empty && ruleset.named(sender, circumstances).blocks);
}

/** What the sender's own rules, and the operator, make of a recipient (PRI-9, SND-4, SND-6). */
export function judgeRecipient(
  rules: UserRules,
  recipient: Person,
  circumstances: Circumstances,
  settings: ContactSettings,
): AccessDecision {
  if (settings.blocked_both_ways) {
    if (names(rules.blocked, recipient)) return OWN_BLOCK;
    if (!rules.ruleset.empty && rules.ruleset.singledOut(recipient, circumstances).blocks) return OWN_BLOCK;
  }
  if (settings.strangers === "refused" && !names(rules.contacts!, recipient)) return NO_CONTACT;
  return ALLOWED;
}

function allowed(opinion: Opinion, anyone: Opinion): AccessDecision {
  const overrides = opinion.overrides || anyone.overrides;
  if ((opinion.stores ?? anyone.stores) === false) return { verdict: "allow", overrides, stores: false };
  return overrides ? { verdict: "allow", overrides } : ALLOWED;
}

/** Nobody who hides has a say about another's device. */
function anonymously(opinion: Opinion, anyone: Opinion): AccessDecision {
  return (opinion.stores ?? anyone.stores) === false ? { verdict: "allow", overrides: false, stores: false } : ALLOWED;
}
