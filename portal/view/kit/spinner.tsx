/** Something is under way. Without `label` it stands beside words that say so. */
export function Spinner({ label }: { label?: string }) {
  return label === undefined ? <span class="spinner" aria-hidden="true" /> : (
    <p class="waiting" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{label}</span>
    </p>
  );
}
