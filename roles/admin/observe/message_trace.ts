import { endpointText } from "../../../transport/net/mod.ts";
import type { FlowTrace, SipRequest, SipResponse, TracedMessage } from "../../../transport/sip/mod.ts";
import type { Ladder, TraceService } from "../services/mod.ts";
import { partyOf, readTraced, stepOf } from "./traced_step.ts";

/** What the ladder calls the box. */
export const BOX = "Parley";
const MAX_RECENT = 500;

export interface MessageTraceOptions {
  /** The ring of the wires, as it is now: it may be turned on and off. */
  readonly trace: () => FlowTrace | null;
  /** Who is at a remote address (`192.0.2.9:5060`): a user, a peer's domain; "" where nobody knows. */
  readonly nameOf: (remote: string) => string;
}

/** What is summed up of a Call-ID. */
interface Call {
  readonly at: number;
  status: number;
  method: string;
  from: string;
  to: string;
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
    const found: (Call & { readonly call_id: string })[] = [];
    for (const [call_id, call] of this.#calls()) {
      if (found.length === most) break;
      const searched = `${call_id}\n${call.from}\n${call.to}`.toLowerCase();
      if (wanted === "" || searched.includes(wanted)) found.push({ call_id, ...call });
    }
    return found;
  }

  ladder(callId: string): Ladder | null {
    const { nameOf } = this.#options;
    const held: { readonly traced: TracedMessage; readonly message: SipRequest | SipResponse }[] = [];
    for (const traced of this.#options.trace()?.newestFirst() ?? []) {
      // Cheaper than reading every head.
      if (!traced.head.includes(callId)) continue;
      const message = readTraced(traced);
      if (message !== null && message.callId === callId) held.push({ traced, message });
    }
    if (held.length === 0) return null;
    const participants = new Set<string>();
    const steps = held.reverse().map(({ traced, message }) => {
      const address = endpointText(traced.remote);
      const name = nameOf(address);
      const peer = name === "" ? address : `${name} (${address})`;
      for (const end of traced.inbound ? [peer, BOX] : [BOX, peer]) participants.add(end);
      return stepOf(traced, message, { box: BOX, peer });
    });
    return { call_id: callId, participants: [...participants], steps };
  }

  /** Newest first. The method and the parties are those of the oldest message held, the status that of the newest response. */
  #calls(): Map<string, Call> {
    const calls = new Map<string, Call>();
    for (const traced of this.#options.trace()?.newestFirst() ?? []) {
      const message = readTraced(traced);
      if (message === null || message.callId === "") continue;
      const status = message.isRequest ? 0 : message.status;
      const known = calls.get(message.callId);
      const method = methodOf(message);
      const from = partyOf(message.get("From"));
      const to = partyOf(message.get("To"));
      if (known === undefined) {
        calls.set(message.callId, { at: traced.at, status, method, from, to, messages: 1 });
        continue;
      }
      Object.assign(known, { method, from, to });
      known.messages++;
      known.status ||= status;
    }
    return calls;
  }
}

function methodOf(message: SipRequest | SipResponse): string {
  return message.isRequest ? message.method : /[^\s]*$/.exec(message.get("CSeq") ?? "")?.[0].slice(0, 32) ?? "";
}
