import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Icon } from "../../kit/mod.ts";
import type { Talk } from "../talk.ts";
import { t } from "../texts.ts";
import { closedBecause } from "./closed_because.ts";

/** Takes files that are dropped anywhere on the conversation. */
export function FileDrop({ talk, children }: { talk: Talk; children: ComponentChildren }) {
  const over = useSignal(false), depth = useRef(0);
  const takes = (event: DragEvent) =>
    event.dataTransfer?.types.includes("Files") === true && closedBecause(talk) === "";
  return (
    <div
      class="drop"
      onDragEnter={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        depth.current++;
        over.value = true;
      }}
      onDragOver={(event) => takes(event) && event.preventDefault()}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1);
        over.value = depth.current > 0;
      }}
      onDrop={(event) => {
        depth.current = 0;
        over.value = false;
        if (!takes(event)) return;
        event.preventDefault();
        talk.sendFiles([...event.dataTransfer!.files]);
      }}
    >
      {children}
      {over.value && (
        <p class="drop-here" aria-hidden="true">
          <Icon name="upload" />
          {t("drop-here")}
        </p>
      )}
    </div>
  );
}
