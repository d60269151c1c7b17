import { type Endpoint, endpointText } from "../../../transport/net/mod.ts";
import type { FlowTrace, SipRequest, SipResponse, TracedMessage } from "../../../transport/sip/mod.ts";
import type { Ladder, TraceService } from "../services/mod.ts";
import { partyOf, readTraced, stepOf } from "./traced_step.ts";

/** What the ladder calls the box. */
export const BOX = "Parley";
const MAX_RECENT = 500;

export interface MessageTraceOptions {
  /** The ring of the wires, as it is now: it may be turned on and off. */
  readonly trace: () => FlowTrace | null;
  /** Where the devices of an address-of-record have registered from. */
  readonly sourcesOf: (aor: string) => readonly Endpoint[];
  /** The domain of the peer whose server has this IP address; "" for none. */
  readonly peerAt: (host: string) => string;
}

/** What is summed up of a Call-ID. */
interface Call {
  readonly at: number;
  status: number;
  oldest: SipRequest | SipResponse;
  messages: number;
}

/** Reads the ring when somebody asks: the latest Call-IDs, and one of them as a ladder. */
export class MessageTrace implements TraceService {
  readonly #options: MessageTraceOptions;

  constructor(options: MessageTraceOptions) {
    this.#options = options;
  }

  get capacity(): number {
    return this.#options.trace()?.capacity ?? 0;
  }

  recent({ search, limit }: { search: string; limit: number }): ReturnType<TraceService["recent"]> {
    const wanted = search.trim().toLowerCase();
    const most = Math.min(Math.max(0, limit), MAX_RECENT);
    const found: ReturnType<TraceService["recent"]> = [];
    for (const [call_id, { at, status, oldest, messages }] of this.#calls()) {
      if (found.length === most) break;
      const from = partyOf(oldest.get("From"));
      const to = partyOf(oldest.get("To"));
      if (wanted !== "" && !`${call_id}\n${from}\n${to}`.toLowerCase().includes(wanted)) continue;
      found.push({ call_id, at, method: methodOf(oldest), from, to, status, messages });
    }
    return found;
  }

  ladder(callId: string): Ladder | null {
    const held: { readonly traced: TracedMessage; readonly message: SipRequest | SipResponse }[] = [];
    for (const traced of this.#options.trace()?.newestFirst() ?? []) {
      // Cheaper than reading every head.
      if (!traced.head.includes(callId)) continue;
      const message = readTraced(traced);
      if (message !== null && message.callId === callId) held.push({ traced, message });
    }
    if (held.length === 0) return null;
    const names = this.#names(held.map(({ message }) => message));
    const participants = new Set<string>();
    const steps = held.reverse().map(({ traced, message }) => {
      const address = endpointText(traced.remote);
      const name = names.get(address) ?? this.#options.peerAt(traced.remote.host);
      const peer = name === "" ? address : `${name} (${address})`;
      for (const end of traced.inbound ? [peer, BOX] : [BOX, peer]) participants.add(end);
      return stepOf(traced, message, { box: BOX, peer });
    });
    return { call_id: callId, participants: [...participants], steps };
  }

  /** Who is at which address, as far as the parties of the messages are users who are registered there. */
  #names(messages: readonly (SipRequest | SipResponse)[]): Map<string, string> {
    const parties = new Set(messages.flatMap((message) => [
      partyOf(message.get("From")),
      partyOf(message.get("To")),
      // Whom a request is for after retargeting; a response has none.
      message.isRequest ? partyOf(message.uri) : "",
    ]));
    const names = new Map<string, string>();
    for (const party of parties) {
      const aor = party.replace(/[;?].*$/, "");
      if (aor === "") continue;
      for (const source of this.#options.sourcesOf(aor)) names.set(endpointText(source), aor.replace(/^sips?:/, ""));
    }
    return names;
  }

  /** Newest first. The method and the parties are those of the oldest message held, the status that of the newest response. */
  #calls(): Map<string, Call> {
    const calls = new Map<string, Call>();
    for (const traced of this.#options.trace()?.newestFirst() ?? []) {
      const message = readTraced(traced);
      if (message === null || message.callId === "") continue;
      const status = message.isRequest ? 0 : message.status;
      const known = calls.get(message.callId);
      if (known === undefined) {
        calls.set(message.callId, { at: traced.at, status, oldest: message, messages: 1 });
      } else {
        known.oldest = message;
        known.messages++;
        known.status ||= status;
      }
    }
    return calls;
  }
}

function methodOf(message: SipRequest | SipResponse): string {
  return message.isRequest ? message.method : /[^\s]*$/.exec(message.get("CSeq") ?? "")?.[0].slice(0, 32) ?? "";
}
