/**
 * Somebody in rooms, made from text alone: SIP by `SipClient`, MSRP by `MsrpPeer`. It shares no code with Parley, and has everything
 * that came to it as it came.
 */
import { equal, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { freshId, MsrpPeer } from "./msrp_peer.ts";
import type { ParleyProcess } from "./parley.ts";
import { RoomDialog } from "./room_dialog.ts";
import { type ClientOptions, header, SipClient, statusOf, type TextMessage } from "./sip_client.ts";

/** Where a caller comes from; everything not given is 127.0.0.1. */
export interface CallerPlace extends Partial<Pick<ClientOptions, "transport" | "host" | "server" | "port">> {
  readonly msrpPort?: number;
  /** What its descriptions and paths call it. */
  readonly hostName?: string;
  readonly displayName?: string;
}

/** What an INVITE says beyond what it must. */
export interface InviteFacts {
  readonly headers?: readonly string[];
  /** Absent: one MSRP session. */
  readonly sdp?: string;
  /** The description does not say what of rooms the device can do. */
  readonly withoutChatroom?: boolean;
  /** Whole body, with its Content-Type among `headers`; absent: `sdp`. */
  readonly body?: string;
  /** Parameters of Contact. */
  readonly contactParams?: string;
  /** Addresses for a list of recipients (RFC 5366). */
  readonly list?: readonly string[];
}

export const FACTORY = "sip:conference-factory@example.test";

/** A list of recipients as XML. */
export function listText(uris: readonly string[]): string {
  const entries = uris.map((uri) => `<entry uri="${uri.replaceAll("&", "&amp;")}"/>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\r\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">` +
    `<list>${entries}</list></resource-lists>`;
}

/** The text of a Warning, as peers compare it: `403 106 user not authorised to join chat group`; the status alone without one. */
export function refusalOf(answer: TextMessage): string {
  const text = /^399 \S+ "([^"]*)"$/.exec(header(answer, "warning"))?.[1];
  return text === undefined ? String(statusOf(answer)) : `${statusOf(answer)} ${text}`;
}

export class RoomCaller {
  readonly client: SipClient;
  readonly hostName: string;
  readonly displayName: string;
  readonly #msrp: { readonly port: number; readonly localAddress?: string };
  readonly dialogs: RoomDialog[] = [];
  /** MSRP connections of it, those that are over too. */
  readonly peers: MsrpPeer[] = [];
  readonly #taken = new Set<TextMessage>();

  private constructor(client: SipClient, msrpPort: number, place: CallerPlace) {
    this.client = client;
    this.hostName = place.hostName ?? "127.0.0.1";
    this.displayName = place.displayName ?? "";
    this.#msrp = { port: msrpPort, ...(place.host === undefined ? {} : { localAddress: place.host }) };
    // What asks for media is answered by `takes`.
    client.answer = ({ start }) => /^(?:INVITE|ACK) /.test(start) ? null : 200;
  }

  /** Signs in. */
  static async open(parley: ParleyProcess, user: string, place: CallerPlace = {}): Promise<RoomCaller> {
    const { domain } = parley;
    const { transport = "tcp", host, server, port = parley.port, msrpPort = parley.msrpPort } = place;
    const client = await SipClient.open({
      user,
      domain,
      port,
      transport,
      ...(host === undefined ? {} : { host }),
      ...(server === undefined ? {} : { server }),
    });
    equal(statusOf(await client.register(600, ";+g.oma.sip-im")), 200);
    return new RoomCaller(client, msrpPort, place);
  }

  get aor(): string {
    return this.client.aor;
  }
  get from(): string {
    return this.displayName === "" ? `<${this.aor}>` : `"${this.displayName}" <${this.aor}>`;
  }

  async #peer(): Promise<MsrpPeer> {
    const peer = await MsrpPeer.open(this.#msrp);
    this.peers.push(peer);
    return peer;
  }

  /** Our URI at that connection. */
  pathOf(peer: MsrpPeer): string {
    return `msrp://${this.hostName}:9/${peer.sessionId};tcp`;
  }

  sdp(path: string, lines: readonly string[] = []): string {
    return [
      "v=0",
      `o=${this.client.user} 1 1 IN IP4 ${this.hostName}`,
      "s=-",
      `c=IN IP4 ${this.hostName}`,
      "t=0 0",
      "m=message 9 TCP/MSRP *",
      "a=accept-types:message/cpim",
      "a=accept-wrapped-types:*",
      `a=path:${path}`,
      "a=setup:active",
      "a=chatroom:nickname private-messages",
      ...lines,
      "",
    ].join("\r\n");
  }

