/**
 * CPU cost of the transaction layer for one relayed MESSAGE, parsing aside: server transaction, client transaction,
 * response to the client transaction, response from the server transaction; and of one digest verification. No sockets: flows
 * write into a buffer. Run: `deno run -A tests/bench/transaction_bench.ts [udp|tcp|digest|all]`.
 */
import { type Clock, latin1Into, Metrics, silentLog, TimerQueues } from "../../foundation/mod.ts";
import {
  challengeTexts,
  type ClientTransaction,
  type ClientUser,
  type Destination,
  DigestClient,
  DigestVerifier,
  findCredentials,
  type Flow,
  ha1,
  HeadEditor,
  NonceRing,
  parseMessage,
  responseHead,
  type ServerTransaction,
  SipRequest,
  type SipResponse,
  TransactionLayer,
  type TransactionUser,
  type Wires,
} from "../../transport/sip/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";

/** Time that runs as fast as the work: 1 ms for each 20 messages, so that tables fill as they would at 20,000 a second. */
class WorkClock implements Clock {
  time = 0;
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
}

const OUT = new Uint8Array(65_536);

/** A flow that ends in a buffer. */
class BufferFlow implements Flow {
  readonly id = 1;
  readonly secure = false;
  readonly local = { host: "192.0.2.1", port: 5060 };
  readonly remote = { host: "192.0.2.9", port: 5060 };
  readonly inbound = true;
  readonly peerNames = [];
  readonly open = true;
  head = "";
  readonly transport: "udp" | "tcp";
  readonly reliable: boolean;
  constructor(transport: "udp" | "tcp") {
    this.transport = transport;
    this.reliable = transport === "tcp";
  }
  send(head: string, body: Uint8Array): boolean {
    // As a real flow does: the text becomes octets, and so one piece in memory.
    latin1Into(head, OUT, 0);
    OUT.set(body, head.length);
    this.head = head;
    return true;
  }
  watch(): void {}
  unwatch(): void {}
  close(): void {}
}

/** What a proxy does at the least: one client transaction for each server transaction, the response relayed. */
class Relay implements TransactionUser {
  readonly layer: TransactionLayer;
  readonly out: Flow;
  constructor(layer: TransactionLayer, out: Flow) {
    this.layer = layer;
    this.out = out;
  }
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const branch = this.layer.newBranch();
    const head = new HeadEditor(request).prepend("Via", this.layer.viaFor(this.out, branch)).toString();
    this.layer.request(this.out, branch, request.method, head, request.body, new Leg(transaction));
  }
  onStrayResponse(): void {
    throw new Error("no strays in this bench");
  }
}

class Leg implements ClientUser {
  readonly server: ServerTransaction;
  constructor(server: ServerTransaction) {
    this.server = server;
  }
  onResponse(_transaction: ClientTransaction, response: SipResponse): void {
    const head = new HeadEditor(response).pop("Via").toString();
    this.server.respond(response.status, head, response.body);
  }
  onFailure(): void {
    throw new Error("no failures in this bench");
  }
}

const BODY = new Uint8Array(120).fill(97);

function message(i: number, transport: string): string {
  return `MESSAGE sip:bob@example.test SIP/2.0\r\n` +
    `Via: SIP/2.0/${transport} 192.0.2.9:5060;branch=z9hG4bK${i}abcdefgh;rport\r\nMax-Forwards: 70\r\n` +
    `From: "Alice" <sip:alice@example.test>;tag=a${i}\r\nTo: <sip:bob@example.test>\r\n` +
    `Call-ID: ${i}-5d0c0a4f@192.0.2.9\r\nCSeq: ${i + 1} MESSAGE\r\nUser-Agent: bench\r\n` +
    `Content-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`;
}

