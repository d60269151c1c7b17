import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, bytesText, Dialog, Spinner } from "../../kit/mod.ts";
import { t } from "../texts.ts";
import { pictureAddress } from "./safe_picture.ts";

/** Larger ones are shown when they are asked for. */
const BY_ITSELF = 4_000_000;

export interface PictureCardProps {
  readonly name: string;
  readonly size: number;
  /** Media type as it was told; absent: that of the content. */
  readonly type?: string;
  readonly open: () => Promise<Blob | null>;
}

/** A picture in a frame of a set height, so that nothing moves when it comes; it is fetched when it is near to be seen. */
export function PictureCard({ name, size, type, open }: PictureCardProps) {
  const frame = useRef<HTMLDivElement>(null);
  const address = useSignal<string | null>(null), large = useSignal(false);
  const state = useSignal<"away" | "asked" | "shown" | "failed">("away");
  useEffect(() => {
    if (size > BY_ITSELF) return;
    const near = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      near.disconnect();
      void fetchPicture();
    }, { rootMargin: "400px" });
    near.observe(frame.current!);
    return () => near.disconnect();
  }, [open]);
  useEffect(() => () => {
    if (address.peek() !== null) URL.revokeObjectURL(address.peek()!);
  }, []);

  async function fetchPicture(): Promise<void> {
    if (state.peek() !== "away") return;
    state.value = "asked";
    const content = await open();
    address.value = content === null ? null : pictureAddress(content, type ?? content.type);
    state.value = address.value === null ? "failed" : "shown";
    if (!frame.current?.isConnected && address.value !== null) URL.revokeObjectURL(address.value);
  }

  const picture = address.value !== null && state.value === "shown" && (
    <img
      src={address.value}
      alt={t("picture.of", { name })}
      onError={() => void (state.value = "failed")}
    />
  );
  return (
    <div ref={frame} class="picture">
      {state.value === "away" && (
        <Button
          look="quiet"
          icon="picture"
          label={t("picture.show", { size: bytesText(size) })}
          onPress={fetchPicture}
        />
      )}
      {state.value === "asked" && <Spinner />}
      {state.value === "failed" && <p class="hint">{t("picture.failed")}</p>}
      {picture && (
        <button type="button" aria-label={t("enlarge", { name })} onClick={() => void (large.value = true)}>
          {picture}
        </button>
      )}
      {large.value && picture && (
        <Dialog title={name} wide onClose={() => void (large.value = false)}>
          <div class="picture-large">{picture}</div>
        </Dialog>
      )}
    </div>
  );
}
