export const buildIncident = (text = 'Бот молчит') => ({
  text,
  description: 'учебная тревога',
  source: 'monitoring',
});
