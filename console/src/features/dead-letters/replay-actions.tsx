// Pause, Resume and Cancel of a replay, as long as it is not at its end.
import { Text } from "@mantine/core";
import { useState } from "react";
import { type Replay, type ReplayAction, useReplayAction } from "../../api/replays";
import { useSpace } from "../../app/space";
import { formatCount } from "../../lib/format";
import { isOpen } from "../../lib/replay";
import { ConfirmDialog } from "../../ui/confirm";
import { IconPlayerPause, IconPlayerPlay, IconX } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";
import { toastDone, toastProblem } from "../../ui/toast";

export function ReplayActions({ replay }: { replay: Replay }) {
  const space = useSpace();
  const acting = useReplayAction(space, replay.number);
  const [asking, setAsking] = useState(false);
  const may = space.can("integrations:update");
  const act = (action: ReplayAction, done: string) =>
    acting.mutate(action, { onSuccess: () => toastDone(done), onError: (problem) => toastProblem(problem) });
  const close = () => setAsking(false);
  return (
    <>
      {replay.state === "running" && (
        <PermittedButton
          allowed={may}
          size="xs"
          variant="default"
          loading={acting.isPending}
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          onClick={() => act("pause", `Replay ${replay.number} is paused.`)}
        >
          Pause
        </PermittedButton>
      )}
      {replay.state === "paused" && (
        <PermittedButton
          allowed={may}
          size="xs"
          variant="default"
          loading={acting.isPending}
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          onClick={() => act("resume", `Replay ${replay.number} goes on.`)}
        >
          Resume
        </PermittedButton>
      )}
      {isOpen(replay) && (
        <PermittedButton
          allowed={may}
          size="xs"
          variant="default"
          c={may.ok ? "var(--mantine-color-error)" : undefined}
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          Cancel
        </PermittedButton>
      )}
      <ConfirmDialog
        opened={asking}
        onClose={close}
        title={`Cancel replay ${replay.number}?`}
        verb="Cancel replay"
        onConfirm={async () => {
          await acting.mutateAsync("cancel");
          toastDone(`Replay ${replay.number} is cancelled.`);
        }}
      >
        <Text size="sm">
          It takes no more letters: {formatCount(replay.placed)} of {formatCount(replay.found)} are accepted again, and
          go on being delivered. The others stay dead letters, which another replay can take.
        </Text>
      </ConfirmDialog>
    </>
  );
}
