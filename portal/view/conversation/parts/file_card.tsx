import { useSignal } from "@preact/signals";
import type { FilePart } from "../../../model/mod.ts";
import { Button, Bytes, bytesText, Icon, problemText } from "../../kit/mod.ts";
import { t } from "../texts.ts";
import { PictureCard } from "./picture_card.tsx";
import { isSafePicture, saveAs } from "./safe_picture.ts";

/** A file: what it is, how far it has come, and what can be done. */
export function FileCard({ file, own }: { file: FilePart; own: boolean }) {
  const state = file.state.value, gone = useSignal(false), busy = useSignal(false);
  const save = async () => {
    busy.value = true;
    const content = await file.open();
    busy.value = false;
    gone.value = content === null;
    if (content !== null) saveAs(content, file.name);
  };
  const underway = state === "moving" || state === "cut" || state === "waiting";
  return (
    <div class={`file ${state}`}>
      {state === "ready" && isSafePicture(file.type) && (
        <PictureCard
          name={file.name}
          size={Math.max(0, file.size)}
          type={file.type}
          open={() => file.open()}
        />
      )}
      <div class="card">
        <Icon name="file" />
        <div class="card-text">
          <p class="card-name" title={file.name}>
            <bdi>{file.name}</bdi>
          </p>
          <p class="hint">{file.size < 0 ? t("size-unknown") : <Bytes n={file.size} />}</p>
          <Progress file={file} />
          <p class={state === "failed" ? "error" : "hint"} dir="auto">{stateText(file, own, gone.value)}</p>
          <div class="card-actions">
            {state === "offered" && !own && (
              <>
                <Button look="primary" icon="download" label={t("accept")} onPress={() => file.accept()} />
                <Button icon="cross" label={t("refuse")} onPress={() => file.refuse()} />
              </>
            )}
            {underway && <Button look="quiet" icon="cross" label={t("stop")} onPress={() => file.cancel()} />}
            {state === "ready" && (
              <Button
                look="quiet"
                icon="download"
                label={t("save")}
                busy={busy.value}
                onPress={save}
                more={{ "aria-label": t("save.name", { name: file.name }) }}
              />
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

function Progress({ file }: { file: FilePart }) {
  const state = file.state.value;
  if (state !== "moving" && state !== "cut") return null;
  const known = file.size > 0;
  return (
    <progress
      aria-label={t("file.progress", { name: file.name })}
      max={known ? file.size : undefined}
      value={known ? file.moved.value : undefined}
    />
  );
}

function stateText(file: FilePart, own: boolean, gone: boolean): string {
  const state = file.state.value, problem = file.problem.value;
  if (gone) return t("file.gone");
  if (state === "failed") return problem === null ? t("file.failed") : problemText(problem);
  if (state === "moving") {
    return t("file.moving", { moved: bytesText(file.moved.value), size: file.size < 0 ? "?" : bytesText(file.size) });
  }
  if (state === "offered") return own ? t("file.waiting") : t("file.offered");
  return state === "ready" ? "" : t(`file.${state}`);
}
