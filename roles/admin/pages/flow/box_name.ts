/** What a ladder calls the box itself. */
export const BOX_NAME = "Parley";
