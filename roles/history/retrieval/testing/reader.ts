import {
  type IncomingMessage,
  type IncomingStream,
  MsrpSession,
  type StreamSink,
} from "../../../../transport/msrp/session/mod.ts";
import { type MsrpMedia, parseSdp, readMsrpMedia } from "../../../../transport/payload/mod.ts";
import type { ListWorld } from "../../../deferred/list/testing/list_world.ts";
import type { Received } from "../../../sip_core/testing/core_world.ts";

export const PATH = "msrp://198.51.100.9:7654/bob1;tcp";

/** One message as it came. */
export interface Got {
  readonly id: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly reports: boolean;
}

/** bob's end of a session in which he is brought what he recorded. For tests only, as all of this file. */
export class Reader {
  readonly got: Got[] = [];
  closed = "";
  /** Answer to a message, by how many have come. */
  answers: (count: number) => number = () => 200;
  /** Long messages are held at their first octets. */
  holds = false;
  stream: IncomingStream | null = null;
  readonly #session: MsrpSession;

  constructor(world: ListWorld, invited: Received) {
    world.within(invited, "ACK");
    this.#session = new MsrpSession({
      node: world.client,
      sessionId: "bob1",
      uri: PATH,
      acceptTypes: ["*"],
      user: {
        onMessage: (message) => this.#taken(message, message.body.slice()),
        onStream: (stream) => this.#streamed(stream),
        onClosed: (reason) => {
          this.closed = reason;
        },
      },
      clock: world.time,
      timers: world.time.timers,
    });
    this.#session.start("active", { path: mediaOf(invited).path });
  }

  /** Bodies inside of their wrappers, as text. */
  get texts(): string[] {
    return this.got.map(({ body }) => new TextDecoder().decode(body).split("\r\n\r\n").at(-1)!);
  }

  close(): void {
    this.#session.close("over");
  }

  #taken({ messageId, contentType, successReport }: IncomingMessage | IncomingStream, body: Uint8Array): number {
    const status = this.answers(this.got.length);
    if (status === 200) this.got.push({ id: messageId, type: contentType, body, reports: successReport });
    return status;
  }

  #streamed(stream: IncomingStream): StreamSink {
    const octets = new Uint8Array(stream.total);
    this.stream = stream;
    if (this.holds) stream.pause();
    return {
      write: (piece, offset) => octets.set(piece, offset),
      end: () => this.#taken(stream, octets),
      abort: () => {},
    };
  }
}

export function mediaOf(received: Received): MsrpMedia {
  const sdp = parseSdp(received.last.body);
  return readMsrpMedia(sdp, sdp.media[0]);
}

export interface OfferFacts {
  readonly lines?: readonly string[];
  readonly types?: string;
  readonly path?: string;
}

/** bob's offer. */
export function offer(
  { lines = ["a=recvonly"], types = "message/cpim text/plain", path = PATH }: OfferFacts = {},
): string {
  return [
    "v=0",
    "o=bob 1 1 IN IP4 198.51.100.9",
    "s=-",
    "c=IN IP4 198.51.100.9",
    "t=0 0",
    "m=message 7654 TCP/MSRP *",
    `a=path:${path}`,
    `a=accept-types:${types}`,
    "a=accept-wrapped-types:*",
    "a=setup:active",
    ...lines,
  ].map((line) => `${line}\r\n`).join("");
}

/** The offer with a list that names these recordings. */
export function naming(
  references: readonly string[],
  sdp = offer(),
): { readonly headers: string; readonly body: string } {
  const list = references.map((one) => `<history history-reference="${one}"><conference/></history>`).join("");
  const body = `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b\r\n` +
    "Content-Type: application/vnd.oma.im.history-list+xml\r\n\r\n" +
    `<history-list xmlns="urn:oma:xml:im:history-list">${list}</history-list>\r\n--b--\r\n`;
  return { headers: "Content-Type: multipart/mixed;boundary=b\r\n", body };
}
