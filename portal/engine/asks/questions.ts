import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Timed } from "../../../foundation/mod.ts";
import type { Reason, SystemMessage } from "../../../client/mod.ts";
import type { Outcome, Problem, ServiceQuestion } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { hearTabs } from "../people/hear_tabs.ts";
import { inOrder, isLive, MOST_QUESTIONS, questionsIn, storedOf, type StoredQuestion } from "./question.ts";

const STORED = "questions";
/** How often those that may be answered no longer are looked for. */
const LOOK_MS = 1000;

/** What the service asks or says, until it is answered, read, or over; here, in another tab, or on another device. */
export class Questions implements Timed {
  readonly #parts: Pick<EngineParts, "link" | "store" | "tabs" | "clock" | "timers">;
  readonly #open = new Map<string, Question>();
  readonly #list = signal<readonly ServiceQuestion[]>([]);
  #looks = false;

  constructor(parts: Pick<EngineParts, "link" | "store" | "tabs" | "clock" | "timers">) {
    this.#parts = parts;
    const now = parts.clock.now();
    for (const stored of questionsIn(parts.store.get(STORED))) {
      if (!isLive(stored, now)) continue;
      parts.link.client.recallSystemMessage(stored);
      this.#open.set(stored.id, new Question(stored, () => {}, this));
    }
    hearTabs(parts.tabs, (value) => {
      const { questionOver } = (value ?? {}) as { readonly questionOver?: unknown };
      if (typeof questionOver === "string") this.#gone(questionOver);
    });
    this.#tell();
  }

  get list(): ReadonlySignal<readonly ServiceQuestion[]> {
    return this.#list;
  }

  take(message: SystemMessage): void {
    const stored = storedOf(message, this.#open.get(message.id)?.at ?? this.#parts.clock.now());
    this.#open.set(message.id, new Question(stored, () => message.displayed(), this));
    if (this.#open.size > MOST_QUESTIONS) this.#gone(inOrder(this.#open.values()).findLast(() => true)!.id);
    this.#keep((others) => [...others, stored]);
    this.#tell();
  }

  /** For a question: it is answered, or was read (`option` ""). */
  async answer(question: StoredQuestion, option: string): Promise<Problem | null> {
    const problem = question.options.length === 0 ? null : await this.#ask(question.id, option);
    // Known to the service no longer, or answered elsewhere: no other try makes sense.
    if (problem === null || problem.status === 403 || problem.status === 404) this.#over(question.id);
    return problem;
  }

  onTimer(): void {
    this.#looks = false;
    const now = this.#parts.clock.now();
    for (const question of [...this.#open.values()]) if (!isLive(question, now)) this.#gone(question.id);
    this.#look();
  }

  #ask(id: string, option: string): Outcome {
    return new Promise((resolve) => {
      const known = this.#parts.link.client.answer(id, option, (reason) => resolve(problemOf(reason)));
      if (!known) resolve({ status: 404, text: "", retryAfter: 0, fields: {} });
    });
  }

  #over(id: string): void {
    this.#gone(id);
    this.#parts.tabs.post({ questionOver: id });
  }

  #gone(id: string): void {
    if (!this.#open.delete(id)) return;
    this.#keep((others) => others);
    this.#tell();
  }

  /** Other tabs have the same store: what they wrote stays, but for what is over here. */
  #keep(change: (others: readonly StoredQuestion[]) => readonly StoredQuestion[]): void {
    const { store } = this.#parts;
    const others = questionsIn(store.get(STORED)).filter(({ id }) => this.#open.has(id));
    const ids = new Set<string>();
    const kept = change(others).toReversed().filter(({ id }) => ids.size < ids.add(id).size).toReversed();
    if (kept.length === 0) store.remove(STORED);
    // Where there is no room, a reload loses it: the service says it again when the user has been away.
    else store.set(STORED, JSON.stringify(kept.slice(-MOST_QUESTIONS)));
  }

  #tell(): void {
    this.#list.value = inOrder(this.#open.values());
    this.#look();
  }

  #look(): void {
    if (this.#looks || ![...this.#open.values()].some(({ expires }) => expires !== null)) return;
    this.#looks = true;
    this.#parts.timers.start(LOOK_MS, this, 0);
  }
}

class Question implements StoredQuestion, ServiceQuestion {
  readonly id: string;
  readonly text: string;
  readonly options: readonly { readonly id: string; readonly label: string; readonly text: string }[];
  readonly blocking: boolean;
  readonly expires: number | null;
  readonly at: number;
  readonly #displayed: () => void;
  readonly #questions: Questions;
  #answering: Outcome | null = null;

  constructor(
    { id, text, options, blocking, expires, at }: StoredQuestion,
    displayed: () => void,
    questions: Questions,
  ) {
    this.id = id;
    this.text = text;
    this.options = options.map(({ id, label }) => ({ id, label, text: label }));
    this.blocking = blocking;
    this.expires = expires;
    this.at = at;
    this.#displayed = displayed;
    this.#questions = questions;
  }

  get until(): number {
    return this.expires ?? 0;
  }

  /** One answer at a time. */
  answer(option: string): Outcome {
    return this.#answering ??= this.#questions.answer(this, option).finally(() => this.#answering = null);
  }

  shown(): void {
    this.#displayed();
  }
}

function problemOf(reason: Reason | null): Problem | null {
  return reason === null ? null : { ...reason, fields: {} };
}
