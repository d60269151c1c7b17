import { useRef } from "preact/hooks";
import { RovingList } from "../../kit/mod.ts";
import { t } from "../texts.ts";

const MOST = 8;

/** The quick answers that fit to what is typed behind a `/`; none where it begins with something else (USE-10 to USE-12). */
export function answersFor(draft: string, all: readonly string[]): readonly string[] {
  if (!draft.startsWith("/") || draft.includes("\n")) return [];
  const words = draft.slice(1).trim().toLowerCase();
  const starts = all.filter((text) => text.toLowerCase().startsWith(words));
  const within = all.filter((text) => !starts.includes(text) && text.toLowerCase().includes(words));
  return [...starts, ...within].slice(0, MOST);
}

/** They stand above the field; arrow up goes to them, enter takes the first. */
export function QuickAnswerList({ answers, onPick }: { answers: readonly string[]; onPick: (text: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  return (
    <div ref={frame} class="quick-answers" data-quick="">
      <p class="hint" role="status">{t("quick-answers")}: {answers.length}</p>
      <RovingList
        label={t("quick-answers")}
        items={answers}
        keyOf={(text) => text}
        render={(text, roving) => (
          <button type="button" dir="auto" onClick={() => onPick(text)} {...roving}>{text}</button>
        )}
      />
    </div>
  );
}
