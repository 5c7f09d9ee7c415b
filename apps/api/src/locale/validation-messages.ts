import type * as z from 'zod';

/** The words for what the contracts refuse and Zod has no words for. */
export interface OwnMessages {
  required: string;
  whole_number: string;
  nul_character: string;
  lone_surrogate: string;
  too_many_bytes: (maximum: number) => string;
}

/** Zod's own translation, with ours for what it does not know. */
export const validationMessages =
  (own: OwnMessages, zods: z.core.$ZodErrorMap): z.core.$ZodErrorMap =>
  (issue) => {
    if (issue.code === 'custom') {
      switch (issue.params?.reason) {
        case 'nul_character':
          return own.nul_character;
        case 'lone_surrogate':
          return own.lone_surrogate;
        case 'too_many_bytes':
          return own.too_many_bytes(issue.params.maximum);
      }
    }
    if (issue.code === 'invalid_type') {
      if (issue.input === undefined) return own.required;
      if (issue.expected === 'int') return own.whole_number;
    }
    return zods(issue);
  };
