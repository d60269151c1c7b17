import { OperationError } from "../../../operations/mod.ts";

/** What a user may do: everything; receive, but begin and send nothing; nothing. */
export type ServiceLevel = "full" | "receive" | "none";
export const SERVICE_LEVELS: readonly ServiceLevel[] = ["full", "receive", "none"];

/** Whom a message is for that is for no address: all that is given must hold. Asked when they register, and of those who are there. */
export interface SystemCondition {
  /** The User-Agent of a device, in any case; `*` stands for any text: `Linphone/5.1*`. */
  readonly client?: string;
  /** Mandatory fields of the public profile are missing. */
  readonly profile?: "incomplete";
  /** Has never registered before. */
  readonly first_use?: true;
}

/** One option, and how many have taken it. */
export interface SystemOptionView {
  readonly id: string;
  readonly label: string;
  readonly grants: ServiceLevel;
  readonly answered: number;
}

export interface SystemMessageView {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  /** The cause it was sent for; "" for one that an admin wrote. */
  readonly cause: string;
  /** Whom it was for: an address of a user or a group, `everybody`, or `condition`. */
  readonly to: string;
  /** Only where `to` is `condition`. */
  readonly condition: SystemCondition | null;
  readonly text: string;
  readonly recipients: number;
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
  /** None: it wants no answer. */
  readonly options: readonly SystemOptionView[];
  /** Until it is answered, the service is closed to its recipient. */
  readonly blocking: boolean;
  /** Devices were asked to tell when it was seen. */
  readonly ask_read: boolean;
  /** Seconds from delivery; null: no limit. */
  readonly answer_within: number | null;
  /** What whoever does not answer in time may do. */
  readonly on_timeout: ServiceLevel;
  /** ms; null: it stands until it is withdrawn. */
  readonly expires_at: number | null;
  /** `sending`: not everybody has it yet; `standing`: answers are taken, or more recipients may come; `sent`: that is all. */
  readonly state: "sending" | "standing" | "sent" | "over" | "withdrawn";
  /** Seen by their users, as devices or answers tell. */
  readonly read: number;
  readonly answered: number;
  /** Without an answer, and answers are taken. */
  readonly open: number;
  readonly timed_out: number;
}

/** How far one recipient is. Times in ms. */
export interface SystemRecipientView {
  readonly uri: string;
  readonly state: "waiting" | "delivered" | "answered" | "timed-out" | "failed";
  readonly delivered_at: number | null;
  /** When its user had seen it; null: nobody has said so. */
  readonly read_at: number | null;
  readonly answered_at: number | null;
  /** Id of the option; null for none. */
  readonly option: string | null;
}

/** A message to be sent. Either `to` or `condition`. */
export interface NewSystemMessage {
  /** The address of a user or a group, or `everybody`. */
  readonly to?: string;
  readonly condition?: SystemCondition;
  /** At most 2,000 characters; `{service}`, `{domain}` and `{date}` are filled in. */
  readonly text: string;
  /** None, or 2 to 10. Without an `id` it is the number; `full` is granted where nothing is said. */
  readonly options?: readonly { readonly id?: string; readonly label: string; readonly grants?: ServiceLevel }[];
  readonly blocking?: boolean;
  /** Devices tell when it is seen (RFC 5438); where they can. */
  readonly ask_read?: boolean;
  readonly answer_within?: number | null;
  /** Default: `none`. */
  readonly on_timeout?: ServiceLevel;
  readonly expires_at?: number | null;
}

/** Says which field is wrong. */
export class SystemMessageFault extends OperationError {
  readonly field: string;
  constructor(field: string, message: string) {
    super("invalid", message);
    this.name = "SystemMessageFault";
    this.field = field;
  }
}

export interface SystemMessageService {
  /** Newest first. */
  list(limit: number): SystemMessageView[];
  get(id: string): SystemMessageView | undefined;
  /** In order of address, from behind `after` ("": the first); empty where recipients are only counted (a text to everybody). */
  recipients(id: string, after: string, limit: number): SystemRecipientView[];
  /** Sending goes on after the answer; `list` tells how far. Rejects with SystemMessageFault, OperationError. */
  send(request: NewSystemMessage, by: string): Promise<SystemMessageView>;
  /** Nobody is asked any more; what it kept closed opens. Rejects with OperationError where there is none. */
  withdraw(id: string, by: string): Promise<SystemMessageView>;
}
