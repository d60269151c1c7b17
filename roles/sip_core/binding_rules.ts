import { detached } from "../../foundation/mod.ts";
import type { Endpoint } from "../../transport/net/mod.ts";
import { type Problem, tryParseUri, uriEquals } from "../../transport/sip/mod.ts";
import { type HeldBinding, isDormant } from "./held_binding.ts";
import type { ContactChange } from "./register_contacts.ts";

/** What a REGISTER says beside its contacts. */
export interface RegisterFacts {
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  readonly flowId: number;
  readonly flowOnly: boolean;
  readonly source: Endpoint;
  readonly transport: string;
  readonly userAgent: string;
  readonly accessNetwork: string;
  readonly now: number;
}

/** What becomes of one binding. */
export interface BindingChange {
  /**
   * `added` and `replaced`: the device is to be served anew; `refreshed`: nothing but its time has changed; `removed`: by
   * its client, or superseded.
   */
  readonly kind: "added" | "replaced" | "refreshed" | "removed";
  readonly old: HeldBinding | null;
  readonly next: HeldBinding | null;
}

/** All that one REGISTER does to an address-of-record, or why it does nothing. */
export type Plan =
  | { readonly kind: "changes"; readonly changes: readonly BindingChange[]; readonly durable: boolean }
  | { readonly kind: "refused"; readonly problem: Problem };

const OUT_OF_ORDER: Plan = {
  kind: "refused",
  problem: { status: 500, reason: "REGISTER out of order: CSeq is not higher than the one before" },
};

/**
 * Applies contacts to bindings (RFC 3261 §10.3 steps 6 and 7, RFC 5626 §6). Nothing is changed: the plan is carried out
 * once it is safe. `nextId` numbers bindings that are new; `durable` is false when bindings are only extended.
 */
export function planChanges(
  base: readonly HeldBinding[],
  wanted: readonly ContactChange[],
  facts: RegisterFacts,
  maxContacts: number,
  nextId: () => number,
): Plan {
  const changes: BindingChange[] = [];
  let durable = false;
  for (const contact of wanted) {
    const old = match(base, contact, facts);
    if (old !== null && old.callId === facts.callId && facts.cseq <= old.cseq) return OUT_OF_ORDER;
    // The same contact twice in one request: the last one counts.
    const twin = changes.findIndex((change) => sameContact(change, old, contact));
    if (twin >= 0) changes.splice(twin, 1);
    if (contact.expires === 0) {
      if (old !== null) {
        changes.push({ kind: "removed", old, next: null });
        durable = true;
      }
      continue;
    }
    const change = store(old, contact, facts, nextId);
    changes.push(change);
    if (change.kind !== "refreshed" || change.next!.expiresAt < old!.expiresAt) durable = true;
    for (const other of superseded(base, contact, facts)) {
      if (other === old || changes.some((change) => change.old === other)) continue;
      changes.push({ kind: "removed", old: other, next: null });
      durable = true;
    }
  }
  const crowd = makeRoom(base, changes, maxContacts);
  if (crowd === null) {
    return { kind: "refused", problem: { status: 403, reason: `More than ${maxContacts} contacts registered` } };
  }
  return { kind: "changes", changes: crowd, durable };
}

/** `Contact: *` with Expires 0 (RFC 3261 §10.3 step 6). */
export function planRemoveAll(base: readonly HeldBinding[], callId: string, cseq: number): Plan {
  if (base.some((binding) => binding.callId === callId && cseq <= binding.cseq)) return OUT_OF_ORDER;
  return {
    kind: "changes",
    changes: base.map((old) => ({ kind: "removed", old, next: null })),
    durable: base.length > 0,
  };
}

/** A flow is known by instance and reg-id (RFC 5626 §6), everything else by its URI (RFC 3261 §10.3). */
function match(base: readonly HeldBinding[], contact: ContactChange, facts: RegisterFacts): HeldBinding | null {
  if (contact.regId !== 0) {
    for (const binding of base) {
      if (binding.regId === contact.regId && binding.instance === contact.instance) return binding;
    }
    return null;
  }
  for (const binding of base) if (binding.regId === 0 && binding.contact === contact.text) return binding;
  for (const binding of base) {
    if (binding.regId !== 0) continue;
    if (sameUri(binding.contact, contact.text)) return binding;
  }
  return contact.expires === 0 ? null : superseded(base, contact, facts)[0] ?? null;
}

