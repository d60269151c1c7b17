import type { PortalModel } from "../../model/mod.ts";
import { useId } from "preact/hooks";
import { useDoing } from "../doing/use_doing.ts";
import { Button, ProblemNotice } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** Asks once whether conversations are kept at the service. Neither answer is proposed. */
export function RecordingCard({ model: { settings: { recording } } }: { model: PortalModel }) {
  const heading = useId();
  const doing = useDoing();
  if (recording.state.value !== "unasked") return null;
  return (
    <div class="ask" role="group" aria-labelledby={heading}>
      <p id={heading}>
        <strong>{t("record-title")}</strong>
      </p>
      <p>{t("record-text")}</p>
      <div class="answers-row">
        <Button label={t("record-yes")} busy={doing.busy.value} onPress={() => doing.run(() => recording.set(true))} />
        <Button label={t("record-no")} busy={doing.busy.value} onPress={() => doing.run(() => recording.set(false))} />
      </div>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </div>
  );
}
