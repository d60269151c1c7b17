import { lookup } from "node:dns/promises";
import { type Clock, type Log, Metrics, randomHex, TimerQueues } from "../../foundation/mod.ts";
import { canonicalHost, DnsResolver, type Endpoint, isIpLiteral, isIpv4 } from "../../transport/net/mod.ts";
import {
  certificateDer,
  decodeContent,
  DenoDnsWire,
  makeCertificate,
  systemDnsServers,
  systemHosts,
  type TlsOptions,
} from "../../transport/net/machine/mod.ts";
import {
  CallTable,
  type Destination,
  DnsLocator,
  type Flow,
  type Locator,
  Receiver,
  TransactionLayer,
  type Uri,
  UserAgent,
} from "../../transport/sip/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import { NO_TLS, SipWires } from "../../transport/sip/flows/mod.ts";
import { Switchboard } from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";
import { type Fingerprint, hashText } from "../../transport/payload/mod.ts";
import {
  type Account,
  Credentials,
  DirectPlace,
  hiddenName,
  ImClient,
  type ImUser,
  RelayPlace,
} from "../../client/mod.ts";
import type { ChatOptions } from "./chat_options.ts";
import { line } from "./line_text.ts";
import { openSipSocket } from "./sip_socket.ts";

/** How long after a WebSocket broke another one is tried, again and again. */
const REDIAL_MS = 2_000;
const PRODUCT = "IM-client/OMA2.0 Parley-chat";

/** What wires tell: lost, back. */
export interface WiresUser {
  notice(text: string): void;
}

