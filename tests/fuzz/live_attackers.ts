/** Those who send mutated messages to a running box: over UDP, and over TCP in all the ways a stream can be bad. */
import type { Random } from "./mutations.ts";

/** How many datagrams go out between two that must be answered: the box is never flooded past its kernel buffer. */
const PACE = 64;
const ANSWER_MS = 5_000;
/** Half-open and slow connections held at once; the oldest is closed when one more comes. */
const HELD = 200;

/** One mutated message to send, when it is its time; null when all were sent. */
export type NextMessage = () => Promise<Uint8Array | null>;

/** Counts answers by status, from whatever comes back. */
export class Answers {
  readonly statuses = new Map<number, number>();

  count(octets: Uint8Array): void {
    const text = new TextDecoder("latin1").decode(octets);
    for (const [, status] of text.matchAll(/^SIP\/2\.0 (\d{3}) /gm)) {
      this.statuses.set(Number(status), (this.statuses.get(Number(status)) ?? 0) + 1);
    }
  }
}

/** An OPTIONS that any box answers, whoever asks. */
function ping(host: string, port: number, n: number): string {
  return `OPTIONS sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:${port};branch=z9hG4bKping${n};rport\r\n` +
    `Max-Forwards: 0\r\nFrom: <sip:fuzz@example.test>;tag=f\r\nTo: <sip:example.test>\r\nCall-ID: ping${n}@${port}\r\n` +
    "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
}

/** Sends until `next` has no more; every 64th datagram waits until the box has answered a good one. */
export async function attackUdp(
  from: string,
  to: { hostname: string; port: number },
  next: NextMessage,
  answers: Answers,
): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: from, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const target: Deno.NetAddr = { transport: "udp", ...to };
  const waiting = new Map<number, () => void>();
  let number = 0;
  const reading = (async () => {
    for await (const [octets] of socket) {
      answers.count(octets);
      if (new TextDecoder("latin1").decode(octets).includes(`branch=z9hG4bKping${number};`)) waiting.get(number)?.();
    }
  })();
  try {
    for (let message = await next(), sent = 1; message !== null; message = await next(), sent++) {
      // The largest datagram there is; what is longer is cut.
      await socket.send(message.subarray(0, 65_000), target);
      if (sent % PACE === 0) {
        number++;
        await answerTo(() => socket.send(new TextEncoder().encode(ping(from, port, number)), target), (resolve) => {
          waiting.set(number, resolve);
        });
        waiting.delete(number);
      }
    }
  } finally {
    socket.close();
    await reading;
  }
}

/** Sends, and again each second, until the answer is there. Rejects after 5 s. */
async function answerTo(send: () => Promise<unknown>, onAnswer: (resolve: () => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  onAnswer(resolve);
  const again = setInterval(() => void send().catch(reject), 1_000);
  const late = setTimeout(() => reject(new Error(`the box answered no OPTIONS within ${ANSWER_MS} ms`)), ANSWER_MS);
  try {
    await send();
    await promise;
  } finally {
    clearInterval(again);
    clearTimeout(late);
  }
}

/** A connection of an attacker: reads and counts what comes, and knows when the box has ended it. */
class Attack {
  readonly #connection: Deno.TcpConn;
  ended = false;
  readonly done: Promise<void>;

  constructor(connection: Deno.TcpConn, answers: Answers) {
    this.#connection = connection;
    this.done = this.#read(answers);
  }

  static async open(to: { hostname: string; port: number }, answers: Answers): Promise<Attack> {
    return new Attack(await Deno.connect(to), answers);
  }

  /** Writes all of it, or marks the connection as ended. */
  async write(octets: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < octets.length && !this.ended;) at += await this.#connection.write(octets.subarray(at));
    } catch (error) {
      if (!isEnd(error)) throw error;
      this.ended = true;
    }
  }

  async close(): Promise<void> {
    this.ended = true;
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // closed when the box ended it
    }
    await this.done;
  }

  async #read(answers: Answers): Promise<void> {
    const chunk = new Uint8Array(16_384);
    try {
      for (let n = await this.#connection.read(chunk); n !== null; n = await this.#connection.read(chunk)) {
        answers.count(chunk.subarray(0, n));
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    this.ended = true;
  }
}

function isEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected;
}

/** What was tried over TCP. */
export interface TcpOutcome {
  connections: number;
  halfOpen: number;
  endless: number;
  slow: number;
}

/**
 * Sends over one connection after the other until `next` has no more: whole, split at any octets, left half-open, with a
 * head that never ends, or an octet at a time.
 */
export async function attackTcp(
  to: { hostname: string; port: number },
  next: NextMessage,
  random: Random,
  answers: Answers,
): Promise<TcpOutcome> {
  const outcome: TcpOutcome = { connections: 0, halfOpen: 0, endless: 0, slow: 0 };
  const held: Attack[] = [];
  const hold = async (attack: Attack): Promise<void> => {
    held.push(attack);
    if (held.length > HELD) await held.shift()!.close();
  };
  const trickles = new Set<Promise<void>>();
  let attack: Attack | null = null;
  let left = 0;
  for (let message = await next(); message !== null; message = await next()) {
    if (attack === null || attack.ended || left-- <= 0) {
      await attack?.close();
      attack = await Attack.open(to, answers);
      outcome.connections++;
      left = random.below(20);
    }
    const way = random.below(100);
    if (way < 2) {
      outcome.halfOpen++;
      await attack.write(message.subarray(0, random.below(message.length + 1)));
      await hold(attack);
      attack = null;
    } else if (way < 3) {
      outcome.endless++;
      await writeEndless(attack, message, random);
    } else if (way < 4 && trickles.size < 20) {
      outcome.slow++;
      const trickle: Promise<void> = writeSlowly(attack, message).finally(() => trickles.delete(trickle));
      trickles.add(trickle);
      attack = null;
    } else await writeSplit(attack, message, random);
  }
  await attack?.close();
  await Promise.all(trickles);
  await Promise.all(held.map((each) => each.close()));
  return outcome;
}

/** In up to five writes, cut anywhere; now and then with a turn between them, so that they come apart. */
async function writeSplit(attack: Attack, message: Uint8Array, random: Random): Promise<void> {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(message.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...cuts, message.length]) {
    await attack.write(message.subarray(from, to));
    if (random.below(4) === 0) await pause(1);
    from = to;
  }
}

/** A head that goes on: header lines without end, until the box has had enough. */
async function writeEndless(attack: Attack, message: Uint8Array, random: Random): Promise<void> {
  await attack.write(message.subarray(0, Math.min(message.length, 60)));
  const line = new TextEncoder().encode(`${random.below(2) === 0 ? "\r\nX-More: " : "x"}${"y".repeat(4_000)}`);
  for (let octets = 0; octets < 2_000_000 && !attack.ended; octets += line.length) await attack.write(line);
}

/** An octet at a time, 20 of them, then nothing more. */
async function writeSlowly(attack: Attack, message: Uint8Array): Promise<void> {
  for (let i = 0; i < Math.min(20, message.length) && !attack.ended; i++) {
    await attack.write(message.subarray(i, i + 1));
    await pause(50);
  }
  await attack.close();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
