import { latin1Into } from "../../../foundation/mod.ts";
import { ipv4Number, ipv4Text, ipv6Octets, ipv6Text } from "../../net/mod.ts";
import { type DatagramCalls, MessageVector, NAME_STRIDE } from "../../net/machine/mod.ts";
import { toLatin1 } from "../../../foundation/mod.ts";
import type { FlowContext, Flushable } from "./flow_context.ts";
import type { UdpFlow } from "./udp_flow.ts";
import { UdpSocket } from "./udp_socket.ts";

const SLOTS = 64;
const SLOT_SIZE = 65_536;
/** Rounds of 64 in one turn: then timers and connections have theirs. */
const ROUNDS = 4;
const OUT_SIZE = 262_144;
const NAME_WORDS = NAME_STRIDE / 4;
const AF_INET = 2, AF_INET6 = 10;
const IPV4_NAME = 16, IPV6_NAME = 28;
/** The third word of a mapped address, ::ffff:0:0, as it lies in memory. */
const MAPPED = 0xffff_0000;

/**
 * UDP in batches: `recvmmsg` and `sendmmsg` on the descriptor of the runtime's own socket, whose `receive` stays the
 * wake-up. A datagram costs a quarter of what the runtime's own calls cost. What the kernel does not take at once goes by
 * the runtime, which waits for room.
 */
export class BatchedUdpSocket extends UdpSocket implements Flushable {
  readonly kind = "batched";
  readonly #calls: DatagramCalls;
  readonly #in: MessageVector;
  readonly #pieces: Uint8Array[] = [];
  readonly #out: MessageVector;
  /** Whom each queued datagram goes to. */
  readonly #to: (UdpFlow | null)[] = new Array(SLOTS).fill(null);
  readonly #lengths = new Uint32Array(SLOTS);
  #queued = 0;
  #used = 0;
  /** In a turn of its own the socket flushes at its end; otherwise at the end of the turn of whoever sends. */
  #inTurn = false;
  #scheduled = false;
  readonly #nameLength: number;

  constructor(context: FlowContext, socket: Deno.DatagramConn, calls: DatagramCalls) {
    super(context, socket);
    this.#calls = calls;
    this.#nameLength = calls.ipv6 ? IPV6_NAME : IPV4_NAME;
    this.#in = new MessageVector(SLOTS, new Uint8Array(SLOTS * SLOT_SIZE));
    this.#out = new MessageVector(SLOTS, new Uint8Array(OUT_SIZE));
    for (let i = 0; i < SLOTS; i++) {
      this.#in.piece(i, i * SLOT_SIZE, SLOT_SIZE);
      this.#in.nameLength(i, IPV6_NAME);
      this.#pieces.push(this.#in.data.subarray(i * SLOT_SIZE, (i + 1) * SLOT_SIZE));
      this.#out.nameLength(i, this.#nameLength);
    }
  }

