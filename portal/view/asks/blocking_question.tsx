import { useEffect } from "preact/hooks";
import type { ServiceQuestion } from "../../model/mod.ts";
import { Dialog } from "../kit/mod.ts";
import { Answers } from "./answers.tsx";
import { t } from "./texts.ts";
import { TimeLeft } from "./time_left.tsx";

/** A question that closes the service until it is answered: a dialog that nothing but an answer ends (SMSG-4, SMSG-7, SMSG-8). */
export function BlockingQuestion({ question }: { question: ServiceQuestion }) {
  useEffect(() => question.shown(), []);
  return (
    <Dialog title={t("title")} actions={<Answers question={question} />}>
      {/* The text has the focus first: it is read before an answer is near, and the arrow keys scroll it. */}
      <div class="question-text" tabIndex={0} autofocus dir="auto" role="document">{question.text}</div>
      <p class="hint">{t("blocking")}</p>
      {question.until > 0 && <TimeLeft until={question.until} />}
    </Dialog>
  );
}
