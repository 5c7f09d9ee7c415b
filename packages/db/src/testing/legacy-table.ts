/** The table of the legacy service, as SQLAlchemy creates it. */
export const legacyTable = (
  createdAt = 'TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL',
) => `CREATE TABLE incidents (
  id SERIAL NOT NULL,
  text VARCHAR(1000) NOT NULL,
  description TEXT NOT NULL,
  status VARCHAR(50) NOT NULL,
  source VARCHAR(100) NOT NULL,
  created_at ${createdAt},
  PRIMARY KEY (id)
);
CREATE INDEX ix_incidents_id ON incidents (id);`;
