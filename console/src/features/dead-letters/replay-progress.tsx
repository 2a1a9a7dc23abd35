// How far a replay is: a bar by how the letters ended, and the numbers under it.
import { Group, Progress, Stack, Text } from "@mantine/core";
import type { Replay } from "../../api/replays";
import { formatCount } from "../../lib/format";
import { endedOf, kEnds, progressText, shareOf } from "../../lib/replay";

const kColors: Record<(typeof kEnds)[number]["kind"], string> = {
  success: "var(--chart-success)",
  error: "var(--chart-error)",
  sleep: "var(--chart-sleep)",
  cancelled: "var(--chart-cancelled)",
  skipped: "var(--chart-sleep)",
};

export function ReplayProgress({ replay }: { replay: Replay }) {
  const parts = kEnds.filter((one) => replay[one.kind] > 0);
  return (
    <Stack gap={6}>
      <Progress.Root
        size="md"
        role="progressbar"
        aria-label={`Replay ${replay.number}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(shareOf(replay, endedOf(replay)))}
        aria-valuetext={progressText(replay)}
      >
        {parts.map((one) => (
          <Progress.Section
            key={one.kind}
            withAria={false}
            value={shareOf(replay, replay[one.kind])}
            color={kColors[one.kind]}
          />
        ))}
      </Progress.Root>
      <Group gap="md">
        <Text size="sm" className="tabular">
          {progressText(replay)}
        </Text>
        {parts.map((one) => (
          <Text
            key={one.kind}
            size="sm"
            className="tabular"
            c={one.kind === "error" ? "var(--mantine-color-error)" : "dimmed"}
          >
            {formatCount(replay[one.kind])} {one.label}
          </Text>
        ))}
        {replay.waiting > 0 && (
          <Text size="sm" className="tabular" c="dimmed">
            {formatCount(replay.waiting)} waiting
          </Text>
        )}
      </Group>
    </Stack>
  );
}
