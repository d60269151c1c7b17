import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import type { Outcome } from "../../model/mod.ts";
import { Button, Dialog, Field, kitText, ProblemNotice } from "../kit/mod.ts";
import { useDoing } from "./use_doing.ts";

export interface TextDialogProps {
  readonly title: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly maxLength?: number;
  /** Nothing may stand there, too. */
  readonly optional?: boolean;
  readonly onSave: (value: string) => Outcome;
  readonly onClose: () => void;
}

/** Asks for one text, such as a name, and stays until it is taken. */
export function TextDialog(props: TextDialogProps) {
  const { title, label, hint, optional = false, maxLength = 100, onSave, onClose } = props;
  const value = useSignal(props.value);
  const doing = useDoing();
  const text = value.value.trim();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => (text !== "" || optional) && doing.run(() => onSave(text), onClose)}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button
            look="primary"
            type="submit"
            label={kitText("save")}
            busy={doing.busy.value}
            disabled={text === "" && !optional}
          />
        </>
      }
    >
      <Field
        label={label}
        hint={hint}
        value={value.value}
        maxLength={maxLength}
        required={!optional}
        onInput={(text) => void (value.value = text)}
      />
      <ProblemNotice problem={doing.problem.value} />
    </Dialog>
  );
}

export interface ConfirmDialogProps {
  readonly title: string;
  /** What is done, in words. */
  readonly label: string;
  readonly onConfirm: () => Outcome;
  readonly onClose: () => void;
  /** Called when it is done, before `onClose`. */
  readonly onDone?: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something that cannot be taken back. Escape and the first button leave all as it is. */
export function ConfirmDialog({ title, label, onConfirm, onClose, onDone, children }: ConfirmDialogProps) {
  const doing = useDoing();
  const done = () => {
    onDone?.();
    onClose();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="danger" label={label} busy={doing.busy.value} onPress={() => doing.run(onConfirm, done)} />
        </>
      }
    >
      {children}
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </Dialog>
  );
}
