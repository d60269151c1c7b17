import type { AnyClientTransaction } from "./client_transaction.ts";
import type { Flow, FlowWatcher } from "./flow.ts";
import { viaText } from "./via_header.ts";
import type { Wires } from "./wires.ts";

/** Who hears that a flow died under its client transactions. */
export interface FlowClientsOwner {
  onClientsLost(clients: FlowClients): void;
}

/**
 * The client transactions that wait on one flow, as a list through themselves: joining and leaving cost two assignments.
 * The flow is watched while there are any, so that one nobody waits on may be forgotten.
 */
export class FlowClients implements FlowWatcher {
  readonly flow: Flow;
  /** Everything of our Via up to the branch. */
  readonly viaBegin: string;
  readonly #owner: FlowClientsOwner;
  #first: AnyClientTransaction | null = null;

  constructor(flow: Flow, wires: Wires, owner: FlowClientsOwner) {
    this.flow = flow;
    const { host, port } = wires.advertised(flow);
    const via = viaText(flow.transport.toUpperCase(), host, port, "");
    this.viaBegin = via.slice(0, via.indexOf("branch=") + "branch=".length);
    this.#owner = owner;
  }

  via(branch: string): string {
    return `${this.viaBegin}${branch};rport`;
  }

  add(transaction: AnyClientTransaction): void {
    const first = this.#first;
    transaction.clients = this;
    transaction.next = first;
    this.#first = transaction;
    if (first !== null) first.previous = transaction;
    // A flow that is dead already says so within this call.
    else this.flow.watch(this);
  }

  remove(transaction: AnyClientTransaction): void {
    const { next, previous } = transaction;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next !== null) next.previous = previous;
    transaction.next = transaction.previous = null;
    transaction.clients = null;
    if (this.#first === null) this.flow.unwatch(this);
  }

  /** Takes out one after the other; null when none is left. */
  take(): AnyClientTransaction | null {
    const first = this.#first;
    if (first !== null) this.remove(first);
    return first;
  }

  onFlowClosed(): void {
    this.#owner.onClientsLost(this);
  }
}
