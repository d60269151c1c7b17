import type { Failure, RequestUser, SentRequest, SipResponse } from "../transport/sip/mod.ts";
import { fromText } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";
import type { Reason } from "./im_user.ts";
import { refusalReason } from "./reason.ts";

/** What became of something that the service was asked for: null where it is done, else why not. Called once. */
export type Asked = (problem: Reason | null) => void;

/** A MESSAGE to one of the service's own addresses (oma-reference §2.4): not for a person, and with nothing to be told afterwards. */
export function askService(world: ClientWorld, uri: string, contentType: string, body: Uint8Array, done: Asked): void {
  const { account, agent, flowId } = world;
  agent.send({
    method: "MESSAGE",
    uri,
    from: fromText(account),
    to: `<${uri}>`,
    flowId: flowId(),
    contentType,
    body,
  }, new ServiceRequest(done));
}

class ServiceRequest implements RequestUser {
  readonly #done: Asked;

  constructor(done: Asked) {
    this.#done = done;
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    if (response.status >= 200) this.#done(problemOf(response));
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#done(refusalReason(failure === "timeout" ? 408 : 503, null));
  }
}

/** Why a request was not carried out; `response` null: no answer came. Null where it was. */
export function problemOf(response: SipResponse | null): Reason | null {
  if (response === null) return refusalReason(408, null);
  return response.status < 300 ? null : refusalReason(response.status, response);
}
