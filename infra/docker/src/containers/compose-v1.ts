/** docker-compose 1.29 rejects `name`, and durations that repeat a unit: these get defaults for variables. */
export function toComposeV1(text: string): string {
  return text
    .replace(/^name:.*\n/m, '')
    .replace(/^( *stop_grace_period: )(.*\$.*)$/gm, (_, key: string, duration: string) => {
      const seconds = duration
        .replace(/\$\{\w+:-(\d+)\}/g, '$1')
        .split('s')
        .reduce((sum, part) => sum + Number(part), 0);
      return `${key}${seconds}s`;
    });
}
