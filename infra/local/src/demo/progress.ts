const WIDTH = 30;

/** A bar that is drawn over itself on a terminal, else a line per tenth. */
export function createProgress(
  out: { write(text: string): unknown; isTTY?: boolean },
  what: string,
): (done: number, total: number) => void {
  let lastTenth = 0;
  return (done, total) => {
    const share = done / total;
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    if (out.isTTY === true) {
      const filled = Math.round(share * WIDTH);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
      out.write(`\r${what} ${bar} ${percent}${done === total ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth === lastTenth) return;
    lastTenth = tenth;
    out.write(`${what} ${percent} (${done} of ${total} rows)\n`);
  };
}
