import { EMPTY } from "../../../foundation/mod.ts";
import type { RequestHead } from "../../../transport/msrp/mod.ts";
import {
  AcceptedTypes,
  bareType,
  type ForwardRules,
  type Look,
  type Rewrite,
  type Rewriter,
} from "../../../transport/msrp/forward/mod.ts";
import {
  CPIM_TYPE,
  cpimContentType,
  type CpimHead,
  cpimHeadOctets,
  dateTimeText,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import type { SessionKind } from "../../session_media/mod.ts";
import { admitted, limitFor } from "./content_policy.ts";
import type { MediaParty } from "./media_plane.ts";
import type { SessionSettings } from "./session_settings.ts";

/** Who speaks to whom, and in what kind of session, for CPIM that we put around messages and for limits. */
export interface Names {
  readonly kind: SessionKind;
  readonly from: string;
  readonly to: string;
  /** Wall time, ms. */
  readonly now: () => number;
}

/** What may go to a party: its own limits within the operator's, in the wrapping that it takes. */
export function rulesToward(party: MediaParty, names: Names, settings: SessionSettings): ForwardRules {
  const types = admitted(party.media.acceptTypes, settings);
  const wrapped = admitted(party.media.acceptWrappedTypes, settings);
  switch (party.takes) {
    case "as it is":
      return {
        maxSize: party.maxSize,
        types: new AcceptedTypes(types),
        rewriter: new Limits(settings, names.kind, anything(settings) ? null : new Inside(settings)),
      };
    case "unwrapped":
      return {
        maxSize: party.maxSize,
        types: new AcceptedTypes([...types, CPIM_TYPE]),
        rewriter: new Limits(settings, names.kind, new Unwrapping(new AcceptedTypes(types))),
      };
    case "wrapped":
      return {
        maxSize: party.maxSize,
        types: new AcceptedTypes(wrapped.length === 0 ? ["*"] : [...wrapped, CPIM_TYPE]),
        rewriter: new Limits(settings, names.kind, new Wrapping(names)),
      };
  }
}

/** True where the operator allows every type. */
function anything({ types }: SessionSettings): boolean {
  return types.some(({ type, maxBytes }) => type === "*/*" && maxBytes > 0);
}

/** What is wrapped is held to the operator's types like everything else. */
class Inside implements Rewriter {
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  wants(head: RequestHead): boolean {
    return isCpim(head);
  }

  look(_head: RequestHead, octets: Uint8Array, all: boolean): Look {
    const cpim = headOf(octets, all);
    if (cpim === "more" || "status" in cpim) return cpim;
    return limitFor(bareType(cpimContentType(cpim)), this.#settings, true) > 0 ? "pass" : NOT_ACCEPTED;
  }
}

const NOT_ACCEPTED = { status: 415, comment: "Media type not accepted" } as const;

function isCpim({ contentType }: RequestHead): boolean {
  return contentType !== "" && bareType(contentType) === CPIM_TYPE;
}

/** The CPIM head at the beginning of a message, or what becomes of one that has none. */
function headOf(
  octets: Uint8Array,
  all: boolean,
): CpimHead | "more" | { readonly status: number; readonly comment: string } {
  try {
    return readCpimHead(octets) ?? (all ? { status: 400, comment: "CPIM headers do not end" } : "more");
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, comment: "CPIM malformed" };
    throw error;
  }
}

/**
 * The operator's limit for the type of each message (ADM-4, ADM-6, ADM-7), where it is lower than that of the session: inside
 * CPIM, too, and for messages that do not say how long they will be.
 */
class Limits implements Rewriter {
  readonly #settings: SessionSettings;
  readonly #inSession: boolean;
  readonly #inner: Rewriter | null;

  constructor(settings: SessionSettings, kind: SessionKind, inner: Rewriter | null) {
    this.#settings = settings;
    this.#inSession = kind === "session";
    this.#inner = inner;
  }

  wants(head: RequestHead): boolean {
    return this.#mayExceed(head) || (this.#inner !== null && this.#inner.wants(head));
  }

  look(head: RequestHead, octets: Uint8Array, all: boolean): Look {
    const inner = this.#inner === null || !this.#inner.wants(head) ? "pass" : this.#inner.look(head, octets, all);
    if (inner === "more" || (inner !== "pass" && "status" in inner) || !this.#mayExceed(head)) return inner;
    let type = bareType(head.contentType), wrapping = 0;
    if (type === CPIM_TYPE) {
      const cpim = headOf(octets, all);
      if (cpim === "more" || "status" in cpim) return cpim;
      type = bareType(cpimContentType(cpim));
      wrapping = cpim.bodyAt;
    }
    return this.#within(head, type, wrapping, inner);
  }

  /** What is in CPIM is said at its beginning only; anything else is what it says it is. */
  midway(head: RequestHead): Exclude<Look, "more"> | undefined {
    if (this.#inner !== null && this.#inner.wants(head)) return this.#inner.midway?.(head);
    const type = bareType(head.contentType);
    return type === CPIM_TYPE ? undefined : this.#within(head, type, 0, "pass");
  }

  #within(head: RequestHead, type: string, wrapping: number, inner: "pass" | Rewrite): Exclude<Look, "more"> {
    const limit = limitFor(type, this.#settings, this.#inSession) + wrapping;
    if (head.total > limit) return { status: 413, comment: "Message too large for its type" };
    if (head.total >= 0) return inner;
    const as = inner === "pass" ? { contentType: head.contentType, drop: 0, prepend: EMPTY } : inner;
    return { ...as, maxSize: limit - as.drop + as.prepend.length };
  }

  /** Nearly all messages say that they are below the limit of what is text, and need no look. */
  #mayExceed({ total, contentType }: RequestHead): boolean {
    return contentType !== "" && (total < 0 || total > this.#settings.maxMessage);
  }
}

/** Takes messages out of CPIM for a party that does not take it. */
class Unwrapping implements Rewriter {
  readonly #types: AcceptedTypes;

  constructor(types: AcceptedTypes) {
    this.#types = types;
  }

  wants(head: RequestHead): boolean {
    return isCpim(head);
  }

  look(_head: RequestHead, octets: Uint8Array, all: boolean): Look {
    const cpim = headOf(octets, all);
    if (cpim === "more" || "status" in cpim) return cpim;
    const contentType = cpimContentType(cpim);
    if (!this.#types.allows(contentType)) return NOT_ACCEPTED;
    return { contentType, drop: cpim.bodyAt, prepend: EMPTY };
  }
}

/** Puts messages into CPIM for a party that takes nothing else. */
class Wrapping implements Rewriter {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  wants(head: RequestHead): boolean {
    return head.contentType !== "" && !isCpim(head);
  }

  look(head: RequestHead): Look {
    const { from, to, now } = this.#names;
    const prepend = cpimHeadOctets({
      from: { name: "", uri: from },
      to: [{ name: "", uri: to }],
      dateTime: dateTimeText(now()),
      contentHeaders: [["Content-Type", head.contentType]],
    });
    return { contentType: CPIM_TYPE, drop: 0, prepend };
  }
}
