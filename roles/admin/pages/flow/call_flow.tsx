import { Card, Facts, Time, useUi } from "../../../../web/ui/mod.ts";
import type { Ladder } from "../../services/mod.ts";
import { LadderPicture } from "./ladder_picture.tsx";
import { shownSteps } from "./ladder_steps.ts";
import { StepTable } from "./step_table.tsx";
import { t } from "./texts.ts";

/** One call: the picture where there is room, the table always. */
export function CallFlow({ flow }: { flow: Ladder }) {
  const { format } = useUi();
  const steps = shownSteps(flow);
  const [first, last] = [flow.steps[0], flow.steps.at(-1)];
  return (
    <>
      <Card>
        <Facts
          of={[
            [t("call_id"), <code dir="ltr">{flow.call_id}</code>],
            first === undefined ? null : [t("began"), <Time at={first.at} exact />],
            first === undefined || last === undefined
              ? null
              : [t("lasted"), `${format.number(Math.max(0, last.at - first.at))} ms`],
            [t("messages"), format.number(steps.length)],
          ]}
        />
      </Card>
      <div class="wide-only">
        <Card title={t("ladder")} id="ladder">
          <LadderPicture participants={flow.participants} steps={steps} />
          <p class="hint">{t("ladder.words")}</p>
        </Card>
      </div>
      <h2>{t("steps")}</h2>
      <StepTable steps={steps} />
    </>
  );
}
