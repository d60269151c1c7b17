import {
  type Asked,
  type Chat,
  ClientHistory,
  type ImClient,
  type RecordingPage,
  type SystemMessage,
} from "../../client/mod.ts";
import type { FileFolder } from "./file_folder.ts";
import type { HistoryCommandLine } from "./history_commands.ts";
import { HistoryFetch } from "./history_fetch.ts";
import type { View } from "./view.ts";

/** What recordings and system messages on the command line stand on. */
export interface ChatHistoryParts {
  readonly view: View;
  /** Null: only text is taken. */
  readonly folder: FileFolder | null;
  /** Something has come to its end. */
  readonly settled: () => void;
}

/** What `/record here` is about. */
export interface Here {
  /** The chat or room that lines go to; null where there is none. */
  readonly chat: Chat | null;
  /** Whom lines go to; "" for nobody. */
  readonly peer: string;
}

/** What is recorded, and what the service has asked: commands of both, and what becomes of them. */
export class ChatHistory {
  /** Commands that failed, and recordings that did not come as a whole. */
  failures = 0;
  readonly #parts: ChatHistoryParts;
  /** References by their numbers on the lists that were shown. */
  readonly #listed = new Map<number, string>();
  #pending = 0;

  constructor(parts: ChatHistoryParts) {
    this.#parts = parts;
  }

  /** Commands under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Throws SyntaxError where it cannot be. */
  execute(client: ImClient, command: HistoryCommandLine, here: Here): void {
    switch (command.do) {
      case "record":
        return this.#record(client, command, here);
      case "history":
        return this.#history(client, command);
      case "answer":
        return this.#answer(client, command);
    }
  }

  /** The service says something. */
  said(message: SystemMessage): void {
    const { id, text, options, blocking, expires } = message;
    const until = expires === null ? "" : new Date(expires).toISOString();
    this.#parts.view.show({ event: "system", id, text, options, blocking, until });
    message.displayed();
  }

  #record(client: ImClient, { what, name }: HistoryCommandLine & { do: "record" }, { chat, peer }: Here): void {
    if (what === "on" || what === "off") {
      const on = what === "on";
      return client.publish({ ...client.settings, recording: { session: on, pagerAndLarge: on } });
    }
    const of = chat?.target ?? peer;
    if (of === "") throw new SyntaxError("nobody has written yet: there is no conversation to record");
    const action = what === "here" ? "start" : "stop";
    new ClientHistory(client).record(chat ?? { party: of }, action, name, this.#asked(action, of));
  }

  #history(client: ImClient, command: HistoryCommandLine & { do: "history" }): void {
    switch (command.what) {
      case "list":
        return this.#list(client, command.number);
      case "show":
        return this.#get(client, [this.#numbered(command.number)]);
      case "get":
        return this.#get(client, command.references);
      case "delete": {
        const { references } = command;
        return new ClientHistory(client).remove(references, this.#asked("delete", references.join(" ")));
      }
    }
  }

  #list(client: ImClient, from: number): void {
    const tell = this.#asked("list", "");
    const asked = new ClientHistory(client).list(from, (page, problem) => {
      if (problem !== null) return tell(problem);
      this.#show(page);
      this.#ended(true);
    });
    if (asked) return;
    this.#pending--;
    throw new SyntaxError("there are as many subscriptions as may be");
  }

  #show({ recordings, more }: RecordingPage): void {
    // From its beginning a list is a new one: what had a number before may have another.
    if (recordings[0]?.number === 1) this.#listed.clear();
    for (const { number, reference } of recordings) this.#listed.set(number, reference);
    const list = recordings.map(({ since, with: others, ...rest }) => ({
      ...rest,
      with: others.map(({ uri, name }) => ({ uri, name })),
      since: Number.isNaN(since) ? "" : new Date(since).toISOString(),
    }));
    this.#parts.view.show({ event: "recordings", list, more });
  }

  #numbered(number: number): string {
    const reference = this.#listed.get(number);
    if (reference !== undefined) return reference;
    throw new SyntaxError(`no list has shown a recording ${number}; see /history list`);
  }

  #get(client: ImClient, references: readonly string[]): void {
    const fetch = new HistoryFetch(this.#parts.view, this.#parts.folder, (ok) => this.#ended(ok));
    if (fetch.begin(client, references) === null) {
      throw new SyntaxError("there are as many sessions as may be, or we are leaving");
    }
    this.#pending++;
  }

  #answer(client: ImClient, { choice, id }: HistoryCommandLine & { do: "answer" }): void {
    const open = client.systemMessages;
    const message = id === "" ? open.at(-1) : open.find((each) => each.id === id);
    if (message === undefined) throw new SyntaxError("the service has asked nothing that waits for an answer");
    const option = chosen(message, choice);
    const { view } = this.#parts;
    this.#pending++;
    client.answer(message.id, option.id, (problem) => {
      const [ok, status, reason] = [problem === null, problem?.status ?? 200, problem?.text ?? ""];
      view.show({ event: "answered", id: message.id, option: option.id, label: option.label, ok, status, reason });
      // What else it has asked may have scrolled away.
      const next = client.systemMessages.at(-1);
      if (ok && next !== undefined) this.said(next);
      this.#ended(ok);
    });
  }

  #asked(what: "start" | "stop" | "delete" | "list", of: string): Asked {
    this.#pending++;
    return (problem) => {
      const ok = problem === null;
      const { status, text: reason } = problem ?? { status: 200, text: "" };
      this.#parts.view.show({ event: "history", what, of, ok, status, reason });
      this.#ended(ok);
    };
  }

  #ended(ok: boolean): void {
    this.#pending--;
    if (!ok) this.failures++;
    this.#parts.settled();
  }
}

/** The option of that number, id or label. Throws SyntaxError with what is allowed. */
function chosen({ options }: SystemMessage, choice: string): SystemMessage["options"][number] {
  const word = choice.trim();
  const byNumber = /^[0-9]{1,3}$/.test(word) ? options[Number(word) - 1] : undefined;
  const found = byNumber ?? options.find(({ id }) => id === word) ??
    options.find(({ label }) => label.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw new SyntaxError(`answer is ${JSON.stringify(word)}; allowed: 1 to ${options.length}`);
}
