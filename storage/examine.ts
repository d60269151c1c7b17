import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { BlobStore, DamageError } from "./kv/blob_store.ts";
import type { LogDocuments } from "./documents.ts";
import type { History } from "./history_types.ts";
import type { LargeValues } from "./kv/large_values.ts";
import type { OpenStore } from "./kv/open.ts";
import { SINGLE } from "./kv/reseal.ts";
import { reasonOf } from "./kv/refusal.ts";
import { placeOf, SealError } from "./kv/sealer.ts";
import type {
  AuditLog,
  Contents,
  DeferredMessages,
  RoomMessages,
  States,
  StoredContent,
  Subscribers,
} from "./repositories.ts";

/** How much was read. */
export interface Examined {
  readonly users: number;
  readonly registrations: number;
  readonly subscriptions: number;
  readonly publications: number;
  readonly rooms: number;
  readonly roomMessages: number;
  readonly deferredMessages: number;
  readonly auditEntries: number;
  readonly documents: number;
  readonly recordings: number;
}

/** What is examined; just opened. */
export interface Examinable {
  readonly subscribers: Subscribers;
  readonly registrations: States;
  readonly subscriptions: States;
  readonly publications: States;
  readonly rooms: States;
  readonly roomMessages: RoomMessages;
  readonly deferredMessages: DeferredMessages;
  readonly contents: Contents;
  readonly auditLog: AuditLog;
  readonly documents: LogDocuments;
  readonly history: History;
  readonly largeValues: LargeValues;
}

/**
 * Reads every value of every kind in a store that nobody else writes, beyond what opening it has read already. Rejects with
 * DamageError at the first that does not open or is not whole.
 */
export async function examine(storage: Examinable, store: OpenStore): Promise<Examined> {
  await openSealed(store);
  for (const name of await namesUnder(store, "log")) {
    for await (const _ of new BlobStore(store.kv, store.sealer, name).list());
  }
  for (const kind of await namesUnder(store, "large")) {
    for await (const id of storage.largeValues.list(kind)) await storage.largeValues.get(kind, id);
  }
  return {
    users: storage.subscribers.size,
    registrations: [...storage.registrations.load()].length,
    subscriptions: [...storage.subscriptions.load()].length,
    publications: [...storage.publications.load()].length,
    rooms: [...storage.rooms.load()].length,
    roomMessages: await readRooms(storage.roomMessages),
    deferredMessages: await readDeferred(storage.deferredMessages, storage.contents),
    auditEntries: await readAudit(storage.auditLog),
    documents: await readDocuments(storage.documents),
    recordings: await readHistory(storage.history, storage.contents),
  };
}

/** Every value that is sealed by itself. */
async function openSealed({ kv, sealer }: OpenStore): Promise<void> {
  for (const prefix of SINGLE) {
    for await (const { key, value } of kv.list<Uint8Array>({ prefix }, { batchSize: 64 })) {
      try {
        sealer.open(value, placeOf(key));
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        throw new DamageError(`record ${placeOf(key)} is damaged: ${error.message}`, { cause: error });
      }
    }
  }
}

/** The second parts of keys that begin with `first`: the names of logs, the kinds of large values. */
async function namesUnder({ kv }: OpenStore, first: string): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { key } of kv.list({ prefix: [first] }, { batchSize: 64 })) names.add(String(key[1]));
  return names;
}

async function readDeferred(messages: DeferredMessages, contents: Contents): Promise<number> {
  // Several messages may share one.
  const read = new Set<string>();
  for (const recipient of messages.recipients()) {
    for (const { id } of messages.pending(recipient)) {
      const message = await messages.read(id);
      if (message === null) throw new DamageError(`the stored message ${id} cannot be read`);
      const { content = null } = message;
      if (content === null || read.has(content.id)) continue;
      await readContent(contents, content, `the stored message ${id}`);
      read.add(content.id);
    }
  }
  return messages.count;
}

async function readRooms(messages: RoomMessages): Promise<number> {
  let count = 0;
  for (const room of messages.rooms()) count += (await messages.read(room, 0)).length;
  if (count !== messages.count) {
    throw new DamageError(`${messages.count - count} stored messages of rooms cannot be read`);
  }
  return count;
}

const PIECE_OCTETS = 600_000;

/** `of`: what has it, for the message. */
async function readContent(contents: Contents, content: StoredContent, of: string): Promise<void> {
  const hash = createHash("sha256");
  let octets = 0;
  for (;;) {
    const some = await contents.read(content, octets, PIECE_OCTETS);
    if (some.length === 0) break;
    hash.update(some);
    octets += some.length;
  }
  if (octets === content.octets && hash.digest("hex") === content.sha256) return;
  throw new DamageError(`the content of ${of} does not match its hash (${octets} octets)`);
}

const MESSAGES_AT_ONCE = 200;

async function readHistory(history: History, contents: Contents): Promise<number> {
  // Several may have recorded it.
  const read = new Set<string>();
  for (const owner of history.owners()) {
    for (const { reference, messages } of history.list(owner)) {
      let found = 0;
      for (let after = 0;;) {
        const some = await history.read(owner, reference, after, MESSAGES_AT_ONCE);
        if (some.length === 0) break;
        after = some[some.length - 1].seq;
        found += some.length;
        for (const { content } of some) {
          if (content === null || read.has(content.id)) continue;
          await readContent(contents, content, "a recorded message");
          read.add(content.id);
        }
      }
      if (found !== messages) throw new DamageError(`a recording has ${found} messages, not ${messages}`);
    }
  }
  return history.recordings;
}

async function readDocuments(documents: LogDocuments): Promise<number> {
  for (const { auid, owner, name, size } of documents.all()) {
    let octets: number | undefined;
    try {
      const found = await documents.read(auid, owner, name);
      if (found !== null) octets = Buffer.byteLength(found.text, "utf8");
    } catch (cause) {
      throw new DamageError(`a stored document of "${auid}" cannot be read: ${reasonOf(cause)}`, { cause });
    }
    if (octets !== size) throw new DamageError(`a stored document of "${auid}" has ${octets} octets, not ${size}`);
  }
  return documents.count;
}

async function readAudit(auditLog: AuditLog): Promise<number> {
  const report = await auditLog.verify();
  if (!report.ok) throw new DamageError(`the chain of the audit log breaks at entry ${report.at}: ${report.reason}`);
  let entries = 0;
  for await (const _ of auditLog.walk()) entries++;
  return entries;
}
