export interface SystemMessageView {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  /** The cause it was sent for; "" for one that an admin wrote. */
  readonly cause: string;
  /** Of whom it was for: an address, or `everybody`. */
  readonly to: string;
  readonly text: string;
  readonly recipients: number;
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
}

export interface SystemMessageService {
  /** Newest first. */
  list(limit: number): SystemMessageView[];
  /** `to`: an address, or `everybody`. At most 2,000 characters. Sending goes on after the answer; `list` tells how far. */
  send(request: { to: string; text: string }, by: string): Promise<SystemMessageView>;
}
