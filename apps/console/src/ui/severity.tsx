import { useTexts } from '../locale/language.ts';
import { SEVERITIES } from '../service/severities.ts';

export function Severity({ severity }: { severity: string }) {
  const texts = useTexts();
  const known = SEVERITIES.find((each) => each === severity) ?? 'info';
  return <span className={`severity severity-${known}`}>{texts.severity[severity] ?? severity}</span>;
}
