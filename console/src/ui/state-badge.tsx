// The state of an integration, in a word and a colour.
import { Badge, type BadgeProps, Tooltip } from "@mantine/core";
import type { State } from "../lib/integration";

const kLooks: Record<State, { color: string; text: string; hint: string }> = {
  healthy: { color: "green", text: "Healthy", hint: "The last delivery succeeded." },
  failing: { color: "red", text: "Failing", hint: "The last delivery failed on at least one product." },
  paused: { color: "yellow", text: "Paused", hint: "Paused on at least one product." },
  staged: { color: "blue", text: "Staged", hint: "An edit is being tried on some products." },
  disabled: { color: "gray", text: "Disabled", hint: "Switched off: no event fires it." },
  quiet: { color: "gray", text: "Quiet", hint: "No delivery is known yet." },
};

export function StateBadge({ state, ...rest }: { state: State } & BadgeProps) {
  const look = kLooks[state];
  return (
    <Tooltip label={look.hint}>
      <Badge variant="light" color={look.color} radius="sm" {...rest} data-state={state}>
        {look.text}
      </Badge>
    </Tooltip>
  );
}
