import { toLatin1 } from "../../../../foundation/mod.ts";
import type { Room, RoomWaiter } from "../../connection.ts";
import type { Continuation, RequestHead } from "../../frame.ts";
import type { BridgeTap, Side } from "../forward_rules.ts";
import { HeldAnswer } from "../held_answer.ts";

/** A tap that writes down what it sees, and holds up the answer to each message that ends. For tests only. */
export class HoldingTap implements BridgeTap, Room {
  readonly log: string[] = [];
  readonly held = new Map<string, HeldAnswer>();
  /** Messages from which on it is full. */
  most = Infinity;
  readonly open = true;
  #waiters: RoomWaiter[] = [];

  get room(): Room {
    return this;
  }
  get full(): boolean {
    return this.held.size >= this.most;
  }
  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
  }

  onBegin(from: Side, { messageId, start }: RequestHead): void {
    this.log.push(`${from} ${messageId} from ${start}`);
  }
  onOctets(from: Side, { messageId }: RequestHead, octets: Uint8Array): void {
    this.log.push(`${from} ${messageId} ${toLatin1(octets).slice(0, 20)}`);
  }
  onEnd(from: Side, { messageId }: RequestHead, continuation: Continuation): HeldAnswer | null {
    this.log.push(`${from} ${messageId} ${continuation}`);
    if (continuation !== "$") return null;
    const held = new HeldAnswer();
    this.held.set(messageId, held);
    return held;
  }
  onReport(from: Side, { messageId, status }: RequestHead, ours: boolean): void {
    this.log.push(`${from} ${messageId} report ${status}${ours ? " ours" : ""}`);
  }

  release(messageId: string): void {
    const held = this.held.get(messageId);
    if (held === undefined) throw new Error(`${messageId} is not held`);
    this.held.delete(messageId);
    held.release();
    if (!this.full) { for (const waiter of this.#waiters.splice(0)) waiter.onRoom(this); }
  }
}