/** A client on real wires. */
export interface WiredClient {
  readonly client: ImClient;
  readonly credentials: Credentials;
  /** Where the service is, for people. */
  readonly server: string;
  /** Asks the relay for a place where one was named; rejects with why not. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Sends everything to one server, whatever the URI says: a client's outbound proxy (RFC 3261 §8.1.2). */
class OneServer implements Locator {
  readonly #server: Destination;
  constructor(server: Destination) {
    this.#server = server;
  }
  locate(_uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    done([this.#server]);
  }
  failed(): void {}
}

/** Puts a client together over real sockets. Rejects with what is wrong with the server's name, or its first WebSocket. */
export async function wireClient(
  options: ChatOptions,
  password: string,
  authorities: string,
  parts: { readonly clock: Clock; readonly log: Log; readonly user: ImUser & WiresUser },
): Promise<WiredClient> {
  const { clock, log, user } = parts;
  const metrics = new Metrics();
  const timers = new TimerQueues(clock, (error) => log.error("a timer failed", { error: String(error) }));
  timers.run(20);
  const resolver = new DnsResolver({
    wire: new DenoDnsWire(),
    servers: systemDnsServers(),
    hosts: systemHosts(),
    clock,
    timers,
    log,
    metrics,
  });
  const address = options.server === null ? "" : await addressOf(options.server.host);
  const own = await makeCertificate(["localhost", "127.0.0.1"], clock);
  const tls: TlsOptions = { ...NO_TLS, certificates: [own], authorities, unverified: options.insecure };
  const wires = new SipWires({ log, metrics, clock, timers, tls });
  const layer = new TransactionLayer({ wires, clock, timers, log, metrics });
  wires.handler = new Receiver({ transactions: layer, wires, clock, log, metrics });
  for (const url of doorsFor(options, address)) await wires.listen(url);

  const locator = options.server === null
    ? new DnsLocator({
      resolver,
      clock,
      metrics,
      peers: new Map(),
      transports: new Set(["tcp", "tls"] as const),
      random: () => parseInt(randomHex(4), 16) / 2 ** 32,
    })
    : new OneServer({
      transport: options.server.transport,
      host: address,
      port: options.server.port,
      tlsName: options.server.transport === "tls" ? options.server.host : "",
    });
  const account: Account = {
    aor: options.as,
    username: options.username,
    password,
    displayName: options.displayName,
    instance: `urn:uuid:${crypto.randomUUID()}`,
  };
  const credentials = new Credentials(nodeHash, account);
  const agent = new UserAgent({
    transactions: layer,
    wires,
    locator,
    log,
    metrics,
    authorize: credentials.answer,
    product: PRODUCT,
  });
  const calls = new CallTable({ agent, clock, timers, log, metrics });

  const path = options.server?.path ?? "";
  const msrp = new MsrpWires({ log, metrics, clock, timers, resolver, tls, webSocketPath: path === "" ? "/ws" : path });
  const board = new Switchboard({ clock, timers, log, metrics, dialer: msrp });
  msrp.accept = (duplex) => void board.accept(duplex);
  let fingerprints: readonly Fingerprint[] = [];
  if (options.door !== "") {
    const door = await msrp.listen(options.door);
    board.addDoor({ transport: door.transport, advertised: door.local });
    if (door.transport === "tls") fingerprints = [await fingerprintOf(own.certificate)];
  }
  let onRelay: (usable: boolean, reason: string) => void = (usable, reason) =>
    user.notice(usable ? "the relay has given a place" : `the relay gives no place: ${reason}`);
  const relay = options.relay === ""
    ? null
    : new RelayPlace({ node: board, clock, timers, hash: nodeHash }, account, [options.relay], {
      onRelay: (usable, reason) => onRelay(usable, reason),
    });
  const place = relay ?? new DirectPlace({ node: board, transport: options.msrp, fingerprints });
  let flow: Flow | null = null;
  const client = new ImClient({
    account,
    agent,
    calls,
    node: board,
    place,
    clock,
    timers,
    user,
    decode: decodeContent,
    flowId: () => flow?.id ?? 0,
    answerMode: options.ask ? "manual" : "automatic",
  });
  layer.user = client.line;

  let closing = false;
  const { server } = options;
  const dial = async (): Promise<void> => {
    const { socket, remote, local } = await openSipSocket(server!, address, tls);
    if (closing) return socket.close();
    // A client behind a WebSocket has no address of use to others (RFC 7118 §5).
    const name: Endpoint = { host: hiddenName(), port: local.port };
    flow = wires.acceptWebSocket(socket, remote, name, server!.transport === "wss");
    if (flow === null || !flow.open) throw new Error("it was closed at once");
    flow.watch({ onFlowClosed: lost });
  };
  const lost = (): void => {
    flow = null;
    if (closing) return;
    user.notice("the connection to the service is gone; another one is being made");
    redialLater();
  };
  const redialLater = () => void timers.start(REDIAL_MS, { onTimer: () => void redial() }, 0);
  const redial = async (): Promise<void> => {
    if (closing) return;
    try {
      await dial();
    } catch (error) {
      log.debug("no WebSocket", { reason: (error as Error).message });
      return redialLater();
    }
    // What was not registered before is not now.
    if (options.register && !closing) client.renew();
  };
  if (server?.transport === "ws" || server?.transport === "wss") await dial();

  return {
    client,
    credentials,
    server: server === null ? options.as.slice(options.as.lastIndexOf("@") + 1) : serverText(server),
    ready() {
      if (relay === null) return Promise.resolve();
      const told = onRelay;
      return new Promise((resolve, reject) => {
        onRelay = (usable, reason) => {
          onRelay = told;
          if (usable) resolve();
          else reject(new Error(`the relay ${options.relay} gives no place: ${line(reason)}`));
        };
        relay.start();
      });
    },
    async close() {
      closing = true;
      relay?.stop();
      board.close("the program ends");
      await wires.close();
      await msrp.close();
      timers.stop();
    },
  };
}

/** Doors say what our own connections are called; nobody outside of this machine reaches them. */
function doorsFor({ server }: ChatOptions, address: string): string[] {
  const six = address !== "" && !isIpv4(address);
  const host = six ? "[::1]" : "127.0.0.1";
  const doors = [`tcp://${host}:0`, `tls://${host}:0`];
  if (server?.transport === "udp") doors.push(six ? "udp://[::]:0" : "udp://0.0.0.0:0");
  return doors;
}

async function addressOf(host: string): Promise<string> {
  if (isIpLiteral(host)) return canonicalHost(host);
  let found: readonly { readonly address: string }[];
  try {
    found = await lookup(host, { all: true, order: "ipv4first" });
  } catch (error) {
    throw new Error(`--server names "${host}", and no address is known for it: ${(error as Error).message}`);
  }
  return canonicalHost(found[0].address);
}

function serverText({ transport, host, port, path }: NonNullable<ChatOptions["server"]>): string {
  return `${transport}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
}

async function fingerprintOf(pem: string): Promise<Fingerprint> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", certificateDer(pem)));
  return { hash: "sha-256", value: hashText(digest) };
}
