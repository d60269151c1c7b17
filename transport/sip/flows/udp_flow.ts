import type { Endpoint, Source } from "../../net/mod.ts";
import { BaseFlow } from "./base_flow.ts";
import type { Door, FlowContext } from "./flow_context.ts";
import { type FramerSink, frameWhole } from "./framing.ts";
import { answerStun, looksLikeStun } from "./stun.ts";

/** Longest datagram of UDP over IPv4: 65,535 less both headers. */
export const LONGEST_DATAGRAM = 65_507;
const KEEP_ALIVE = 4;

/** What a UDP flow needs of its socket. */
export interface DatagramOutput {
  /** Queues one datagram; false when the queue is full or the socket closed. */
  post(flow: UdpFlow, head: string, body: Uint8Array): boolean;
  forget(flow: UdpFlow): void;
}

/** A UDP socket and one remote address: a light object, kept while the peer is heard of or watched. */
export class UdpFlow extends BaseFlow implements FramerSink {
  /** Under what its socket finds it. */
  readonly key: number | string;
  readonly source: Source;
  /** Monotonic ms when its peer was last heard of or written to, to the nearest sweep. */
  usedAt: number;
  /** The address as the socket's variant wants it. */
  address: unknown = null;
  readonly #output: DatagramOutput;

  constructor(context: FlowContext, door: Door, output: DatagramOutput, remote: Endpoint, key: number | string) {
    super(context, door, remote, true);
    this.key = key;
    this.#output = output;
    this.source = context.admission.source(remote.host);
    this.usedAt = context.clock.monotonic();
  }

  send(head: string, body: Uint8Array): boolean {
    if (!this.open || head.length + body.length > LONGEST_DATAGRAM) return false;
    if (!this.#output.post(this, head, body)) {
      this.meters.queueFull.add();
      return false;
    }
    this.queued(head, body);
    return true;
  }

  close(reason: string): void {
    if (this.die(reason)) this.#output.forget(this);
  }

  /** One datagram from this peer, `octets[0, end)`, which may be overwritten after the call. */
  arrived(octets: Uint8Array, end: number, now: number): void {
    this.usedAt = now;
    if (!this.source.take(now)) {
      this.meters.admission.value++;
      return;
    }
    if (end <= KEEP_ALIVE && isKeepAlive(octets, end)) this.meters.keepAlives.value++;
    else if (looksLikeStun(octets[0])) this.#stun(octets.subarray(0, end));
    else frameWhole(octets, end, this.context.limits, this.context.slab, this);
  }

  onFrame(head: string, body: Uint8Array): void {
    this.handUp(head, body);
  }

  onPing(): void {}

  onRefusedFrame(head: string, status: 400 | 413 | 513, reason: string): void {
    this.handUpRefused(head, status, reason);
  }

  onGarbledFrame(reason: string): void {
    this.source.garbage(this.usedAt);
    this.handUpGarbage(reason);
  }

  #stun(octets: Uint8Array): void {
    const answer = answerStun(octets, this.remote.host, this.remote.port);
    if (answer === null) this.onGarbledFrame("neither SIP nor a STUN Binding request");
    else if (this.#output.post(this, "", answer)) this.meters.keepAlives.value++;
  }
}

/** CRLF, double CRLF, zero octets: what clients send to keep a NAT open, never answered over UDP (RFC 5626 §4.4.1). */
function isKeepAlive(octets: Uint8Array, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const c = octets[i];
    if (c !== 13 && c !== 10 && c !== 0) return false;
  }
  return true;
}
