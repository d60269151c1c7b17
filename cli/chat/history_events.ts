/** What a chat on the command line tells of recorded conversations, and of what the service itself says. */
export type HistoryEvent =
  /** A message of a recording that was asked for. */
  | {
    readonly event: "recorded";
    readonly from: string;
    readonly name: string;
    readonly to: string;
    /** When it was said, RFC 3339; "" where that is not known. */
    readonly sent: string;
    readonly id: string;
    readonly type: string;
    readonly text: string;
    /** Name of a file; "" for none. */
    readonly file: string;
    readonly bytes: number;
    /** Where its content is, for what is no text; "" where it was not kept. */
    readonly place: string;
    /** Why it was not kept; "" for no reason. */
    readonly reason: string;
  }
  /** All of the recordings is there, or nothing more comes. */
  | {
    readonly event: "history-ended";
    readonly ok: boolean;
    readonly messages: number;
    /** Messages that are too large to be taken here, or could not be kept. */
    readonly missing: number;
    readonly status: number;
    readonly reason: string;
  }
  /** What has become of a command: a conversation is recorded, or no longer; recordings are deleted. */
  | {
    readonly event: "history";
    readonly what: "start" | "stop" | "delete" | "list";
    /** The conversation, or the references; "" for the list. */
    readonly of: string;
    readonly ok: boolean;
    readonly status: number;
    readonly reason: string;
  }
  /** What is recorded, or some of it, the latest first. */
  | {
    readonly event: "recordings";
    readonly list: readonly {
      /** For `/history show`. */
      readonly number: number;
      readonly reference: string;
      /** How it was held; "" where that is not told. */
      readonly kind: string;
      /** Its own name, folders before it; "" for none. */
      readonly name: string;
      readonly with: readonly { readonly uri: string; readonly name: string }[];
      /** -1 where that is not told. */
      readonly messages: number;
      /** RFC 3339; "" where that is not told. */
      readonly since: string;
      readonly open: boolean;
    }[];
    /** There are more behind these. */
    readonly more: boolean;
  }
  /** The service itself says something. */
  | {
    readonly event: "system";
    readonly id: string;
    readonly text: string;
    /** Empty: nothing is asked. */
    readonly options: readonly { readonly id: string; readonly label: string }[];
    /** Nothing else goes until it is answered. */
    readonly blocking: boolean;
    /** No answer is taken after that, RFC 3339; "" for no end. */
    readonly until: string;
  }
  /** What has become of an answer to it. */
  | {
    readonly event: "answered";
    readonly id: string;
    readonly option: string;
    readonly label: string;
    readonly ok: boolean;
    readonly status: number;
    readonly reason: string;
  };
