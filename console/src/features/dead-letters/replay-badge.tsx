// The state of a replay, in a word and a colour.
import { Badge } from "@mantine/core";
import type { ReplayState } from "../../lib/replay";

const kStates: Record<ReplayState, { text: string; color: string }> = {
  running: { text: "Running", color: "blue" },
  paused: { text: "Paused", color: "yellow" },
  done: { text: "Done", color: "green" },
  cancelled: { text: "Cancelled", color: "gray" },
};

export function ReplayBadge({ state }: { state: ReplayState }) {
  return (
    <Badge variant="light" color={kStates[state].color} radius="sm" tt="none">
      {kStates[state].text}
    </Badge>
  );
}
