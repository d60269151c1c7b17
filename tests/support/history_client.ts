/** What a client of ours gets back of its recorded conversations, and what it is told when it asks: for tests on the wire. */
import { ClientHistory, type ImClient, type Reason, type RecordedHead } from "../../client/mod.ts";
import { MemorySink } from "../../client/testing/memory_network.ts";
import { eventually } from "./rest.ts";
import type { XcapClient } from "./xcap_client.ts";

/** A message as it came back, its octets included. */
export interface Retrieved extends RecordedHead {
  /** The content, octet for octet. */
  readonly octets: Uint8Array;
  /** As UTF-8. */
  readonly text: string;
}

/** A retrieval that did not bring everything. */
export class RetrievalFailure extends Error {
  /** SIP or MSRP status; 0 where none came. */
  readonly status: number;
  /** What had come by then. */
  readonly messages: readonly Retrieved[];

  constructor(message: string, status: number, messages: readonly Retrieved[]) {
    super(message);
    this.name = "RetrievalFailure";
    this.status = status;
    this.messages = messages;
  }
}

/** Fetches recordings: all their messages in the order in which they came, large ones too. Rejects with RetrievalFailure. */
export function retrieve(
  client: ImClient,
  references: readonly string[],
  within_ms = 20_000,
): Promise<Retrieved[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Retrieved[]>();
  // Large messages are there later than what follows them.
  const places: (Retrieved | null)[] = [];
  const open = new Map<string, { readonly at: number; readonly sink: MemorySink }>();
  const messages = () => places.filter((message) => message !== null);
  const fail = (what: string, status = 0) => reject(new RetrievalFailure(`not retrieved: ${what}`, status, messages()));
  const timer = setTimeout(() => {
    retrieval?.cancel();
    fail(`not within ${within_ms} ms; ${messages().length} messages came`);
  }, within_ms);
  const retrieval = new ClientHistory(client).retrieve(
    references,
    ({ body, wrapped: _, ...head }) => void places.push(retrieved(head, body)),
    {
      onLarge(head) {
        const sink = new MemorySink();
        open.set(head.messageId, { at: places.push(null) - 1, sink });
        return sink;
      },
      onLargeEnded(head, _place, problem) {
        const { at, sink } = open.get(head.messageId)!;
        if (problem === "") places[at] = retrieved(head, sink.content);
      },
      onEnd(problem, passedOver) {
        clearTimeout(timer);
        if (problem !== null) fail(problem.text, problem.status);
        else if (passedOver > 0) fail(`${passedOver} messages did not come`);
        else resolve(messages());
      },
    },
  );
  if (retrieval === null) {
    clearTimeout(timer);
    fail("as many sessions as may be");
  }
  return promise;
}

/**
 * `retrieve` as soon as it brings `count` messages: what passes a session is kept beside, so whoever receives a message may ask for it a
 * moment before it is kept. More than that many are given as they came.
 */
export function retrieveAll(client: ImClient, references: readonly string[], count: number): Promise<Retrieved[]> {
  return eventually(async () => {
    const messages = await retrieve(client, references);
    return messages.length >= count && messages;
  }, `${count} messages`);
}

/** Has a conversation recorded, or no longer; null where it is done, else why not. */
export function record(
  client: ImClient,
  conversation: Parameters<ClientHistory["record"]>[0],
  action: "start" | "stop",
  name = "",
): Promise<Reason | null> {
  return new Promise((resolve) => new ClientHistory(client).record(conversation, action, name, resolve));
}

/** Deletes recordings; null where it is done, else why not. */
export function remove(client: ImClient, references: readonly string[]): Promise<Reason | null> {
  return new Promise((resolve) => new ClientHistory(client).remove(references, resolve));
}

/** Answers a system message; null where it is done, else why not. Rejects where the client knows no such message or option. */
export function answerSystemMessage(client: ImClient, id: string, option: string): Promise<Reason | null> {
  return new Promise((resolve, reject) => {
    if (!client.answer(id, option, resolve)) reject(new Error(`no system message "${id}" with an option "${option}"`));
  });
}

function retrieved(head: RecordedHead, octets: Uint8Array): Retrieved {
  return { ...head, octets, text: new TextDecoder().decode(octets) };
}

/** References of what somebody has recorded, as their XCAP document lists them; empty where there is none. */
export async function recordings(documents: XcapClient): Promise<string[]> {
  const { status, body } = await documents.get(documents.own("org.openmobilealliance.conv-history", "conv-history"));
  if (status === 404) return [];
  if (status !== 200) throw new Error(`the document of recordings: ${status} ${body}`);
  return [...body.matchAll(/<history [^>]*history-reference="([^"]*)"/g)].map(([, reference]) => reference);
}
