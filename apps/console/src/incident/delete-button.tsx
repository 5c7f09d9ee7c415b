import type { Incident } from '@incidents/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { useTexts } from '../locale/language.ts';
import { findPresentIncident, isNotFound, request } from '../service/request.ts';
import { ifMatch } from '../service/versions.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { describeError } from '../ui/describe-error.ts';
import { announce, announceFailure } from '../ui/notices.tsx';

/** Asks, deletes the version that the user sees, and opens the board. */
export function DeleteButton({ incident: { id, version } }: { incident: Incident }) {
  const texts = useTexts();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const leave = (message: string) => {
    navigate('/');
    announce(message);
  };
  const remove = useMutation({
    mutationFn: (seen: number) => request('DELETE', `/incidents/${id}`, { headers: ifMatch(seen) }),
    onSuccess: () => leave(texts.incident.removed(id)),
    onError(error) {
      if (isNotFound(error)) return leave(texts.incident.removedBefore(id));
      const present = findPresentIncident(error);
      if (present) client.setQueryData(['incident', id], present);
      announceFailure(present ? texts.incident.changedMeanwhile(id) : describeError(error, texts));
    },
  });
  return (
    <ConfirmButton
      className="button button-danger-outline"
      disabled={remove.isPending}
      confirmation={{
        title: texts.incident.removeSure(id),
        text: texts.incident.removeWarning,
        action: texts.incident.remove,
        isDestructive: true,
        onConfirm: () => remove.mutate(version),
      }}
    >
      {texts.incident.remove}
    </ConfirmButton>
  );
}
