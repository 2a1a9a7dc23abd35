// One replay: what it takes, how far it is, what came of it, and how it is steered.
import { Badge, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { type Replay, useReplayAction } from "../../api/replays";
import { useSpace } from "../../app/space";
import { addressOf, wordsOf } from "../../lib/dead-letters";
import { formatCount, plural } from "../../lib/format";
import { endedOf, isOpen, kEnds, progressText, type ReplayState, shareOf } from "../../lib/replay";
import { ConfirmDialog } from "../../ui/confirm";
import { ErrorPanel } from "../../ui/error-panel";
import { PermittedButton } from "../../ui/permitted";
import { Time } from "../../ui/time";
import { InnerLink } from "./letter-parts";
import { useLetterNames } from "./use-letter-filter";

const kColors: Record<ReplayState, string> = {
  running: "blue",
  paused: "yellow",
  done: "green",
  cancelled: "gray",
  failed: "red",
};
const kEndColors = { success: "green", error: "red", sleep: "gray", cancelled: "gray", skipped: "yellow" } as const;

export function ReplayView({ replay }: { replay: Replay }) {
  const space = useSpace();
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text fw={600} component={Link} to={`${space.path}/dead-letters/replays/${replay.number}`}>
            Replay {replay.number}
          </Text>
          <Badge color={kColors[replay.state]} variant="light">
            {replay.state}
          </Badge>
          <Text size="sm" c="dimmed">
            by {replay.by.username}, <Time value={replay.created_at} />
          </Text>
        </Group>
        <Steering replay={replay} />
      </Group>
      <What replay={replay} />
      <Progress.Root size="lg" aria-label={progressText(replay)}>
        {kEnds.map(({ kind, label }) => (
          <Progress.Section
            key={kind}
            value={shareOf(replay, replay[kind])}
            color={kEndColors[kind]}
            aria-label={label}
          />
        ))}
      </Progress.Root>
      <Group gap="md">
        <Text size="sm" className="tabular" role="status">
          {progressText(replay)}
        </Text>
        {kEnds
          .filter(({ kind }) => replay[kind] > 0)
          .map(({ kind, label }) => (
            <Text key={kind} size="sm" c="dimmed" className="tabular">
              {formatCount(replay[kind])} {label}
            </Text>
          ))}
        {replay.waiting > 0 && (
          <Text size="sm" c="dimmed" className="tabular">
            {formatCount(replay.waiting)} waiting
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function What({ replay }: { replay: Replay }) {
  const space = useSpace();
  const names = useLetterNames();
  const how = [
    replay.version === "same" ? "by the version of then" : "by the present version",
    `at most ${plural(replay.rate, "letter")} a second`,
  ];
  if (replay.integration !== null) how.unshift(`delivered by ${replay.integration.name}`);
  return (
    <Text size="sm">
      {replay.filter === null ? (
        `${plural(replay.ids ?? 0, "letter")} that were chosen`
      ) : (
        <InnerLink to={`${space.path}/dead-letters?${addressOf({ ...replay.filter, replayed: "all" })}`}>
          {wordsOf(replay.filter, names)}
        </InnerLink>
      )}
      <Text span size="sm" c="dimmed">
        {" "}
        ({how.join(", ")})
      </Text>
    </Text>
  );
}

function Steering({ replay }: { replay: Replay }) {
  const space = useSpace();
  const action = useReplayAction(space, replay.number);
  const [cancelling, setCancelling] = useState(false);
  const may = space.can("integrations:update");
  if (!isOpen(replay)) return null;
  const left = Math.max(0, replay.found - endedOf(replay) - replay.waiting);
  return (
    <Stack gap={4} align="flex-end">
      <Group gap="xs">
        {replay.state === "running" ? (
          <PermittedButton
            allowed={may}
            variant="default"
            size="xs"
            loading={action.isPending}
            onClick={() => action.mutate("pause")}
          >
            Pause
          </PermittedButton>
        ) : (
          <PermittedButton allowed={may} size="xs" loading={action.isPending} onClick={() => action.mutate("resume")}>
            Resume
          </PermittedButton>
        )}
        <PermittedButton allowed={may} variant="default" size="xs" onClick={() => setCancelling(true)}>
          Cancel
        </PermittedButton>
      </Group>
      {action.isError && <ErrorPanel error={action.error} />}
      <ConfirmDialog
        opened={cancelling}
        onClose={() => setCancelling(false)}
        title={`Cancel replay ${replay.number}`}
        verb="Cancel replay"
        onConfirm={() => action.mutateAsync("cancel")}
      >
        <Text size="sm">
          {plural(left, "letter")} of it would not be delivered again; they stay dead letters. What was taken already
          goes on.
        </Text>
      </ConfirmDialog>
    </Stack>
  );
}

export function BackToLetters() {
  const space = useSpace();
  return (
    <Button component={Link} to={`${space.path}/dead-letters`} variant="default">
      Dead letters
    </Button>
  );
}
