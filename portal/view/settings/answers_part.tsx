import { useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { QuickAnswers } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Field, kitText, Notice, ProblemNotice } from "../kit/mod.ts";
import { StateNotice } from "./state_notice.tsx";
import { t } from "./texts.ts";

/** As many as a list that is chosen from by keys can hold; the service has a limit of its own. */
const MOST_ANSWERS = 50, LONGEST_ANSWER = 500;

/** Quick answers: add, change, order, remove; saved together. */
export function AnswersPart({ answers }: { answers: QuickAnswers }) {
  const stored = answers.list.value;
  /** Null while nothing was changed: what other devices do then shows here. */
  const edited = useSignal<readonly string[] | null>(null);
  const tried = useSignal(false), saved = useSignal(false), said = useSignal("");
  const list = useRef<HTMLOListElement>(null);
  const focusAt = useRef(-1);
  const doing = useDoing();
  const texts = edited.value ?? stored;
  // Before the next key: whoever types on loses nothing.
  useLayoutEffect(() => {
    if (focusAt.current < 0) return;
    list.current?.querySelectorAll<HTMLElement>("input")[focusAt.current]?.focus();
    focusAt.current = -1;
  });
  const set = (next: readonly string[]) => {
    edited.value = next;
    saved.value = false;
    said.value = "";
  };
  const swap = (at: number, to: number) => {
    const next = [...texts];
    [next[at], next[to]] = [next[to], next[at]];
    set(next);
    said.value = t("answer-moved", { text: next[to], n: to + 1 });
  };
  const save = () => {
    tried.value = true;
    if (texts.some((text) => text.trim() === "")) return;
    doing.run(() => answers.save(texts.map((text) => text.trim())), () => {
      edited.value = null;
      tried.value = false;
      saved.value = true;
    });
  };
  if (answers.state.value !== "ready" && stored.length === 0) return <StateNotice state={answers.state.value} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <p class="hint">{t("answers-text")}</p>
      {texts.length === 0 && <p>{t("answers-none")}</p>}
      <ol class="answers" ref={list}>
        {texts.map((text, at) => (
          <li key={at}>
            <Field
              label={t("answer", { n: at + 1 })}
              hideLabel
              value={text}
              maxLength={LONGEST_ANSWER}
              error={tried.value && text.trim() === "" ? t("answer-empty") : ""}
              onInput={(value) => set(texts.map((one, n) => n === at ? value : one))}
            />
            <Button
              look="quiet"
              icon="up"
              hideLabel
              label={t("answer-up", { text })}
              disabled={at === 0}
              onPress={() => swap(at, at - 1)}
            />
            <Button
              look="quiet"
              icon="down"
              hideLabel
              label={t("answer-down", { text })}
              disabled={at === texts.length - 1}
              onPress={() => swap(at, at + 1)}
            />
            <Button
              look="quiet"
              icon="trash"
              hideLabel
              label={t("answer-remove", { text })}
              onPress={() => {
                set(texts.filter((_, n) => n !== at));
                focusAt.current = Math.min(at, texts.length - 2);
              }}
            />
          </li>
        ))}
      </ol>
      <p class="unseen" role="status">{said.value}</p>
      <div class="bar">
        <Button
          icon="plus"
          label={t("answer-add")}
          disabled={texts.length >= MOST_ANSWERS}
          onPress={() => {
            focusAt.current = texts.length;
            set([...texts, ""]);
          }}
        />
        <Button
          type="submit"
          look="primary"
          label={kitText("save")}
          busy={doing.busy.value}
          disabled={edited.value === null}
        />
      </div>
      {texts.length >= MOST_ANSWERS && <p class="hint">{t("answers-full", { n: MOST_ANSWERS })}</p>}
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
      <div role="status">{saved.value && <Notice tone="ok">{t("saved")}</Notice>}</div>
    </form>
  );
}
