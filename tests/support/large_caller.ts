/**
 * Somebody who sends large messages (one message in an MSRP session, then BYE), made from text alone: names of calls and messages are the
 * test's to choose, so that one can be sent again.
 */
import { randomUUID } from "node:crypto";
import { type MsrpFrame, MsrpPeer, msrpRequest } from "./msrp_peer.ts";
import type { ParleyProcess } from "./parley.ts";
import { withList } from "./room_caller.ts";
import { RoomDialog } from "./room_dialog.ts";
import { header, SipClient, statusOf, type TextMessage } from "./sip_client.ts";

/** One message, and whom it is for. */
export interface LargeFacts {
  readonly uri: string;
  /** Whole list document; absent: none. */
  readonly list?: string;
  readonly type?: string;
  readonly body: Uint8Array;
  readonly callId?: string;
  readonly messageId?: string;
  /** Header lines of the INVITE. */
  readonly headers?: readonly string[];
  /** Parameters of Contact; absent: those of Large Message Mode. */
  readonly contactParams?: string;
  /** Lines of the media section. */
  readonly lines?: readonly string[];
  /** The last octet has been written. */
  readonly written?: () => void;
}

/** What became of it. */
export interface LargeSent {
  /** Final answer to the INVITE. */
  readonly answer: TextMessage;
  /** To the last piece; null where none came, or nothing was sent. */
  readonly response: MsrpFrame | null;
}

const LARGE = ";+g.oma.sip-im;+g.oma.sip-im.large-message";
const PIECE = 60_000;

export class LargeCaller {
  readonly client: SipClient;
  readonly #msrpPort: number;

  private constructor(client: SipClient, msrpPort: number) {
    this.client = client;
    this.#msrpPort = msrpPort;
  }

  static async open(parley: ParleyProcess, user: string): Promise<LargeCaller> {
    const { domain, port, msrpPort } = parley;
    const client = await SipClient.open({ user, domain, port, transport: "tcp" });
    const answer = await client.register(600, LARGE);
    if (statusOf(answer) !== 200) throw new Error(answer.raw);
    return new LargeCaller(client, msrpPort);
  }

  async send(facts: LargeFacts): Promise<LargeSent> {
    const { uri, list, type = "text/plain", body, callId = randomUUID(), messageId, headers = [], lines = [] } = facts;
    const { contactParams = LARGE } = facts;
    const { client } = this;
    const peer = await MsrpPeer.open({ port: this.#msrpPort });
    const sdp = [
      "v=0",
      "o=large 1 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      "m=message 9 TCP/MSRP *",
      "a=accept-types:*",
      `a=path:${peer.uri}`,
      "a=setup:active",
      "a=sendonly",
      ...lines,
      "",
    ].join("\r\n");
    const carried = list === undefined ? { type: ["Content-Type: application/sdp"], body: sdp } : withList(sdp, list);
    const fromTag = randomUUID().slice(0, 8);
    const answer = await client.request({
      method: "INVITE",
      uri,
      callId,
      fromTag,
      cseq: 1,
      headers: [`Contact: ${client.contact}${contactParams}`, ...carried.type, ...headers],
      body: carried.body,
    });
    if (statusOf(answer) !== 200) {
      peer.close();
      return { answer, response: null };
    }
    const dialog = new RoomDialog({ client, aor: client.aor, pathOf: () => peer.uri }, peer, answer, {
      callId,
      localTag: fromTag,
      remoteTag: /;tag=([^;\s]+)/.exec(header(answer, "to"))![1],
      local: `<${client.aor}>`,
      remote: `<${uri}>`,
    });
    await dialog.ack();
    await dialog.bind();
    const response = await this.#pieces(peer, dialog, type, body, messageId ?? randomUUID(), facts.written);
    if (response !== null) await dialog.bye();
    peer.close();
    return { answer, response };
  }

  close(): void {
    this.client.close();
  }

  async #pieces(
    peer: MsrpPeer,
    { theirPath, path }: RoomDialog,
    type: string,
    body: Uint8Array,
    messageId: string,
    written = () => {},
  ): Promise<MsrpFrame | null> {
    let tid = "";
    for (let at = 0; at < body.length; at += PIECE) {
      const piece = body.subarray(at, at + PIECE);
      const end = at + piece.length;
      tid = randomUUID().replaceAll("-", "").slice(0, 16);
      const flag = end === body.length ? "$" : "+";
      const range = `${at + 1}-${end}/${body.length}`;
      peer.raw(msrpRequest({ to: theirPath, from: path, tid, messageId, range, type, body: piece, flag }));
      await peer.drained();
    }
    written();
    try {
      return await peer.arrived(({ method, tid: of }) => method === "" && of === tid);
    } catch (error) {
      // The box is gone.
      if (peer.ended) return null;
      throw error;
    }
  }
}
