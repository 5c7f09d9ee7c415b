/**
 * The compose file for docker-compose 1.29, which knows neither `name` nor a duration that repeats its unit.
 * @param text with its variables not put in; those of stop_grace_period have their defaults afterwards
 */
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
