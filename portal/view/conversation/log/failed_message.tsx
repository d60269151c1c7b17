import type { MessageModel } from "../../../model/mod.ts";
import { Button, problemText } from "../../kit/mod.ts";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";

/** Why a message was not sent, and what can be done. */
export function FailedMessage({ talk, message }: { talk: Talk; message: MessageModel }) {
  const problem = message.problem.value;
  const { conversation } = talk;
  return (
    <div class="failed">
      <p dir="auto">{problem === null ? t("state.failed") : t("failed", { reason: problemText(problem) })}</p>
      <Button look="quiet" icon="retry" label={t("retry")} onPress={() => void conversation.retry(message.id)} />
      <Button look="quiet" icon="trash" label={t("discard")} onPress={() => conversation.discard(message.id)} />
    </div>
  );
}
