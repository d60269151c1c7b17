/// <reference lib="webworker" />
/** The media worker with a fault that can be asked for. */
import "../media_worker.ts";

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener("message", ({ data }: MessageEvent<readonly { readonly what: string }[]>) => {
  if (data[0].what === "fail") throw new Error("the fault that was asked for");
});
