/** Incidents that only direct SQL can store. */
export const HAND_WRITTEN_INCIDENTS = [
  { status: 'отложен', source: 'operator', created_at: 'now' },
  { status: 'constructor', source: '', created_at: 'now' },
  { status: '', source: 'toString', created_at: 'now' },
  { status: 'новый', source: 'operator', created_at: 'infinity' },
  { status: 'новый', source: 'operator', created_at: '-infinity' },
  { status: 'новый', source: 'operator', created_at: '12025-01-01T00:00:00Z' },
  { status: 'новый', source: 'operator', created_at: '0044-03-15 00:00:00+00 BC' },
].map((incident, index) => ({ ...incident, text: `от руки ${index}` }));
