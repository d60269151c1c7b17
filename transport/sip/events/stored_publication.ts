import type { TransportName } from "../flow.ts";
import type { HeldPublication, PublicationState } from "./held_publication.ts";

/**
 * A publication as it is written, beside its body: plain JSON, without names, since what is written is sealed octet by octet. Of `version`
 * and `refreshes` its entity-tag is made; `origin` is remote host, port and transport; times are those of the wall clock, ms.
 */
export type StoredPublication = readonly [
  format: 2,
  resource: string,
  /** "" where it is the resource. */
  publisher: string,
  contentType: string,
  version: string,
  refreshes: number,
  revision: number,
  expiresAt: number,
  publishedAt: number,
  device: string,
  host: string,
  port: number,
  transport: TransportName,
];

/** What is to be stored of a publication, with what a modification may replace of it. */
export function toStored(
  { resource, publisher }: HeldPublication,
  { contentType, version, refreshes, revision, origin, device, publishedAt }: PublicationState,
  expiresAt: number,
): StoredPublication {
  return [
    2,
    resource,
    publisher === resource ? "" : publisher,
    contentType,
    version,
    refreshes,
    revision,
    Math.round(expiresAt),
    publishedAt,
    device,
    origin.host,
    origin.port,
    origin.transport,
  ];
}

/** Null for what no Parley wrote that this one can read. */
export function readStored(value: unknown): StoredPublication | null {
  if (!Array.isArray(value) || value[0] !== 2 || value.length !== TYPES.length) return null;
  if (TYPES.some((type, at) => typeof value[at] !== type) || !TRANSPORTS.has(value[12])) return null;
  return value as unknown as StoredPublication;
}

/** What was stored, as it is after a restart: its flow is of another boot. */
export function stateOf(stored: StoredPublication, body: Uint8Array): PublicationState {
  const [, , , contentType, version, refreshes, revision, , publishedAt, device, host, port, transport] = stored;
  const origin = { flowId: 0, host, port, transport };
  return { contentType, body, kept: undefined, version, refreshes, revision, origin, device, publishedAt };
}

/** Of its parts. */
const TYPES = [
  ...["number", "string", "string", "string", "string", "number", "number", "number", "number", "string", "string"],
  ...["number", "string"],
];
const TRANSPORTS: ReadonlySet<unknown> = new Set<TransportName>(["udp", "tcp", "tls", "ws", "wss", "memory"]);
