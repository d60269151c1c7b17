import { FakeTime } from "../../../../foundation/testing.ts";
import { MessageTracker } from "../message_tracker.ts";
import { MsrpSession } from "../msrp_session.ts";
import type {
  IncomingMessage,
  IncomingStream,
  SessionLimits,
  SessionOptions,
  SessionUser,
  StreamSink,
} from "../session_user.ts";
import { FakeConnection, FakeNode } from "./fake_connection.ts";

export const OURS = "msrp://us.test:1/us;tcp";
export const THEIRS = "msrp://them.test:2/them;tcp";

/** A user that writes down what it is told. */
export class Notes implements SessionUser {
  readonly told: string[] = [];
  readonly messages: IncomingMessage[] = [];
  status = 200;
  onOpen(): void {
    this.told.push("open");
  }
  onMessage(message: IncomingMessage): number {
    this.messages.push(message);
    this.told.push(`message ${new TextDecoder().decode(message.body)}`);
    return this.status;
  }
  onStream?(stream: IncomingStream): StreamSink | number | null;
  onClosed(reason: string, status: number): void {
    this.told.push(`closed ${status} ${reason}`);
  }
}

export interface Bench {
  readonly time: FakeTime;
  readonly node: FakeNode;
  readonly connection: FakeConnection;
  readonly notes: Notes;
  readonly session: MsrpSession;
}

/** A session on a fake connection, not started. */
export function waiting(
  limits: Partial<SessionLimits> = {},
  relays: readonly string[] = [],
  tracker?: MessageTracker,
  more: Partial<SessionOptions> = {},
): Bench {
  const time = new FakeTime();
  const node = new FakeNode();
  const connection = new FakeConnection();
  node.next = connection;
  const notes = new Notes();
  const session = new MsrpSession({
    node,
    sessionId: "us",
    uri: OURS,
    relays,
    acceptTypes: ["text/plain", "application/*"],
    user: notes,
    clock: time,
    timers: time.timers,
    limits,
    tracker,
    ...more,
  });
  return { time, node, connection, notes, session };
}

/** An active session whose binding SEND was answered; the connection has forgotten that SEND. */
export function opened(
  limits: Partial<SessionLimits> = {},
  tracker?: MessageTracker,
  more: Partial<SessionOptions> = {},
): Bench {
  const bench = waiting(limits, [], tracker, more);
  bench.session.start("active", { path: [THEIRS] });
  bench.connection.frames[0].answer(200);
  bench.connection.frames.length = 0;
  bench.connection.queued = 0;
  return bench;
}
