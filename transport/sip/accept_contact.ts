import { type FeaturePredicate, featurePredicate, predicatesMatch } from "./feature_predicate.ts";
import { ID } from "./header_names.ts";
import type { SipRequest } from "./message.ts";
import { checkParams, type Params, parseParams } from "./params.ts";

/** What the caller wants of the device that is to be reached (RFC 3841 §7.2). */
export interface CallerPreferences {
  readonly accept: readonly AcceptPredicate[];
  readonly reject: readonly FeaturePredicate[];
  /** The request said nothing: method and event package stand for it, and never leave nobody (§7.2.4). */
  readonly implicit: boolean;
}

interface AcceptPredicate {
  readonly predicate: FeaturePredicate;
  readonly require: boolean;
  readonly explicit: boolean;
}

/** A device that could be reached: what it registered with. */
export interface Candidate {
  /** Header parameters of its Contact. */
  readonly params: Params;
  /** 0 to 1. */
  readonly q: number;
}

/** The caller preferences of a request, explicit or implicit. Throws SyntaxError for a malformed header. */
export function callerPreferences(request: SipRequest): CallerPreferences {
  const accepts = request.list(ID["Accept-Contact"]);
  const rejects = request.list(ID["Reject-Contact"]);
  if (accepts.length === 0 && rejects.length === 0) return implicitPreferences(request);
  return {
    accept: accepts.map((value) => {
      const params = parameters(value);
      return { predicate: featurePredicate(params), require: params.has("require"), explicit: params.has("explicit") };
    }),
    reject: rejects.map((value) => featurePredicate(parameters(value))),
    implicit: false,
  };
}

function parameters(value: string): Params {
  // `*` is the only form since RFC 3841; drafts had a URI there, which says no more.
  const at = value.startsWith("*") ? 1 : -1;
  if (at < 0) throw new SyntaxError("* expected");
  checkParams(value, at);
  return parseParams(value, value.indexOf(";") < 0 ? value.length : value.indexOf(";"), value.length);
}

function implicitPreferences(request: SipRequest): CallerPreferences {
  const params = new Map([["methods", `"${request.method}"`]]);
  const event = request.method === "SUBSCRIBE" ? request.get(ID.Event) : undefined;
  if (event !== undefined) params.set("events", `"${event.split(";")[0].trim()}"`);
  return {
    accept: [{ predicate: featurePredicate(params), require: true, explicit: false }],
    reject: [],
    implicit: true,
  };
}

/**
 * The candidates the caller would have, the callee's order (q) first and the caller's within it (RFC 3841 §7.2.4). One that
 * registered no features is never ruled out. Empty when explicit preferences rule out everybody: the answer is 480.
 */
export function preferred<T extends Candidate>(candidates: readonly T[], preferences: CallerPreferences): T[] {
  const kept: { candidate: T; score: number }[] = [];
  for (const candidate of candidates) {
    const predicate = featurePredicate(candidate.params);
    const score = predicate.size === 0 ? 1 : scoreOf(predicate, preferences);
    if (score !== null) kept.push({ candidate, score });
  }
  if (kept.length === 0 && preferences.implicit) return [...candidates].sort((a, b) => b.q - a.q);
  kept.sort((a, b) => b.candidate.q - a.candidate.q || b.score - a.score);
  return kept.map(({ candidate }) => candidate);
}

/** The caller's preference Qa for a device, 0 to 1; null when it is ruled out. */
function scoreOf(contact: FeaturePredicate, { accept, reject }: CallerPreferences): number | null {
  for (const predicate of reject) {
    // Only a device that says of each tag what it is can be rejected by it.
    const explicit = predicate.size > 0 && [...predicate.keys()].every((tag) => contact.has(tag));
    if (explicit && predicatesMatch(predicate, contact)) return null;
  }
  let sum = 0;
  let count = 0;
  for (const { predicate, require, explicit } of accept) {
    if (!predicatesMatch(predicate, contact)) {
      if (require) return null;
      continue;
    }
    const known = [...predicate.keys()].filter((tag) => contact.has(tag)).length;
    const score = predicate.size === 0 ? 1 : known / predicate.size;
    count++;
    if (score === 1 || !explicit) sum += score;
    else if (require) return null;
  }
  return count === 0 ? 0 : sum / count;
}
