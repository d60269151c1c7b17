import type { FromThread, ToThread } from "./thread_messages.ts";

/** Told by a thread. */
export interface ThreadUser {
  onMessages(messages: readonly FromThread[]): void;
  /** It has ended by itself, with what it said last. */
  onFailed(reason: string): void;
}

/** A thread as the main thread sees it: messages there and back, in order, those of one turn together; nothing waits. */
export interface ThreadPort {
  post(messages: readonly ToThread[]): void;
  /** It ends now, whatever it does. Nothing is told any more. */
  terminate(): void;
}

/** Starts one. */
export type StartThread = (user: ThreadUser) => ThreadPort;

/** Starts a worker of the runtime. */
export function startMediaWorker(user: ThreadUser): ThreadPort {
  return workerPort(new Worker(new URL("./media_worker.ts", import.meta.url), { type: "module", name: "media" }), user);
}

/** A worker as a thread. */
export function workerPort(worker: Worker, user: ThreadUser): ThreadPort {
  worker.onmessage = ({ data }: MessageEvent<readonly FromThread[]>) => user.onMessages(data);
  worker.onerror = (event) => {
    // Else it would be an error of the main thread, too.
    event.preventDefault();
    user.onFailed(event.message);
  };
  worker.onmessageerror = () => user.onFailed("said something that cannot be read");
  return {
    post: (messages) => {
      try {
        worker.postMessage(messages);
      } catch (error) {
        // Posted at the end of a turn, where nobody else would hear of it.
        user.onFailed(`cannot be told something: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    terminate: () => {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    },
  };
}
