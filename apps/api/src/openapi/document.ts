/** As much of an OpenAPI document as its transformations use. */
export interface Schema {
  $ref?: string;
  maximum?: number;
  default?: unknown;
  description?: string;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}

export interface Operation {
  parameters: (Parameter | { $ref: string })[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

export type Paths = Record<string, Record<string, Operation>>;
