/** The body of a create for scenarios in which its fields do not matter. */
export const someIncident = (text = 'Бот молчит') => ({
  text,
  description: 'учебная тревога',
  source: 'monitoring',
});
