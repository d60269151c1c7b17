import { useEffect, useId } from "preact/hooks";
import type { ServiceQuestion } from "../../model/mod.ts";
import { Icon } from "../kit/mod.ts";
import { Answers } from "./answers.tsx";
import { t } from "./texts.ts";
import { TimeLeft } from "./time_left.tsx";

/** Something of the service that leaves the user free to go on. */
export function QuestionCard({ question }: { question: ServiceQuestion }) {
  const heading = useId();
  useEffect(() => question.shown(), []);
  const asks = question.options.length > 0;
  return (
    <div class="ask" role="group" aria-labelledby={heading}>
      <div role="status">
        <p class="ask-title" id={heading}>
          <Icon name={asks ? "info" : "bell"} /> <strong>{t(asks ? "title" : "tells")}</strong>
        </p>
        <p class="question-text" tabIndex={0} dir="auto">{question.text}</p>
      </div>
      {question.until > 0 && <TimeLeft until={question.until} />}
      <Answers question={question} />
    </div>
  );
}
