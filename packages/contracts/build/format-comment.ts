const MAX_COLUMNS = 110;

/** The lines of a comment with this text. */
export function formatComment(text: string, indent: string): string[] {
  const safe = text.replaceAll('*/', '*\\/');
  const line = `${indent}/** ${safe} */`;
  if (line.length <= MAX_COLUMNS) return [line];
  const lines = [''];
  for (const word of safe.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && `${indent} * ${last} ${word}`.length > MAX_COLUMNS) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return [`${indent}/**`, ...lines.map((each) => `${indent} * ${each}`), `${indent} */`];
}
