/** What users of a box have recorded, as REST tells each of them. */
import type { ParleyProcess } from "./parley.ts";
import { passwordOf } from "./parley.ts";
import { eventually, originOf, Rest } from "./rest.ts";

export interface RecordedConversation {
  readonly reference: string;
  readonly kind: string;
  readonly with: string;
  readonly name: string;
  readonly subject: string;
  readonly parties: readonly { readonly uri: string; readonly name: string }[];
  readonly messages: number;
  readonly octets: number;
  readonly open: boolean;
}

export interface RecordedSaying {
  readonly seq: number;
  readonly from: { readonly uri: string; readonly name: string };
  readonly message_id: string;
  readonly content_type: string;
  readonly octets: number;
  readonly text: string | null;
  readonly file: string;
}

/** One user's own recordings. */
export class Recorded {
  readonly rest: Rest;

  constructor(rest: Rest) {
    this.rest = rest;
  }

  /** Signs in at the plain web door. */
  static async signIn(parley: ParleyProcess, name: string): Promise<Recorded> {
    const rest = new Rest(originOf(parley));
    return new Recorded(await rest.logIn({ uri: `sip:${name}@${parley.domain}`, password: passwordOf(name) }));
  }

  /** What is recorded from now on: `nothing`, `pager`, `session`, `everything`. */
  async records(what: string): Promise<void> {
    await this.rest.put("/me/history/settings", { record: what });
  }

  async list(): Promise<RecordedConversation[]> {
    const all: RecordedConversation[] = [];
    for (let after = "";;) {
      const page = await this.rest.get<{ conversations: RecordedConversation[]; next: string }>(
        `/me/history?limit=200${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`,
      );
      all.push(...page.conversations);
      if (page.next === "") return all;
      after = page.next;
    }
  }

  /** The only conversation for which that is so; waits until there is one. */
  async one(where: (conversation: RecordedConversation) => boolean, what: string): Promise<RecordedConversation> {
    return await eventually(async () => {
      const all = (await this.list()).filter(where);
      if (all.length > 1) throw new Error(`${all.length} conversations: ${what}`);
      return all[0];
    }, what);
  }

  async said(reference: string): Promise<RecordedSaying[]> {
    const all: RecordedSaying[] = [];
    for (let after = 0;;) {
      const page = await this.rest.get<{ messages: RecordedSaying[]; next: number }>(
        `/me/history/${reference}/messages?limit=200&after=${after}`,
      );
      all.push(...page.messages);
      if (page.next === 0) return all;
      after = page.next;
    }
  }

  async texts(reference: string): Promise<(string | null)[]> {
    return (await this.said(reference)).map(({ text }) => text);
  }

  content(reference: string, seq: number, form: "content" | "original" = "content"): Promise<Uint8Array> {
    return this.rest.download(`/me/history/${reference}/messages/${seq}/content?form=${form}`);
  }

  async found(words: string): Promise<{ reference: string; text: string }[]> {
    const { hits } = await this.rest.get<
      { hits: { conversation: { reference: string }; message: { message_id: string }; snippet: string }[] }
    >(`/me/history/search?words=${encodeURIComponent(words)}`);
    return hits.map(({ conversation, snippet }) => ({ reference: conversation.reference, text: snippet }));
  }
}
