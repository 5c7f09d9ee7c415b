import type { CreateIncidentInput, Incident } from '@incidents/contracts';
import type { ConsoleFixture } from './use-console.ts';

/** Reports an incident as another client does. */
export const reportIncident = (
  { send }: ConsoleFixture,
  fields: Partial<CreateIncidentInput> = {},
): Promise<Incident> =>
  send('POST', '/incidents/', {
    text: 'Бот не отвечает',
    description: 'с утра',
    source: 'monitoring',
    ...fields,
  });
