import type { Rest } from "../doors.ts";

/** A recorded conversation, as far as it counts here. */
export interface RecordedConversation {
  readonly reference: string;
  readonly kind: "pager" | "large" | "session" | "file" | "room";
  readonly with: string;
  readonly parties: readonly { readonly uri: string; readonly name: string }[];
  readonly group: { readonly uri: string; readonly name: string } | null;
  readonly subject: string;
  readonly started_at: number;
  readonly ended_at: number;
  readonly messages: number;
}

/** A recorded message. */
export interface SaidMessage {
  readonly seq: number;
  readonly at: number;
  readonly from: { readonly uri: string; readonly name: string };
  readonly to: string;
  readonly own: boolean;
  readonly message_id: string;
  readonly content_type: string;
  readonly octets: number;
  readonly file: string;
  readonly text: string | null;
}

/** How far the user has read with somebody. */
export interface ServerMark {
  readonly with: string;
  readonly at: number;
  readonly reference: string;
  readonly seq: number;
  readonly unread: number;
}

/** What the service has recorded, over REST. All reject with RestProblem. */
export class HistoryPages {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** The latest first; `address`: with that one alone. */
  async conversations(limit: number, address?: string, after?: string): Promise<{
    readonly conversations: readonly RecordedConversation[];
    readonly next: string;
  }> {
    const query = { limit, with: address, after: after === "" ? undefined : after };
    return await this.#rest.get("/me/history", query);
  }

  async messages(
    reference: string,
    after: number,
    limit: number,
  ): Promise<{ readonly messages: readonly SaidMessage[]; readonly next: number }> {
    return await this.#rest.get(`${pathOf(reference)}/messages`, { after, limit });
  }

  async marks(limit: number, address?: string): Promise<readonly ServerMark[]> {
    const { marks } = await this.#rest.get<{ marks: readonly ServerMark[] }>("/me/history/marks", {
      limit,
      with: address,
    });
    return marks;
  }

  async mark(address: string, reference: string, seq: number): Promise<ServerMark> {
    return await this.#rest.send("PUT", "/me/history/marks", { with: address, reference, seq });
  }

  content(reference: string, seq: number): Promise<Blob> {
    return this.#rest.blob(`${pathOf(reference)}/messages/${seq}/content?form=content`);
  }
}

function pathOf(reference: string): string {
  return `/me/history/${encodeURIComponent(reference)}`;
}
