import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTexts } from '../locale/language.ts';
import { describeError } from './describe-error.ts';
import { announce, announceFailure } from './notices.tsx';

/** A request that changes data: shows its result and reloads the lists. */
export function useAction<Input, Output>(options: {
  act(input: Input): Promise<Output>;
  describe(output: Output): string;
  lists: string[];
}) {
  const texts = useTexts();
  const client = useQueryClient();
  const { act, describe, lists } = options;
  return useMutation({
    mutationFn: act,
    onSuccess: (output) => announce(describe(output)),
    onError: (error) => announceFailure(describeError(error, texts)),
    onSettled: () => Promise.all(lists.map((list) => client.invalidateQueries({ queryKey: [list] }))),
  });
}
