import { useRef } from "preact/hooks";
import type { Outcome } from "../../model/mod.ts";
import { ProblemNotice, Toggle } from "../kit/mod.ts";
import { useDoing } from "./use_doing.ts";

export interface SwitchProps {
  readonly label: string;
  readonly hint?: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly change: (on: boolean) => Outcome;
}

/**
 * A switch that the service has to agree to: it stands as it is wanted while that is asked, and as it is afterwards. It is never disabled
 * meanwhile: the focus would be lost.
 */
export function Switch({ label, hint, on, disabled, change }: SwitchProps) {
  const doing = useDoing();
  const wanted = useRef(on);
  return (
    <div>
      <Toggle
        label={label}
        hint={hint}
        on={doing.busy.value ? wanted.current : on}
        disabled={disabled}
        onChange={(now) => {
          if (!doing.busy.peek()) wanted.current = now;
          doing.run(() => change(now));
        }}
      />
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </div>
  );
}