  /** The final answer to an INVITE; one that is no 2xx has its ACK already. */
  async invite(uri: string, facts: InviteFacts = {}): Promise<TextMessage> {
    return (await this.#invite(uri, facts, `msrp://${this.hostName}:9/${freshId()};tcp`)).answer;
  }

  /** Comes in: 200, ACK, the MSRP session bound. */
  async enters(uri: string, facts: InviteFacts = {}): Promise<RoomDialog> {
    const peer = await this.#peer();
    const { answer, callId, fromTag } = await this.#invite(uri, facts, this.pathOf(peer));
    equal(statusOf(answer), 200, answer.raw);
    const dialog = new RoomDialog(this, peer, answer, {
      callId,
      localTag: fromTag,
      remoteTag: tagOf(header(answer, "to")),
      local: this.from,
      remote: `<${uri}>`,
    });
    await dialog.ack();
    await dialog.bind();
    this.dialogs.push(dialog);
    return dialog;
  }

  /** Waits for an invitation, takes it, and is in. */
  async takes(wanted: (invite: TextMessage) => boolean = () => true): Promise<RoomDialog> {
    const { client } = this;
    const isNew = (request: TextMessage) =>
      request.start.startsWith("INVITE ") && !this.#taken.has(request) && wanted(request);
    const invite = await client.requestArrived(isNew);
    this.#taken.add(invite);
    const peer = await this.#peer();
    const tag = freshId(5);
    const sdp = this.sdp(this.pathOf(peer));
    await this.respond(invite, 200, tag, [
      `Contact: ${client.contact};+g.oma.sip-im`,
      "Content-Type: application/sdp",
    ], sdp);
    const callId = header(invite, "call-id");
    await client.requestArrived((request) => request.start.startsWith("ACK ") && header(request, "call-id") === callId);
    const dialog = new RoomDialog(this, peer, invite, {
      callId,
      localTag: tag,
      remoteTag: tagOf(header(invite, "from")),
      local: header(invite, "to"),
      remote: header(invite, "from").replace(/;tag=[^;]*/, ""),
    });
    await dialog.bind();
    this.dialogs.push(dialog);
    return dialog;
  }

  /** An answer to a request, as it is. */
  async respond(
    request: TextMessage,
    status: number,
    tag: string,
    headers: readonly string[] = [],
    body = "",
  ): Promise<void> {
    const copied = ["via", "record-route", "from", "call-id", "cseq"].flatMap((name) =>
      (request.headers.get(name) ?? []).map((value) => `${name}: ${value}`)
    );
    const to = header(request, "to");
    const lines = [
      `SIP/2.0 ${status} Test`,
      ...copied,
      `To: ${to.includes("tag=") ? to : `${to};tag=${tag}`}`,
      ...headers,
      `Content-Length: ${new TextEncoder().encode(body).length}`,
    ];
    await this.client.raw(`${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  close(): void {
    for (const peer of this.peers) peer.close();
    this.client.close();
  }

  async #invite(uri: string, facts: InviteFacts, path: string) {
    const { client } = this;
    const callId = randomUUID(), fromTag = freshId(5);
    const { headers = [], contactParams = ";+g.oma.sip-im", list } = facts;
    const own = this.sdp(path);
    const sdp = facts.sdp ?? (facts.withoutChatroom ? own.replace(/a=chatroom:.*\r\n/, "") : own);
    const plain = { type: ["Content-Type: application/sdp"], body: sdp };
    const { type, body } = facts.body !== undefined
      ? { type: [], body: facts.body.replaceAll("$SDP", sdp) }
      : list === undefined
      ? plain
      : withList(sdp, listText(list));
    const answer = await client.request({
      method: "INVITE",
      uri,
      from: this.from,
      callId,
      fromTag,
      cseq: 1,
      headers: [`Contact: ${client.contact}${contactParams}`, ...type, ...headers],
      body,
    });
    if (statusOf(answer) >= 300) await this.#ackOf(answer, uri);
    return { answer, callId, fromTag };
  }

  /** RFC 3261 §17.1.1.3: the ACK of a refusal belongs to the transaction of its INVITE. */
  async #ackOf(answer: TextMessage, uri: string): Promise<void> {
    const [number] = header(answer, "cseq").split(" ");
    await this.client.raw([
      `ACK ${uri} SIP/2.0`,
      `Via: ${header(answer, "via").replace(/;(?:received|rport)(?:=[^;]*)?/g, "")}`,
      "Max-Forwards: 70",
      `From: ${header(answer, "from")}`,
      `To: ${header(answer, "to")}`,
      `Call-ID: ${header(answer, "call-id")}`,
      `CSeq: ${number} ACK`,
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"));
  }
}

/** A description and a list in one body (RFC 5366 §5). */
export function withList(sdp: string, list: string): { type: string[]; body: string } {
  return {
    type: ["Content-Type: multipart/mixed;boundary=b1", "Require: recipient-list-invite"],
    body:
      `--b1\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b1\r\nContent-Type: application/resource-lists+xml\r\n` +
      `Content-Disposition: recipient-list\r\n\r\n${list}\r\n--b1--\r\n`,
  };
}

function tagOf(value: string): string {
  const tag = /;tag=([^;\s]+)/.exec(value)?.[1] ?? "";
  ok(tag !== "", value);
  return tag;
}
