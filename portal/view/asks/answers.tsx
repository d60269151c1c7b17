import type { ServiceQuestion } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, ProblemNotice } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** The answers that may be given (SMSG-8); or that it was read. */
export function Answers({ question }: { question: ServiceQuestion }) {
  const doing = useDoing();
  const { options } = question;
  const answer = (option: string) => doing.run(() => question.answer(option));
  return (
    <>
      <div class="answers-row" role="group" aria-label={t("answers")}>
        {options.length === 0
          ? <Button look="primary" icon="check" label={t("read")} busy={doing.busy.value} onPress={() => answer("")} />
          : options.map(({ id, text }) => (
            <Button
              key={id}
              label={text}
              busy={doing.busy.value}
              onPress={() => answer(id)}
            />
          ))}
      </div>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </>
  );
}
