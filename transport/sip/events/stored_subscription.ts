import type { Endpoint } from "../../net/mod.ts";
import type { SavedDialog } from "../dialog.ts";
import type { Notification } from "../event_package.ts";
import { NO_PARAMS, type Params } from "../params.ts";
import type { EventRates } from "./rate_parameters.ts";
import { DIRECT, type SubscriptionWay } from "./subscription_way.ts";

/** A subscription as its owner sees it when it is stored, and as it is found again. */
export interface SubscriptionRecord {
  readonly event: string;
  /** Which of the packages of that name; "" for the one that is asked first. */
  readonly kind: string;
  readonly eventId: string;
  readonly resource: string;
  readonly watcher: string;
  readonly accept: readonly string[];
  readonly filter: Notification | null;
  readonly params: Params;
  readonly rates: EventRates | null;
  readonly state: "active" | "pending";
  readonly quenched: boolean;
  /** NOTIFYs sent. */
  readonly sent: number;
  /** A NOTIFY was owed, or on its way. */
  readonly owes: boolean;
  readonly dialog: SavedDialog;
  readonly way: SubscriptionWay;
  /** Of the package. */
  readonly kept: unknown;
  /** Wall clock, ms. */
  readonly expiresAt: number;
}

/** As it is written: plain JSON; what is as it mostly is, is left out. */
interface Stored {
  readonly v: 1;
  readonly event: string;
  readonly kind?: string;
  readonly id?: string;
  readonly resource: string;
  readonly watcher: string;
  readonly accept: readonly string[];
  /** Media type, and octets in base64. */
  readonly filter?: readonly [string, string];
  readonly params?: readonly (readonly [string, string])[];
  readonly rates?: EventRates;
  readonly pending?: 1;
  readonly quenched?: 1;
  readonly sent: number;
  readonly owes?: 1;
  readonly dialog: SavedDialog;
  readonly way?: { readonly only?: 1; readonly source?: Endpoint; readonly device?: string };
  readonly kept?: unknown;
  readonly until: number;
}

/** A value for `JSON.stringify`. */
export function toStored(record: SubscriptionRecord): Stored {
  const { event, kind, eventId, resource, watcher, accept, filter, params, rates, way, kept } = record;
  return {
    v: 1,
    event,
    kind: kind === "" ? undefined : kind,
    id: eventId === "" ? undefined : eventId,
    resource,
    watcher,
    accept,
    filter: filter === null ? undefined : [filter.contentType, filter.body.toBase64()],
    params: params.size === 0 ? undefined : [...params],
    rates: rates ?? undefined,
    pending: record.state === "pending" ? 1 : undefined,
    quenched: record.quenched ? 1 : undefined,
    sent: record.sent,
    owes: record.owes ? 1 : undefined,
    dialog: record.dialog,
    way: way === DIRECT ? undefined : storedWay(way),
    kept,
    until: Math.round(record.expiresAt),
  };
}

/** Null for what no Parley wrote that this one can read. */
export function readStored(value: unknown): SubscriptionRecord | null {
  if (!isStored(value)) return null;
  const { event, kind = "", id = "", resource, watcher, accept, filter, params, rates = null, way } = value;
  return {
    event,
    kind,
    eventId: id,
    resource,
    watcher,
    accept,
    filter: filter === undefined ? null : { contentType: filter[0], body: Uint8Array.fromBase64(filter[1]) },
    params: params === undefined ? NO_PARAMS : new Map(params),
    rates,
    state: value.pending === 1 ? "pending" : "active",
    quenched: value.quenched === 1,
    sent: value.sent,
    owes: value.owes === 1,
    dialog: value.dialog,
    way: way === undefined ? DIRECT : readWay(way),
    kept: value.kept,
    expiresAt: value.until,
  };
}

function storedWay({ flowOnly, source, device }: SubscriptionWay): Stored["way"] {
  return {
    only: flowOnly ? 1 : undefined,
    source: source === null ? undefined : { host: source.host, port: source.port },
    device: device === "" ? undefined : device,
  };
}

/** Flows end with the boot. */
function readWay({ only, source = undefined, device = "" }: NonNullable<Stored["way"]>): SubscriptionWay {
  return { flowId: 0, flowOnly: only === 1, source: source ?? null, device };
}

/** Deep enough that nothing read from it fails: the log is sealed, and what is in it was written by a Parley. */
function isStored(value: unknown): value is Stored {
  if (typeof value !== "object" || value === null) return false;
  const { v, event, resource, watcher, accept, sent, dialog, until } = value as Partial<Stored>;
  return v === 1 && [event, resource, watcher].every((text) => typeof text === "string") && Array.isArray(accept) &&
    typeof sent === "number" && typeof until === "number" && typeof dialog === "object" && dialog !== null &&
    Array.isArray(dialog.routeSet) && typeof dialog.callId === "string" && typeof dialog.localSeq === "number";
}
