import { resolve } from "node:path";
import type { MessageMode } from "../../client/mod.ts";
import { isIpLiteral } from "../../transport/net/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import { type Arguments, UsageError } from "../arguments.ts";

/** Where the service is. */
export interface ServerAddress {
  readonly transport: "udp" | "tcp" | "tls" | "ws" | "wss";
  /** A name or an IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** `/ws`; for WebSocket only. */
  readonly path: string;
}

/** What a chat is started with. */
export interface ChatOptions {
  /** Whom to write to; "" where we wait for others. */
  readonly to: string;
  /** The account: `sip:alice@example.test`. */
  readonly as: string;
  readonly username: string;
  readonly displayName: string;
  /** Null: found by DNS (RFC 3263). */
  readonly server: ServerAddress | null;
  readonly msrp: "tcp" | "tls" | "ws" | "wss";
  readonly mode: MessageMode;
  /** The relay to ask for a place (RFC 4976); "" for none. */
  readonly relay: string;
  /** A door of our own for MSRP: `tcp://127.0.0.1:0`; "" for none. */
  readonly door: string;
  readonly register: boolean;
  readonly listen: boolean;
  readonly echo: boolean;
  /** Chats and files are taken only after `/accept` and `/get`. */
  readonly ask: boolean;
  readonly insecure: boolean;
  /** A file of authorities, absolute; "" for none. */
  readonly ca: string;
  readonly passwordFile: string;
  /** The folder for files that come, absolute; "" : none are taken. */
  readonly files: string;
  readonly json: boolean;
  readonly cwd: string;
}

/** Reads the command line. Throws UsageError. */
export function chatOptions(args: Arguments, cwd: string): ChatOptions {
  const listen = args.has("listen");
  if (args.words.length > 1) throw new UsageError(`"${args.words[1]}" is one word too many`);
  const to = args.words.length === 0 ? "" : sipUri(args.words[0], "the other side");
  if (to === "" && !listen) {
    throw new UsageError("whom to write to is missing: a SIP URI, or --listen to wait for others");
  }
  const asText = args.value("as");
  if (asText === undefined) throw new UsageError("--as is missing: your account, such as --as sip:alice@example.test");
  const as = sipUri(asText, "--as");
  const server = args.value("server") === undefined ? null : serverAddress(args.value("server")!);
  const path = (name: string) => args.value(name) === undefined ? "" : resolve(cwd, args.value(name)!);
  const relay = args.value("relay") ?? "";
  if (relay !== "" && !/^msrps?:\/\/[^/\s]+;(?:tcp|ws)$/.test(relay)) {
    throw new UsageError(`--relay is "${relay}"; allowed: msrps://HOST:PORT;tcp, or msrp://…;tcp`);
  }
  const door = args.value("door") ?? "";
  if (door !== "" && !/^(?:tcp|tls):\/\/\S+:[0-9]+$/.test(door)) {
    throw new UsageError(`--door is "${door}"; allowed: tcp://ADDRESS:PORT, tls://ADDRESS:PORT`);
  }
  if (args.has("echo") && !listen) throw new UsageError("--echo goes with --listen");
  return {
    to,
    as,
    username: args.value("user") ?? as.slice(as.indexOf(":") + 1, as.lastIndexOf("@")),
    displayName: args.value("name") ?? "",
    server,
    msrp: choice(args, "msrp", ["tcp", "tls", "ws", "wss"], msrpFor(door, server)),
    mode: choice(args, "mode", ["session", "pager", "large"], "session"),
    relay,
    door,
    register: !args.has("no-register"),
    listen,
    echo: args.has("echo"),
    ask: args.has("ask"),
    insecure: args.has("insecure"),
    ca: path("ca"),
    passwordFile: path("password-file"),
    files: path("files"),
    json: args.has("json"),
    cwd,
  };
}

function choice<const T extends string>(args: Arguments, name: string, allowed: readonly T[], standard: T): T {
  const given = args.value(name);
  if (given === undefined) return standard;
  const found = allowed.find((each) => each === given);
  if (found === undefined) throw new UsageError(`--${name} is "${given}"; allowed: ${allowed.join(", ")}`);
  return found;
}

function msrpFor(door: string, server: ServerAddress | null): ChatOptions["msrp"] {
  if (door !== "") return door.startsWith("tls:") ? "tls" : "tcp";
  return server === null ? "tls" : server.transport === "udp" ? "tcp" : server.transport;
}

/** A whole SIP URI; `alice@example.test` becomes one. Throws UsageError. */
function sipUri(text: string, what: string): string {
  const uri = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ? text : `sip:${text}`;
  const parsed = tryParseUri(uri);
  const good = parsed !== null && (parsed.scheme === "sip" || parsed.scheme === "sips") && uri.includes("@");
  if (!good) throw new UsageError(`${what} is "${text}"; allowed: a SIP URI such as sip:bob@example.test`);
  return uri;
}

const PORTS = { udp: 5060, tcp: 5060, tls: 5061, ws: 80, wss: 443 } as const;

/** Reads `tls://im.example.test:5061`, `wss://host/ws`. Throws UsageError with what is allowed. */
export function serverAddress(text: string): ServerAddress {
  const found = /^(udp|tcp|tls|ws|wss):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^:/[\]\s]+))(?::([0-9]{1,5}))?(\/\S*)?$/.exec(
    text,
  );
  const transport = found?.[1] as ServerAddress["transport"] | undefined;
  const host = found?.[2] ?? found?.[3] ?? "";
  const path = found?.[5] ?? "";
  const socket = transport === "ws" || transport === "wss";
  const port = Number(found?.[4] ?? (transport === undefined ? 0 : PORTS[transport]));
  const good = transport !== undefined && port > 0 && port <= 65_535 && (socket || path === "" || path === "/") &&
    (found?.[2] === undefined || isIpLiteral(host));
  if (!good) {
    throw new UsageError(
      `--server is "${text}"; allowed: tcp://HOST:PORT, tls://HOST:PORT, udp://HOST:PORT, ws://HOST:PORT/ws, wss://HOST/ws`,
    );
  }
  return { transport, host, port, path: socket && path.length <= 1 ? "/ws" : socket ? path : "" };
}
