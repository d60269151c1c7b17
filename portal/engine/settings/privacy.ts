import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Outcome, PrivacyModel, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf, problem } from "../outcomes.ts";
import { hearTabs } from "../people/hear_tabs.ts";
import { PrivacyDocument } from "./privacy_document.ts";

/** What the service has no place for is kept in this browser: what senders are told, and whether who invites waits for our word. */
interface Told {
  readonly displayed: boolean;
  readonly writing: boolean;
  readonly ask: boolean;
}

const KEY = "settings.told";

export class Privacy implements PrivacyModel {
  readonly contactsOnly: ReadonlySignal<boolean>;
  readonly searchable: ReadonlySignal<boolean>;
  readonly tellDisplayed: ReadonlySignal<boolean>;
  readonly tellWriting: ReadonlySignal<boolean>;
  readonly askFirst: ReadonlySignal<boolean>;
  readonly #parts: EngineParts;
  readonly #document: PrivacyDocument;
  readonly #told = signal<Told>({ displayed: true, writing: true, ask: false });

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const document = this.#document = new PrivacyDocument(parts);
    this.contactsOnly = computed(() => document.flags.value?.contacts_only ?? false);
    this.searchable = computed(() => document.flags.value?.searchable_by_number ?? false);
    this.tellDisplayed = computed(() => this.#told.value.displayed);
    this.tellWriting = computed(() => this.#told.value.writing);
    this.askFirst = computed(() => this.#told.value.ask);
    this.#read();
    // What is said in a chat is a message like others: taken by itself, unless the user wants to be asked.
    this.askFirst.subscribe((asks) => void (parts.link.client.answerMode = asks ? "manual" : "automatic"));
    hearTabs(parts.tabs, (value) => {
      if (value === KEY) this.#read();
    });
  }

  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#document.fresh.state;
  }
  get problem(): ReadonlySignal<Problem | null> {
    return this.#document.fresh.problem;
  }

  change(
    { contactsOnly, searchable, tellDisplayed, tellWriting, askFirst }: Parameters<PrivacyModel["change"]>[0],
  ): Outcome {
    return outcomeOf(async () => {
      if (contactsOnly !== undefined || searchable !== undefined) {
        await this.#document.change({
          ...(contactsOnly !== undefined && { contacts_only: contactsOnly }),
          ...(searchable !== undefined && { searchable_by_number: searchable }),
        });
      }
      if (tellDisplayed === undefined && tellWriting === undefined && askFirst === undefined) return;
      const { displayed, writing, ask } = this.#told.peek();
      const told = { displayed: tellDisplayed ?? displayed, writing: tellWriting ?? writing, ask: askFirst ?? ask };
      // A switch that a reload turns back would tell what was not to be told.
      if (!this.#parts.store.set(KEY, JSON.stringify(told))) return problem(507);
      this.#told.value = told;
      this.#parts.tabs.post(KEY);
    });
  }

  #read(): void {
    const text = this.#parts.store.get(KEY);
    if (text === null) return;
    try {
      const { displayed, writing, ask } = JSON.parse(text) as Partial<Told>;
      this.#told.value = { displayed: displayed !== false, writing: writing !== false, ask: ask === true };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#parts.store.remove(KEY);
    }
  }
}
