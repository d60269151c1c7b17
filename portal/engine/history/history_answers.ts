/** What `/me/history` answers (REST): the parts of it that are read here. */
export interface ConversationAnswer {
  readonly reference: string;
  readonly with: string;
  readonly parties: readonly PartyAnswer[];
  readonly group: PartyAnswer | null;
  /** Folders before it, parted by "/". */
  readonly name: string;
  readonly subject: string;
  readonly started_at: number;
  readonly ended_at: number;
  readonly messages: number;
  readonly octets: number;
  readonly expires_at: number;
  readonly open: boolean;
}

export interface PartyAnswer {
  readonly uri: string;
  readonly name: string;
}

export interface HitsAnswer {
  readonly hits: readonly {
    readonly conversation: ConversationAnswer;
    readonly message: {
      readonly at: number;
      readonly own: boolean;
      readonly message_id: string;
      readonly from: PartyAnswer;
    };
    readonly snippet: string;
  }[];
  readonly more: boolean;
  readonly bounded: boolean;
}

/** The folder of a recording's name, and the name without it. */
export function apart(name: string): { readonly folder: string; readonly own: string } {
  const slash = name.lastIndexOf("/");
  return { folder: name.slice(0, Math.max(slash, 0)), own: name.slice(slash + 1) };
}

/** A name in a folder. A slash in the name itself would be a folder more. */
export function together(folder: string, own: string): string {
  const inside = folder.split("/").map((part) => part.trim()).filter((part) => part !== "");
  return [...inside, own.trim().replaceAll("/", "-")].join("/");
}
