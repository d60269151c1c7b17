import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { t } from "./texts.ts";

export interface DialogProps {
  readonly title: string;
  /** Escape, the cross, or a press outside. Absent: it can only be answered by its actions. */
  readonly onClose?: () => void;
  /** Buttons at the end. */
  readonly actions?: ComponentChildren;
  /** Makes it a form: the enter key and a button of type `submit` send it. */
  readonly onSubmit?: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/**
 * A dialog that keeps everything else away while it stands, with the focus on its first field, else its title; it gives the focus back
 * to where it was.
 */
export function Dialog({ title, onClose, actions, onSubmit, wide = false, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null), heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement;
    dialog.showModal();
    const first = "[autofocus], .dialog-body :is(input:not([type=hidden]), textarea, select)";
    (dialog.querySelector<HTMLElement>(first) ?? dialog.querySelector<HTMLElement>("h2"))?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const inside = (
    <>
      <div class="dialog-head">
        <h2 id={heading} tabIndex={-1}>{title}</h2>
        {onClose && <Button look="quiet" icon="cross" label={t("close")} hideLabel onPress={onClose} />}
      </div>
      <div class="dialog-body">{children}</div>
      {actions && <div class="dialog-actions">{actions}</div>}
    </>
  );
  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onKeyDown={(event) => {
        // What is behind hears none of its keys. A second Escape would close it past `cancel` (HTML "close watcher").
        event.stopPropagation();
        if (event.key !== "Escape") return;
        event.preventDefault();
        onClose?.();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose?.();
      }}
    >
      {onSubmit === undefined ? <div class="dialog-sheet">{inside}</div> : (
        <form
          class="dialog-sheet"
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {inside}
        </form>
      )}
    </dialog>
  );
}
