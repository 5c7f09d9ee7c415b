import type * as z from 'zod';

export interface FieldMessages {
  required: string;
  whole_number: string;
  nul_character: string;
  lone_surrogate: string;
  too_many_bytes: (maximum: number) => string;
  not_in_future: string;
  time: string;
  array: string;
  shortest: (characters: number) => string;
  longest: (characters: number) => string;
  smallest: (number: number) => string;
  largest: (number: number) => string;
  one_of: (values: string[]) => string;
  string: string;
  object: string;
  record_key: string;
}

/** Issues without a message of `own` get that of `fallback`. */
export const validationMessages =
  (own: FieldMessages, fallback: z.core.$ZodErrorMap): z.core.$ZodErrorMap =>
  (issue) => {
    switch (issue.code) {
      case 'custom':
        if (issue.params?.reason === 'nul_character') return own.nul_character;
        if (issue.params?.reason === 'lone_surrogate') return own.lone_surrogate;
        if (issue.params?.reason === 'too_many_bytes') return own.too_many_bytes(issue.params.maximum);
        if (issue.params?.reason === 'not_in_future') return own.not_in_future;
        break;
      case 'invalid_type':
        if (issue.input === undefined) return own.required;
        if (issue.expected === 'int') return own.whole_number;
        if (issue.expected === 'string') return own.string;
        if (issue.expected === 'object' || issue.expected === 'record') return own.object;
        if (issue.expected === 'array') return own.array;
        break;
      case 'invalid_key':
        return issue.issues[0]?.message ?? own.record_key;
      case 'invalid_format':
        if (issue.format === 'datetime') return own.time;
        break;
      case 'too_small':
        return (issue.origin === 'string' ? own.shortest : own.smallest)(Number(issue.minimum));
      case 'too_big':
        return (issue.origin === 'string' ? own.longest : own.largest)(Number(issue.maximum));
      case 'invalid_value':
        return issue.input === undefined ? own.required : own.one_of(issue.values.map(String));
      case 'invalid_union':
        if ('options' in issue && Array.isArray(issue.options)) return own.one_of(issue.options.map(String));
        break;
    }
    return fallback(issue);
  };
