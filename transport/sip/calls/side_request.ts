import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import type { BaseCall } from "./base_call.ts";

/** Usages of their own inside the dialog: their end does not end the call (RFC 5057 §5.1). */
const OTHER_USAGE: ReadonlySet<string> = new Set(["REFER", "NOTIFY", "SUBSCRIBE"]);

/** A request of the user inside the dialog (INFO, REFER, MESSAGE …) that waits for its answer. */
export class SideRequest implements RequestUser {
  readonly #call: BaseCall;
  readonly #done: ((response: SipResponse | null) => void) | undefined;

  constructor(call: BaseCall, done: ((response: SipResponse | null) => void) | undefined) {
    this.#call = call;
    this.#done = done;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return;
    if (status < 300 && (request.method === "REFER" || request.method === "NOTIFY")) {
      this.#call.dialog?.refreshTarget(response);
    }
    this.#done?.(response);
    if ((status === 408 || status === 481) && !OTHER_USAGE.has(request.method)) this.#call.lost(status);
  }

  onFailure(request: SentRequest, failure: Failure): void {
    this.#done?.(null);
    if (failure === "timeout" && !OTHER_USAGE.has(request.method)) this.#call.lost(408);
  }
}
