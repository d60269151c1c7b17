import type { ConversationModel } from "../../../model/mod.ts";
import { Button, Spinner } from "../../kit/mod.ts";
import { t } from "../texts.ts";

/** What was said before: a button, and why there is none. */
export function Older({ conversation }: { conversation: ConversationModel }) {
  const older = conversation.older.value, load = () => void conversation.loadOlder();
  return (
    <div class="older">
      {older === "some" && <Button look="quiet" icon="up" label={t("older")} onPress={load} />}
      {older === "loading" && <Spinner label={t("older-loading")} />}
      {older === "failed" && (
        <>
          <p role="alert">{t("older-failed")}</p>
          <Button icon="retry" label={t("retry")} onPress={load} />
        </>
      )}
      {older === "none" && conversation.messages.value.length > 0 && <p class="hint">{t("older-none")}</p>}
      {older === "unrecorded" && <p class="hint">{t("older-unrecorded")}</p>}
    </div>
  );
}