/**
 * A device that has begun anew (same instance, another Call-ID: RFC 3261 §10.2) and does not use reg-id takes the place of
 * what it registered before: its old contacts lead nowhere, and a device is registered once (REG-5). So does one without an instance
 * that goes on (same Call-ID) from the end of another connection, where the one before ended with the box.
 */
function superseded(base: readonly HeldBinding[], contact: ContactChange, facts: RegisterFacts): HeldBinding[] {
  if (contact.regId !== 0) return [];
  if (contact.instance === "") {
    if (!isConnectionsEnd(contact.text, facts)) return [];
    return base.filter((binding) =>
      binding.instance === "" && binding.regId === 0 && isDormant(binding) && binding.callId === facts.callId
    );
  }
  return base.filter((binding) =>
    binding.instance === contact.instance && binding.regId === 0 && binding.callId !== facts.callId
  );
}

function sameContact(change: BindingChange, old: HeldBinding | null, contact: ContactChange): boolean {
  if (old !== null) return change.old === old;
  if (change.old !== null || change.next === null) return false;
  if (contact.regId !== 0) return change.next.regId === contact.regId && change.next.instance === contact.instance;
  return change.next.regId === 0 && sameUri(change.next.contact, contact.text);
}

function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const left = tryParseUri(a);
  const right = tryParseUri(b);
  return left !== null && right !== null && uriEquals(left, right);
}

function store(
  old: HeldBinding | null,
  contact: ContactChange,
  facts: RegisterFacts,
  nextId: () => number,
): BindingChange {
  const flowOnly = facts.flowOnly || isConnectionsEnd(contact.text, facts);
  const same = old !== null && old.contact === contact.text && old.params === contact.params &&
    old.callId === facts.callId && old.flowOnly === flowOnly && samePath(old.path, facts.path) &&
    (!flowOnly || old.flowId === facts.flowId);
  const sameSource = old !== null && old.source.host === facts.source.host && old.source.port === facts.source.port;
  const next: HeldBinding = {
    contact: keep(old?.contact, contact.text),
    params: keep(old?.params, contact.params),
    q: contact.q,
    instance: keep(old?.instance, contact.instance),
    regId: contact.regId,
    path: old !== null && samePath(old.path, facts.path) ? old.path : ownPath(facts.path),
    callId: keep(old?.callId, facts.callId),
    cseq: facts.cseq,
    expiresAt: facts.now + contact.expires * 1000,
    registeredAt: same ? old.registeredAt : facts.now,
    flowId: facts.flowId,
    flowOnly,
    source: sameSource ? old.source : { host: keep(old?.source.host, facts.source.host), port: facts.source.port },
    transport: facts.transport,
    userAgent: keep(old?.userAgent, facts.userAgent),
    accessNetwork: keep(old?.accessNetwork, facts.accessNetwork),
    id: old === null ? nextId() : old.id,
  };
  return { kind: old === null ? "added" : same ? "refreshed" : "replaced", old, next };
}

/**
 * The Contact names nothing but the client's own end of the connection that the REGISTER came over: nobody listens there, so who is
 * not reached over this connection is not reached. A door that a client keeps open has a port below those that systems give away
 * (Linux: from 32,768), or another one than the connection.
 */
function isConnectionsEnd(contact: string, { path, source, transport }: RegisterFacts): boolean {
  if (path.length > 0 || transport === "udp" || source.port < FIRST_GIVEN_PORT) return false;
  const uri = tryParseUri(contact);
  return uri !== null && uri.port === source.port && uri.host === source.host;
}

const FIRST_GIVEN_PORT = 32_768;

const NO_PATH: readonly string[] = Object.freeze([]);

function ownPath(path: readonly string[]): readonly string[] {
  return path.length === 0 ? NO_PATH : path.map(detached);
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A refresh brings the same texts again: the copy that is held already stays. */
function keep(old: string | undefined, text: string): string {
  return old === text ? old : detached(text);
}

/** Bindings that lead nowhere any more give way to new ones; null when there are too many even so. */
function makeRoom(
  base: readonly HeldBinding[],
  changes: readonly BindingChange[],
  max: number,
): readonly BindingChange[] | null {
  let count = base.length;
  for (const { kind } of changes) count += kind === "added" ? 1 : kind === "removed" ? -1 : 0;
  if (count <= max || !changes.some((change) => change.kind === "added")) return changes;
  const room: BindingChange[] = [];
  for (const binding of base) {
    if (count <= max) break;
    if (!isDormant(binding) || changes.some((change) => change.old === binding)) continue;
    room.push({ kind: "removed", old: binding, next: null });
    count--;
  }
  return count <= max ? [...changes, ...room] : null;
}