function relayBench(transport: "udp" | "tcp", rounds: number, perRound: number): void {
  const clock = new WorkClock();
  const timers = new TimerQueues(clock, (error) => {
    throw error;
  });
  const inFlow = new BufferFlow(transport);
  const outFlow = new BufferFlow(transport);
  const wires: Wires = {
    flowTo: (_destination: Destination) => outFlow,
    flow: () => outFlow,
    advertised: (flow) => flow.local,
    isOwn: () => true,
  };
  const layer = new TransactionLayer({
    wires,
    clock,
    timers,
    log: silentLog,
    metrics: new Metrics(),
    limits: { server: 5_000_000, client: 5_000_000 },
  });
  layer.user = new Relay(layer, outFlow);
  let i = 0;
  for (let round = 0; round < rounds; round++) {
    // Parsed (and its Via read, as `check` does) outside of the measured part.
    const requests: SipRequest[] = [];
    for (let n = 0; n < perRound; n++) {
      const request = parseMessage(message(i++, transport.toUpperCase()), BODY);
      if (!(request instanceof SipRequest) || request.check() !== null) {
        throw new Error("the bench's own message is bad");
      }
      request.stampVia("192.0.2.9", 5060);
      void request.via.branch;
      requests.push(request);
    }
    let layerTime = 0;
    for (const request of requests) {
      const begin = performance.now();
      layer.handle(request, inFlow);
      layerTime += performance.now() - begin;
      const sent = parseMessage(outFlow.head) as SipRequest;
      const response = parseMessage(responseHead(sent, 200, { toTag: "b1" })) as SipResponse;
      if (response.check() !== null) throw new Error("the bench's own response is bad");
      const again = performance.now();
      layer.handle(response, outFlow);
      layerTime += performance.now() - again;
      if (i % 2000 === 0) timers.sweep();
      clock.time += 0.05;
    }
    const sweepBegin = performance.now();
    timers.sweep();
    const sweep = performance.now() - sweepBegin;
    requests.length = 0;
    (globalThis as { gc?: () => void }).gc?.();
    console.log(
      `${transport} round ${round}: ${(layerTime * 1000 / perRound).toFixed(2)} µs a relayed message, sweep ` +
        `${
          (sweep * 1000 / perRound).toFixed(2)
        } µs; server table ${layer.serverCount}, client table ${layer.clientCount}, ` +
        `timers ${timers.size}, heap ${(Deno.memoryUsage().heapUsed / 1e6).toFixed(0)} MB`,
    );
  }
}

function digestBench(rounds: number, perRound: number): void {
  const clock = new WorkClock();
  const nonces = new NonceRing(clock);
  const stored = {
    "SHA-256": ha1(nodeHash, "SHA-256", "alice", "example.test", "secret"),
    MD5: ha1(nodeHash, "MD5", "alice", "example.test", "secret"),
  };
  const verifier = new DigestVerifier({
    hash: nodeHash,
    nonces,
    credentials: (_user, _realm, algorithm) => stored[algorithm],
  });
  for (const algorithm of ["SHA-256", "MD5"] as const) {
    const client = new DigestClient(nodeHash, { username: "alice", password: "secret" });
    client.challenged(challengeTexts({ realm: "example.test", nonce: nonces.issue() }, [algorithm]));
    for (let round = 0; round < rounds; round++) {
      const requests: SipRequest[] = [];
      for (let n = 0; n < perRound; n++) {
        const [value] = client.authorize("MESSAGE", "sip:bob@example.test");
        const head = message(n, "UDP").replace("\r\n\r\n", `\r\nAuthorization: ${value}\r\n\r\n`);
        requests.push(parseMessage(head, BODY) as SipRequest);
      }
      const begin = performance.now();
      for (const request of requests) {
        const given = findCredentials(request, "Authorization", "example.test")!;
        const verdict = verifier.verify(request.method, request.uri, given);
        if (verdict.outcome !== "ok") throw new Error(`the bench's own digest is ${verdict.outcome}`);
      }
      const each = (performance.now() - begin) * 1000 / perRound;
      console.log(`digest ${algorithm} round ${round}: ${each.toFixed(2)} µs to find, read and verify credentials`);
    }
  }
}

const [what = "all"] = Deno.args;
if (what === "udp" || what === "all") relayBench("udp", 8, 20_000);
if (what === "tcp" || what === "all") relayBench("tcp", 8, 20_000);
if (what === "digest" || what === "all") digestBench(5, 20_000);
