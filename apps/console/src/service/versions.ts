/** The header of a change that is made only while the incident has this version. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` });
