import { useEffect } from "preact/hooks";
import { effect, type ReadonlySignal, untracked, useSignal } from "@preact/signals";
import type { MessageModel } from "../../../model/mod.ts";
import { plainName, whenText } from "../../kit/mod.ts";
import { briefly } from "../brief.ts";
import { t } from "../texts.ts";

interface Line {
  readonly id: string;
  readonly text: string;
}

/** More at once are told as a number. */
const MOST = 4;

/** Reads out what others say from now on: who and what first, the time last. What is loaded from before is not read out. */
export function Announcer({ messages }: { messages: ReadonlySignal<readonly MessageModel[]> }) {
  const lines = useSignal<readonly Line[]>([]);
  useEffect(() => {
    let last = messages.peek().at(-1)?.id ?? "", first = true;
    return effect(() => {
      const all = messages.value, since = newSince(all, last, first);
      last = all.at(-1)?.id ?? "";
      first = false;
      if (since.length === 0) return;
      const told = since.length > MOST
        ? [{ id: `count ${last}`, text: t("newest.n", { n: since.length }) }]
        : since.map((message) => ({ id: message.id, text: said(message) }));
      untracked(() => void (lines.value = [...lines.value, ...told].slice(-MOST)));
    });
  }, [messages]);
  return (
    <div class="unseen" aria-live="polite">
      {lines.value.map(({ id, text }) => <p key={id}>{text}</p>)}
    </div>
  );
}

/** What others said behind the message that was the last; nothing where that is gone. */
export function newSince(all: readonly MessageModel[], last: string, first: boolean): readonly MessageModel[] {
  if (first) return [];
  const at = last === "" ? -1 : all.findLastIndex(({ id }) => id === last);
  return at < 0 && last !== "" ? [] : all.slice(at + 1).filter(({ own }) => !own);
}

function said(message: MessageModel): string {
  const text = briefly(message);
  if (message.part.kind === "event") return text;
  const alone = message.privateWith === "" ? "" : `${t("only.you")}. `;
  return `${plainName(message.fromName)}: ${alone}${text}. ${whenText(message.at, "time")}`;
}
