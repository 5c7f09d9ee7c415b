import { useTexts } from '../locale/language.ts';

export const SEVERITIES = ['critical', 'error', 'warning', 'info'];

export function Severity({ severity }: { severity: string }) {
  const texts = useTexts();
  const known = SEVERITIES.includes(severity) ? severity : 'info';
  return <span className={`severity severity-${known}`}>{texts.severity[severity] ?? severity}</span>;
}
