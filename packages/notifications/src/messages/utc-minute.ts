/** `2025-11-08T12:00:00.000Z` → `2025-11-08 12:00 UTC`: read the same everywhere, whoever is on call. */
export const utcMinute = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
