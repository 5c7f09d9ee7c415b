export const someIncident = (text = 'Бот молчит') => ({
  text,
  description: 'учебная тревога',
  source: 'monitoring',
});
