import { type Signal, signal } from "@preact/signals";
import type { ConversationModel, LocalFile, PortalModel, SendProblem } from "../../model/mod.ts";
import { bytesText } from "../kit/mod.ts";
import type { Preferences } from "../preferences.ts";
import { t } from "./texts.ts";

/** Files that are sent at one go. */
const MOST_FILES = 20;

/** One conversation while it is before the user's eyes: what its parts on the page share. */
export class Talk {
  readonly model: PortalModel;
  readonly preferences: Preferences;
  readonly conversation: ConversationModel;
  /** Who alone gets the next message; null: everybody. */
  readonly whisperTo: Signal<{ readonly uri: string; readonly name: string } | null> = signal(null);
  /** What was not taken for sending, in words; "". */
  readonly refused = signal("");
  /** Whom to ask about before they are blocked; null. */
  readonly blocking: Signal<{ readonly uri: string; readonly name: string } | null> = signal(null);
  /** Counts what we said: the log goes to its end for it. */
  readonly said = signal(0);
  /** Puts the focus where one writes. */
  focusComposer: () => void = () => {};

  constructor(model: PortalModel, preferences: Preferences, conversation: ConversationModel) {
    this.model = model;
    this.preferences = preferences;
    this.conversation = conversation;
  }

  /** Sends what is typed. True where it was taken. */
  send(text: string): boolean {
    const { conversation } = this, to = this.whisperTo.peek();
    return this.#told(to === null ? conversation.send(text) : conversation.whisper(to.uri, text), "");
  }

  sendFiles(files: readonly LocalFile[]): void {
    for (const file of files.slice(0, MOST_FILES)) {
      const problem = this.#beforehand(file) ?? this.conversation.sendFile(file);
      // The first refusal is told, with the name of its file.
      if (!this.#told(problem, file.name)) return;
    }
  }

  sendLocation(location: Parameters<ConversationModel["sendLocation"]>[0]): void {
    this.#told(this.conversation.sendLocation(location), "");
  }

  whisper(uri: string, name: string): void {
    this.whisperTo.value = { uri, name };
    this.focusComposer();
  }

  /** What the service would refuse: said before anything moves. */
  #beforehand({ size, type }: LocalFile): SendProblem | null {
    const { file, fileTypes } = this.model.limits.peek();
    if (file > 0 && size > file) return { code: "too-large", size, limit: file };
    const allowed = fileTypes.length === 0 ||
      fileTypes.some((one) => one === type || one === `${type.split("/")[0]}/*`);
    return allowed ? null : { code: "type", type, allowed: fileTypes };
  }

  #told(problem: SendProblem | null, name: string): boolean {
    this.refused.value = problem === null ? "" : sendProblemText(problem, name);
    if (problem === null) this.said.value++;
    return problem === null;
  }
}

/** Why something cannot be sent, and what is allowed. `name`: of the file; "" for a text. */
export function sendProblemText(problem: SendProblem, name: string): string {
  if (problem.code === "too-large") {
    const sizes = { size: bytesText(problem.size), limit: bytesText(problem.limit) };
    return name === "" ? t("problem.too-large.text", sizes) : t("problem.too-large", { name, ...sizes });
  }
  if (problem.code === "type") return t("problem.type", { name, allowed: problem.allowed.join(", ") });
  return t(`problem.${problem.code}`);
}
