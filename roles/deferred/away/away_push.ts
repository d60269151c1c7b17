import type { Flow } from "../../../transport/sip/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import type { Branch, CoreServices } from "../../sip_core/mod.ts";
import { PushFork, type PushUser } from "../push_fork.ts";

/** A line of our assertion, folded or not. */
const ASSERTION = /\r\nP-Asserted-Identity[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gi;
/** The sender wants to be known to everybody (RFC 3323 §4.2). */
const NO_PRIVACY = /\r\nPrivacy[ \t]*:[ \t]*none[ \t]*\r\n/i;

/** Header lines without what we assert of their sender. */
export function withoutAssertion(lines: string): string {
  return lines.replace(ASSERTION, "");
}

/** One attempt to give one stored message to the server of another domain. */
export class AwayPush extends PushFork {
  readonly #trusts: (flow: Flow) => boolean;

  constructor(
    services: CoreServices,
    id: number,
    message: DeferredMessage,
    user: PushUser,
    trusts: (flow: Flow) => boolean,
  ) {
    super(services, id, message, user);
    this.#trusts = trusts;
  }

  /** Stored lines are those for a device of ours; what we assert stays inside the trust domain (RFC 3325 §5). */
  override headFor(branch: Branch, flow: Flow, via: string): string {
    const head = super.headFor(branch, flow, via);
    return this.#trusts(flow) || NO_PRIVACY.test(head) ? head : withoutAssertion(head);
  }
}
