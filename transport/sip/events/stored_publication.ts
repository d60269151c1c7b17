import { utf8 } from "../../../foundation/mod.ts";
import type { TransportName } from "../flow.ts";
import type { HeldPublication, PublicationState } from "./held_publication.ts";

/** A publication as it is written; plain JSON. */
export interface StoredPublication {
  readonly v: 1;
  readonly resource: string;
  readonly publisher: string;
  readonly type: string;
  /** The body's text, where it is UTF-8; else `octets`, in base64. */
  readonly text?: string;
  readonly octets?: string;
  /** First part of the entity-tag, and number of refreshes. */
  readonly version: string;
  readonly refreshes: number;
  readonly revision: number;
  /** Wall clock, ms. */
  readonly expiresAt: number;
  /** Remote host, port, transport. */
  readonly origin: readonly [string, number, TransportName];
  readonly device: string;
  readonly publishedAt: number;
}

/** A byte order mark is an octet like another here. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What is to be stored of a publication, with what a modification may replace of it. */
export function toStored(
  { resource, publisher }: HeldPublication,
  { contentType, body, version, refreshes, revision, origin, device, publishedAt }: PublicationState,
  expiresAt: number,
): StoredPublication {
  const text = textOf(body);
  return {
    v: 1,
    resource,
    publisher,
    type: contentType,
    ...(text === null ? { octets: body.toBase64() } : { text }),
    version,
    refreshes,
    revision,
    expiresAt: Math.round(expiresAt),
    origin: [origin.host, origin.port, origin.transport],
    device,
    publishedAt,
  };
}

/** Null for what no Parley wrote that this one can read. */
export function readStored(value: unknown): StoredPublication | null {
  if (typeof value !== "object" || value === null) return null;
  const stored = value as Partial<Record<keyof StoredPublication, unknown>>;
  const { resource, publisher, type, version, origin, text, octets } = stored;
  const texts = [resource, publisher, type, version, stored.device].every((one) => typeof one === "string");
  const numbers = [stored.refreshes, stored.revision, stored.expiresAt, stored.publishedAt]
    .every((one) => typeof one === "number");
  const places = Array.isArray(origin) && typeof origin[0] === "string" && typeof origin[1] === "number" &&
    TRANSPORTS.has(origin[2]);
  const bodies = typeof text === "string" || (typeof octets === "string" && BASE64.test(octets));
  return stored.v === 1 && texts && numbers && places && bodies ? value as StoredPublication : null;
}

/** What was stored, as it is after a restart: its flow is of another boot. */
export function stateOf(stored: StoredPublication): PublicationState {
  const { type, text, octets, version, refreshes, revision, device, publishedAt } = stored;
  const [host, port, transport] = stored.origin;
  return {
    contentType: type,
    body: text === undefined ? Uint8Array.fromBase64(octets!) : utf8(text),
    kept: undefined,
    version,
    refreshes,
    revision,
    origin: { flowId: 0, host, port, transport },
    device,
    publishedAt,
  };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const TRANSPORTS: ReadonlySet<unknown> = new Set<TransportName>(["udp", "tcp", "tls", "ws", "wss", "memory"]);

function textOf(body: Uint8Array): string | null {
  try {
    return decoder.decode(body);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
