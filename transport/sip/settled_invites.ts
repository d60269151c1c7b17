import type { Clock, Timers } from "../../foundation/mod.ts";
import type { Flow } from "./flow.ts";
import { type Held, HeldOctets } from "./held_octets.ts";
import type { SipResponse } from "./message.ts";
import type { LateAnswers, SettledAck } from "./transactions.ts";
import type { Wires } from "./wires.ts";

/** Forks of one INVITE that are acknowledged: what answers beyond that gets nothing. */
const MAX_FORKS = 32;

/**
 * INVITEs of ours whose 2xx has its ACK: for 64*T1 each repetition of it gets that ACK again, and other forks may answer (RFC
 * 3261 §13.2.2.4, RFC 6026 §8.4, timer M). No objects but octets, as for `CompletedRequests`: what hung on the transaction for
 * these 32 s was a third of the cost of a dialog.
 *
 * The first entry of an INVITE is under its branch, those of further forks under the branch and their number.
 */
export class SettledInvites {
  readonly #held: HeldOctets<LateAnswers>;
  readonly #wires: Wires;

  /** `lifetime` in ms; `octets`: the most memory it takes. */
  constructor(wires: Wires, clock: Clock, timers: Timers, lifetime: number, octets: number) {
    this.#wires = wires;
    this.#held = new HeldOctets(clock, timers, lifetime, octets);
  }

  get size(): number {
    return this.#held.size;
  }

  /** `flowId`: what the user prefers for other forks, 0 for none. */
  add(branch: string, acks: readonly SettledAck[], flowId: number, late: LateAnswers): void {
    for (let i = 0; i < acks.length && i < MAX_FORKS; i++) this.#put(keyOf(branch, i), acks[i], flowId, late);
  }

  /** A response that no transaction waits for. True where it belongs to one of these, and has been dealt with. */
  receive(branch: string, response: SipResponse, flow: Flow): boolean {
    const first = this.#held.get(branch);
    if (first === null) return false;
    if (response.status < 200 || response.status >= 300) return true;
    const { tag } = response.to;
    const { reference: late } = first;
    let number = 0, flowId = 0;
    for (let held: Held<LateAnswers> | null = first; held !== null; held = this.#held.get(keyOf(branch, ++number))) {
      const known = read(held.text);
      if (number === 0) flowId = known.preferred;
      if (known.tag !== tag) continue;
      const way = known.head === "" ? null : this.#wires.flow(known.flowId);
      if (way === null || !way.open) late.onAgain(response, flow, flowId, known.contentType, held.body);
      else way.send(known.head, held.body);
      return true;
    }
    if (number >= MAX_FORKS) return true;
    this.#put(keyOf(branch, number), late.onFork(response, flow, flowId), flowId, late);
    return true;
  }

  #put(key: string, { tag, flow, head, contentType, body }: SettledAck, flowId: number, late: LateAnswers): void {
    this.#held.add(key, `${flow === null ? 0 : flow.id} ${flowId} ${tag} ${contentType}\n${head}`, body, late);
  }
}

function keyOf(branch: string, number: number): string {
  return number === 0 ? branch : `${branch} ${number}`;
}

interface Known {
  readonly flowId: number;
  readonly preferred: number;
  readonly tag: string;
  readonly contentType: string;
  readonly head: string;
}

function read(text: string): Known {
  const end = text.indexOf("\n");
  const [flowId, preferred, tag, ...type] = text.slice(0, end).split(" ");
  return {
    flowId: Number(flowId),
    preferred: Number(preferred),
    tag,
    contentType: type.join(" "),
    head: text.slice(end + 1),
  };
}
