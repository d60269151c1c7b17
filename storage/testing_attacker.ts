import { Buffer } from "node:buffer";
import { createDecipheriv, hkdfSync } from "node:crypto";
import { concatBytes, toLatin1 } from "../foundation/mod.ts";
import { contentKeys, openChunk } from "./contents_chunks.ts";
import { SlotCipher, WrongKeyError } from "./history_cipher.ts";
import {
  decodeMark,
  decodeRecording,
  decodeSegment,
  FRESH,
  MARK,
  readFace,
  RECORDING,
  SEGMENT,
  textOfFresh,
} from "./history_codec.ts";
import { readMessage, unpackMessages } from "./history_message_codec.ts";
import { DamageError } from "./kv/blob_store.ts";
import { type KeyRing, readKeyFile } from "./kv/key_file.ts";
import { visitRecords } from "./kv/log_blob.ts";
import { placeOf, Sealer, SealError } from "./kv/sealer.ts";
import { SLOT_OCTETS } from "./kv/vault.ts";
import type { StoredContent } from "./repositories.ts";
import { type FoundValue, foundValues } from "./testing_sqlite_pages.ts";

/** Whatever somebody can read who has a database as it was at some time, and key file and vault of another. For tests only. */
export class Attacker {
  readonly #ring: KeyRing;
  readonly #sealer: Sealer;
  readonly #keys: Uint8Array[] = [];
  readonly #cipher = new SlotCipher();
  readonly #contents = new Map<string, StoredContent>();
  readonly #texts: string[] = [];

  constructor(keyFile: string, vault: string) {
    this.#ring = readKeyFile(keyFile)!;
    this.#sealer = new Sealer(this.#ring);
    const octets = Deno.readFileSync(vault).subarray(64);
    for (let at = 0; at < octets.length; at += SLOT_OCTETS) this.#keys.push(octets.subarray(at, at + SLOT_OCTETS));
  }

  /** What a database says, as text, one character an octet. */
  async read(database: string): Promise<string> {
    const kv = await Deno.openKv(database);
    const values: { key: Deno.KvKey; value: Uint8Array }[] = [];
    for await (const { key, value } of kv.list({ prefix: [] })) {
      if (value instanceof Uint8Array) values.push({ key, value });
    }
    kv.close();
    return this.#readAll(values);
  }

  /** As `read`: what its files hold, that which was deleted and not written over included. */
  readPages(database: string): string {
    return this.#readAll(foundValues(database));
  }

  #readAll(values: readonly FoundValue[]): string {
    this.#readLogs(values.filter(({ key }) => key[0] === "log"));
    for (const { key, value } of values.filter(({ key }) => key[0] === "history")) this.#readSegment(key, value);
    const keysOf = contentKeys(this.#sealer);
    const found = new Map([...this.#contents.values()].map((content) => [keysOf(content.id).name, content]));
    for (const { key, value } of values.filter(({ key }) => key[0] === "content")) {
      const content = found.get(String(key[1]));
      if (content !== undefined) this.#readChunk(() => openChunk(keysOf(content.id), Number(key[2]), value));
    }
    return this.#texts.join("\n");
  }

  #readLogs(parts: readonly { readonly key: Deno.KvKey; readonly value: Uint8Array }[]): void {
    const blobs = new Map<string, Uint8Array[]>();
    for (const { key, value } of parts) {
      const place = placeOf(key.slice(0, 3));
      blobs.set(place, [...blobs.get(place) ?? [], value]);
    }
    for (const [place, values] of blobs) {
      const plain = this.#text(concatBytes(values), place);
      this.#add(plain);
      if (!place.startsWith('["log","history"')) continue;
      visitRecords(plain, {
        onRecord: (_kind, _id, offset, size) => this.#readRecord(plain.subarray(offset, offset + size)),
      });
    }
  }

  /** Also of one that is not whole any more: whoever has the key needs no tag. */
  #text(sealed: Uint8Array, place: string): Uint8Array {
    try {
      return this.#sealer.open(sealed, place);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      const secret = this.#ring.keys.find(({ number }) => number === sealed[1])?.secret;
      if (secret === undefined) return new Uint8Array();
      const key = Buffer.from(hkdfSync("sha256", secret, new Uint8Array(0), "parley sealed values 2", 32));
      const iv = Buffer.concat([Buffer.from([1, 0, 0, 0]), sealed.subarray(2, 14)]);
      return createDecipheriv("chacha20", key, iv).update(sealed.subarray(14));
    }
  }

  #readRecord(record: Uint8Array): void {
    for (const key of this.#keys) {
      try {
        if (record[0] === RECORDING) {
          const { head, face } = decodeRecording(this.#cipher, key, record);
          this.#texts.push(JSON.stringify([head, readFace(face)]));
        } else if (record[0] === MARK) this.#texts.push(JSON.stringify(decodeMark(this.#cipher, key, record)));
        else if (record[0] === FRESH) this.#message(textOfFresh(this.#cipher, key, record));
        else if (record[0] === SEGMENT) {
          for (const content of decodeSegment(this.#cipher, key, record).contents) this.#content(content);
        }
      } catch (error) {
        if (!(error instanceof WrongKeyError)) throw error;
      }
    }
  }

  #readSegment(key: Deno.KvKey, value: Uint8Array): void {
    for (const slot of this.#keys) {
      try {
        const text = this.#cipher.open(slot, value, placeOf(key));
        this.#add(text);
        for (const { content } of unpackMessages(text, 0, Infinity)) if (content !== null) this.#content(content);
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
      }
    }
  }

  #readChunk(open: () => Uint8Array): void {
    try {
      this.#add(open());
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
    }
  }

  #message(text: Uint8Array): void {
    this.#add(text);
    const { content } = readMessage(text, 0);
    if (content !== null) this.#content(content);
  }

  #content(content: StoredContent): void {
    this.#contents.set(content.id, content);
    this.#texts.push(content.id);
  }

  #add(octets: Uint8Array): void {
    this.#texts.push(toLatin1(octets));
  }
}
