import { equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { freshId, type MsrpFrame, type MsrpPeer } from "./msrp_peer.ts";
import type { RoomCaller } from "./room_caller.ts";
import { header, statusOf, type TextMessage } from "./sip_client.ts";

/** What is said. */
export interface Said {
  readonly from?: string;
  readonly to?: string | readonly string[];
  readonly type?: string;
  /** Header lines of the CPIM besides. */
  readonly lines?: readonly string[];
}

/** A message in CPIM. */
export function cpim(from: string, to: string | readonly string[], text: string, said: Said = {}): string {
  const { type = "text/plain;charset=UTF-8", lines = [] } = said;
  const recipients = typeof to === "string" ? [to] : to;
  return [
    `From: <${from}>`,
    ...recipients.map((uri) => `To: <${uri}>`),
    `DateTime: ${new Date().toISOString()}`,
    ...lines,
    "",
    `Content-Type: ${type}`,
    "",
    text,
  ].join("\r\n");
}

/** How the two ends know their dialog. */
export interface DialogFacts {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly local: string;
  readonly remote: string;
}

/** One device in one room, or in a chat of two. */
export class RoomDialog {
  readonly caller: Pick<RoomCaller, "client" | "pathOf" | "aor">;
  readonly peer: MsrpPeer;
  /** What brought it about: the 200 that came, or the INVITE. */
  readonly answer: TextMessage;
  readonly facts: DialogFacts;
  /** Their Contact. */
  readonly target: string;
  /** Our own URI, and theirs. */
  readonly path: string;
  readonly theirPath: string;
  #cseq = 10;

  constructor(caller: RoomDialog["caller"], peer: MsrpPeer, answer: TextMessage, facts: DialogFacts) {
    this.caller = caller;
    this.peer = peer;
    this.answer = answer;
    this.facts = facts;
    this.target = /<([^>]+)>/.exec(header(answer, "contact"))![1];
    this.path = caller.pathOf(peer);
    this.theirPath = /^a=path:(.*?)\r?$/m.exec(answer.body)![1];
  }

  /** Of the room: the name by which everybody may come again. */
  get room(): string {
    return `sip:${/^sip:([^@;]+)/.exec(this.target)![1]}@${this.caller.client.domain}`;
  }

  async ack(): Promise<void> {
    const { client } = this.caller;
    const { callId, localTag, remoteTag, local, remote } = this.facts;
    const [number] = header(this.answer, "cseq").split(" ");
    await client.raw([
      `ACK ${this.target} SIP/2.0`,
      `Via: SIP/2.0/${client.transport.toUpperCase()} ${client.sentBy};branch=z9hG4bK${randomUUID()};rport`,
      ...routesOf(this.answer).map((route) => `Route: ${route}`),
      "Max-Forwards: 70",
      `From: ${local};tag=${localTag}`,
      `To: ${remote};tag=${remoteTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${number} ACK`,
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"));
  }

  async bind(): Promise<void> {
    const { status } = await this.peer.ask({ to: this.theirPath, from: this.path, range: "1-0/0" });
    equal(status, 200);
  }

  /** A request within the dialog. */
  async within(method: string, headers: readonly string[] = [], body = ""): Promise<TextMessage> {
    const { callId, localTag, remoteTag, local, remote } = this.facts;
    this.#cseq += 2; // one may be challenged
    return await this.caller.client.request({
      method,
      uri: this.target,
      from: local.replace(/;tag=[^;]*/, ""),
      to: remote,
      callId,
      fromTag: localTag,
      toTag: remoteTag,
      cseq: this.#cseq,
      headers: [
        `Contact: ${this.caller.client.contact};+g.oma.sip-im`,
        ...routesOf(this.answer).map((route) => `Route: ${route}`),
        ...headers,
      ],
      body,
    });
  }

  /** Leaves. */
  async bye(): Promise<void> {
    equal(statusOf(await this.within("BYE")), 200);
  }

  async refer(to: string, headers: readonly string[] = [], body = ""): Promise<TextMessage> {
    return await this.within("REFER", [`Refer-To: <${to}>`, ...headers], body);
  }

  /** Says something in CPIM; gives the room's answer. */
  async say(text: string, said: Said = {}): Promise<MsrpFrame> {
    const { from = this.caller.aor, to = this.room } = said;
    return await this.send(cpim(from, to, text, said));
  }

  /** A SEND with that body. */
  async send(body: string, type = "message/cpim"): Promise<MsrpFrame> {
    const octets = new TextEncoder().encode(body);
    return await this.peer.ask({ to: this.theirPath, from: this.path, type, body: octets });
  }

  /** NICKNAME (RFC 7701 §7.1); gives the status. `value`: as it stands in Use-Nickname, as Latin-1. */
  async nickname(value: string | null): Promise<number> {
    const headers = value === null ? [] : [`Use-Nickname: ${value}`];
    const tid = freshId();
    const lines = [`MSRP ${tid} NICKNAME`, `To-Path: ${this.theirPath}`, `From-Path: ${this.path}`, ...headers];
    this.peer.raw(`${lines.join("\r\n")}\r\n-------${tid}$\r\n`);
    return (await this.peer.arrived((frame) => frame.method === "" && frame.tid === tid)).status;
  }

  /** Waits until this was said to it. */
  async heard(text: string): Promise<MsrpFrame> {
    return await this.peer.arrived((frame) => frame.method === "SEND" && said(frame).endsWith(text));
  }

  /** Texts of everything that was said to it, in order. */
  get texts(): string[] {
    return this.peer.frames.filter(({ method, body }) => method === "SEND" && body.length > 0)
      .map((frame) => said(frame).split("\r\n\r\n").slice(2).join("\r\n\r\n"));
  }

  /** Waits for the end that the other side makes. */
  async ended(): Promise<TextMessage> {
    const { callId } = this.facts;
    return await this.caller.client.requestArrived((request) =>
      request.start.startsWith("BYE ") && header(request, "call-id") === callId
    );
  }
}

/** The body of a frame as text. */
export function said({ body }: MsrpFrame): string {
  return new TextDecoder().decode(body);
}

/** Ours in a dialog (RFC 3261 §12.1): what came in a response is the other way round. */
function routesOf(message: TextMessage): string[] {
  const routes = (message.headers.get("record-route") ?? []).flatMap((line) => line.split(/,(?=\s*<)/));
  return message.start.startsWith("SIP/2.0 ") ? routes.reverse() : routes;
}
