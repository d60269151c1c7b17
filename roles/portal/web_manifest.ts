import type { PortalBuild } from "./portal_files.ts";

/** What makes the page installable (W3C Web App Manifest). */
export function webManifest({ icons, mark }: PortalBuild): string {
  return JSON.stringify({
    id: "/portal",
    name: "Parley",
    short_name: "Parley",
    start_url: "/portal",
    scope: "/portal",
    display: "standalone",
    background_color: "#0a6a66",
    theme_color: "#0a6a66",
    categories: ["social", "productivity"],
    icons: [
      { src: mark, type: "image/svg+xml", sizes: "any", purpose: "any" },
      // They have room around the mark, so that a system may cut them.
      ...icons.flatMap(({ size, url }) =>
        ["any", "maskable"].map((purpose) => ({ src: url, type: "image/png", sizes: `${size}x${size}`, purpose }))
      ),
    ],
  });
}
