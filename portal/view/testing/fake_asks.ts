import { type Signal, signal } from "@preact/signals-core";
import type { Asks, InvitationAsked, ServiceQuestion } from "../../model/mod.ts";
import type { Failing } from "./fake_people.ts";

/** Questions of a stage: `ask…` puts one there, an answer takes it away. */
export interface LivelyAsks extends Asks, Failing {
  readonly questions: Signal<readonly ServiceQuestion[]>;
  readonly invitations: Signal<readonly InvitationAsked[]>;
  /** `id option` of each answer, `shown id` of what was shown, `accept id` and `refuse id`. */
  readonly calls: string[];
  ask(question: Partial<ServiceQuestion>): void;
  invite(invitation: Partial<InvitationAsked>): void;
}

/** 600 characters, more than has to be shown (SMSG-7). */
export const LONG_TEXT = "From the first of next month on the terms of this service are different in three points. " +
  "First, recordings are kept for one year instead of two, and whoever wants to keep them longer can export them under History. " +
  "Second, files of more than ten megabytes are refused before they are sent, and the page tells the limit. " +
  "Third, public rooms that nobody has written in for ninety days are closed; their members are told a week before. " +
  "Nothing changes in what others may see of you, and nothing is given to third parties. " +
  "Do you agree to these terms? If you do not agree, your account is closed at the end of the month.";

export function fakeAsks(): LivelyAsks {
  const questions = signal<readonly ServiceQuestion[]>([]);
  const invitations = signal<readonly InvitationAsked[]>([]);
  let made = 0;
  const asks: LivelyAsks = {
    fail: null,
    questions,
    invitations,
    calls: [],
    ask(given) {
      const id = given.id ?? `q${++made}`;
      const question: ServiceQuestion = {
        id,
        text: LONG_TEXT,
        options: [{ id: "yes", text: "I agree" }, { id: "no", text: "I do not agree" }],
        blocking: true,
        until: 0,
        answer(option) {
          const { fail } = asks;
          asks.fail = null;
          if (fail === null) {
            asks.calls.push(`${id} ${option}`);
            questions.value = questions.peek().filter((one) => one.id !== id);
          }
          return Promise.resolve(fail);
        },
        shown: () => void asks.calls.push(`shown ${id}`),
        ...given,
      };
      questions.value = [...questions.peek(), question];
    },
    invite(given) {
      const id = given.id ?? `i${++made}`;
      const end = (call: string) => {
        asks.calls.push(`${call} ${id}`);
        invitations.value = invitations.peek().filter((one) => one.id !== id);
      };
      invitations.value = [...invitations.peek(), {
        id,
        from: "sip:carol@example.test",
        fromName: "Carol Danvers",
        subject: "Budget of next year",
        isRoom: true,
        accept: () => end("accept"),
        refuse: () => end("refuse"),
        ...given,
      }];
    },
  };
  return asks;
}