  post(flow: UdpFlow, head: string, body: Uint8Array): boolean {
    if (this.closed) return false;
    const length = head.length + body.length;
    if (this.#queued === SLOTS || this.#used + length > OUT_SIZE) this.flushNow();
    const slot = this.#queued++;
    const at = this.#used;
    latin1Into(head, this.#out.data, at);
    if (body.length > 0) this.#out.data.set(body, at + head.length);
    this.#used = at + length;
    this.#out.piece(slot, at, length);
    this.#writeName(slot, flow);
    this.#to[slot] = flow;
    this.#lengths[slot] = length;
    if (!this.#inTurn && !this.#scheduled) {
      this.#scheduled = true;
      this.context.flushLater(this);
    }
    return true;
  }

  flush(): void {
    this.#scheduled = false;
    this.flushNow();
  }

  protected drain(now: number): void {
    this.#inTurn = true;
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const count = this.#calls.receive(this.#in);
        for (let i = 0; i < count; i++) {
          const flow = this.#from(i);
          this.#in.nameLength(i, IPV6_NAME);
          if (flow !== null) flow.arrived(this.#pieces[i], this.#in.received(i), now);
        }
        if (count < SLOTS) break;
      }
    } finally {
      this.#inTurn = false;
      this.flushNow();
    }
  }

  protected released(): void {
    this.#calls.release();
  }

  protected flushNow(): void {
    const count = this.#queued;
    if (count === 0) return;
    this.#queued = 0;
    this.#used = 0;
    for (let from = 0; from < count;) {
      const sent = this.#calls.send(this.#out, from, count);
      if (sent > 0) from += sent;
      else this.#sendSlow(from++);
    }
    this.#to.fill(null, 0, count);
  }

  /** The kernel took nothing: the buffer is full, or this one peer cannot be reached. */
  #sendSlow(slot: number): void {
    let at = 0;
    for (let i = 0; i < slot; i++) at += this.#lengths[i];
    const datagram = this.#out.data.slice(at, at + this.#lengths[slot]);
    if (!this.sendAlone(this.#to[slot]!, datagram)) this.meters.queueFull.add();
  }

  /** The flow of the address in slot `i` of what came in; null for an address nobody can answer to. */
  #from(i: number): UdpFlow | null {
    const { names, nameWords } = this.#in;
    const at = i * NAME_STRIDE;
    const word = i * NAME_WORDS;
    const port = names[at + 2] << 8 | names[at + 3];
    if (port === 0) return null;
    if (!this.#calls.ipv6) return this.#fromV4(names, at + 4, port);
    if (nameWords[word + 4] === MAPPED && nameWords[word + 3] === 0 && nameWords[word + 2] === 0) {
      return this.#fromV4(names, at + 20, port);
    }
    // Address and zone as they lie in memory: text is made only once for each peer.
    const key = addressKey(names, at + 8, port);
    const known = this.peers.get(key);
    if (known !== undefined) return known;
    const zone = nameWords[word + 6];
    const host = ipv6Text(names, at + 8) + (zone === 0 ? "" : `%${zone}`);
    return this.peer(key, { host, port });
  }

  #fromV4(names: Uint8Array, at: number, port: number): UdpFlow {
    const ip = (names[at] << 24 | names[at + 1] << 16 | names[at + 2] << 8 | names[at + 3]) >>> 0;
    const key = ip * 65_536 + port;
    return this.peers.get(key) ?? this.peer(key, { host: ipv4Text(ip), port });
  }

  protected override keyOf(host: string, port: number): number | string {
    const v4 = ipv4Number(host);
    if (v4 >= 0) return v4 * 65_536 + port;
    const octets = zonedOctets(host);
    return octets === null ? `${host} ${port}` : addressKey(octets, 0, port);
  }

  #writeName(slot: number, flow: UdpFlow): void {
    const name = (flow.address ??= this.#nameOf(flow)) as Uint32Array;
    const words = this.#out.nameWords;
    const at = slot * NAME_WORDS;
    for (let i = 0; i < name.length; i++) words[at + i] = name[i];
  }

  /** The peer's sockaddr_in or sockaddr_in6. */
  #nameOf(flow: UdpFlow): Uint32Array {
    const { host, port } = flow.remote;
    const octets = new Uint8Array(this.#nameLength);
    octets[0] = this.#calls.ipv6 ? AF_INET6 : AF_INET;
    octets[2] = port >> 8;
    octets[3] = port & 255;
    const v4 = ipv4Number(host);
    if (v4 >= 0) {
      const at = this.#calls.ipv6 ? 20 : 4;
      if (this.#calls.ipv6) octets.fill(255, 18, 20);
      octets.set([v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255], at);
    } else {
      const address = zonedOctets(host);
      if (address !== null) octets.set(address, 8);
    }
    return new Uint32Array(octets.buffer);
  }
}

/** Address and zone (20 octets of a sockaddr_in6) and the port, as a key. */
function addressKey(octets: Uint8Array, at: number, port: number): string {
  return toLatin1(octets, at, at + 20) + String.fromCharCode(port);
}

function zonedOctets(host: string): Uint8Array | null {
  const address = ipv6Octets(host);
  if (address === null) return null;
  const octets = new Uint8Array(20);
  octets.set(address);
  const zone = host.indexOf("%");
  if (zone >= 0) new DataView(octets.buffer).setUint32(16, Number(host.slice(zone + 1)) || 0, true);
  return octets;
}
