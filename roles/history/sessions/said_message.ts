import type { Contents, HistoryMessage } from "../../../storage/mod.ts";
import { StorageError } from "../../../storage/mod.ts";
import { CompletionOrder } from "../../deferred/mod.ts";
import type { Conversation } from "../recording/desk_types.ts";
import { keepBody, releaseBody } from "../recording/kept_body.ts";

/** A message that is there as a whole. */
export type WholeMessage = Omit<HistoryMessage, "content">;

/** Whole messages of one conversation on their way into the history, in the order in which they were said, however long each is. */
export class SaidMessages {
  readonly #conversation: Conversation;
  readonly #contents: Contents;
  readonly #order = new CompletionOrder();

  constructor(conversation: Conversation, contents: Contents) {
    this.#conversation = conversation;
    this.#contents = contents;
  }

  /** `done` once, never inside the call. The body must not change until then. */
  say(message: WholeMessage, users: readonly string[], done: () => void): void {
    const turn = this.#order.enter();
    const contents = this.#contents;
    keepBody(contents, message.body, (kept) => {
      if (kept instanceof StorageError) {
        this.#conversation.lost(users, kept);
        this.#order.drop(turn);
        return done();
      }
      this.#order.ready(turn, () =>
        this.#conversation.said({ ...message, ...kept }, users, () => {
          releaseBody(contents, kept);
          done();
        }));
    });
  }

  /** Done after what has been said so far: at once, as a rule. */
  inTurn(act: () => void): void {
    this.#order.ready(this.#order.enter(), act);
  }

  /** After what has been said so far the conversation is closed. */
  close(): void {
    this.inTurn(() => this.#conversation.close());
  }
}
